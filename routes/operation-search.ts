import { z } from 'zod';
import { deliveryCommands } from '../canonical/commands/deliver-webhook.ts';
import { Instant } from '../canonical/values/time.ts';
import { readCauses } from '../queues/causes.ts';
import { operationStatuses } from '../storage/repositories/operation.ts';
import { staffOrganisation } from './auth.ts';
import { bodyText, parseJson, parseWith } from './body.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { maskedOperation } from './masked-operation.ts';
import { invalid } from './problems.ts';
import type { Route } from './route.ts';

const text = z.string().min(1).max(200);
const Search = z.strictObject({
  q: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .describe('Id or its beginning, reference, subject, phone, account number, or id at the upstream'),
  status: z.array(z.enum(operationStatuses)).min(1).max(9).optional(),
  kind: text.optional(),
  instance: text.optional(),
  deliveries: z
    .enum(['with', 'without'])
    .default('with')
    .describe('Deliveries of events to webhooks, which are operations as well'),
  subject: text.optional(),
  waitingFor: text.optional(),
  code: text.optional().describe('Code of the error'),
  since: Instant.optional().describe('Accepted at this instant or later'),
  until: Instant.optional().describe('Accepted before this instant'),
  limit: z.int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
});
const TROUBLED = ['dead', 'failed', 'uncertain', 'waiting', 'retrying'];

/** Finding operations. The words stand in the body: an address may end up in the log of a proxy, and a phone must not. */
export function searchRoutes({ search, commands, db }: RouteDeps): Route[] {
  return [
    {
      method: 'post',
      path: '/v1/operations/search',
      scope: 'read:operations',
      summary: 'Find operations, newest first; personal fields of the payload come masked',
      body: Search,
      responses: { 200: '{ items, nextCursor }: foundBy tells by what an item was found; with q there is one page' },
      audit: { view: 'operations.search' },
      handle: async ({ req, res, caller }) => {
        const org = staffOrganisation(caller);
        const { q, limit, cursor, since, until, status, deliveries, ...filter } = parseWith(
          Search,
          parseJson(bodyText(req)),
        );
        const only = {
          ...filter,
          ...(deliveries === 'without' ? { withoutKinds: [...deliveryCommands.keys()] } : {}),
          ...(status ? { statuses: status } : {}),
          ...(since ? { since: new Date(since) } : {}),
          ...(until ? { until: new Date(until) } : {}),
        };
        if (q !== undefined) {
          const found = await search.find(org, q, only, limit);
          res.json({
            items: found.map(({ op, by }) => ({ ...maskedOperation(op, commands), foundBy: by })),
            nextCursor: null,
          });
          return;
        }
        const found = await search.list(org, only, limit + 1, decodeCursor('search', cursor));
        const page = found.slice(0, limit);
        const last = page.at(-1);
        res.json({
          items: page.map((op) => ({ ...maskedOperation(op, commands), foundBy: null })),
          nextCursor: found.length > limit && last ? encodeCursor('search', last.id) : null,
        });
      },
    },
    {
      method: 'get',
      path: '/v1/operations/causes',
      scope: 'read:operations',
      summary: 'Operations of a status grouped by what ails them, largest group first',
      query: { status: `${TROUBLED.join(', ')} (dead)` },
      responses: {
        200: '{ items: [{ kind, instance, code, upstreamCode, count, firstAt, lastAt, example, message }] }',
      },
      handle: async ({ res, caller, query }) => {
        const status = query.status ?? 'dead';
        if (!TROUBLED.includes(status))
          throw invalid('INVALID_QUERY', [{ pointer: '?status', message: `must be one of ${TROUBLED.join(', ')}` }]);
        res.json({ items: await readCauses(db, staffOrganisation(caller), status) });
      },
    },
  ];
}
