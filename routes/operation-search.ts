import { z } from 'zod';
import { deliveryCommands } from '../canonical/commands/deliver-webhook.ts';
import { Instant } from '../canonical/values/time.ts';
import { readCauses } from '../queues/causes.ts';
import type { ListFilter } from '../queues/search.ts';
import { operationStatuses } from '../storage/repositories/operation.ts';
import { staffOrganisation } from './auth.ts';
import { bodyText, parseJson, parseWith } from './body.ts';
import { decodeCursor, encodeCursor, limitOf } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { maskedOperation } from './masked-operation.ts';
import { invalid } from './problems.ts';
import type { Handling, Route } from './route.ts';

const text = z.string().min(1).max(200);
const Search = z.strictObject({
  q: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .describe('Id or its beginning, reference, subject, phone, account number, or id at the upstream'),
  status: z.array(z.enum(operationStatuses)).min(1).max(9).optional(),
  kind: text.optional(),
  instance: text.optional(),
  waitingFor: text.optional(),
  code: text.optional().describe('Code of the error'),
  since: Instant.optional().describe('Accepted at this instant or later'),
  limit: z.int().min(1).max(200).default(50),
});
const TROUBLED = ['dead', 'failed', 'uncertain', 'waiting', 'retrying'];

/** Finding operations. The words stand in the body: an address may end up in the log of a proxy, and a phone must not. */
export function searchRoutes({ search, commands, db }: RouteDeps): Route[] {
  return [
    {
      method: 'post',
      path: '/v1/operations/search',
      scope: 'read:operations',
      summary: 'Find operations by whatever is known of one, newest first; personal fields of the payload come masked',
      body: Search,
      audit: { view: 'operations.search' },
      responses: { 200: '{ items }: foundBy tells by what an item was found' },
      handle: async ({ req, res, caller, note }) => {
        const org = staffOrganisation(caller);
        const { q, limit, since, status, ...filter } = parseWith(Search, parseJson(bodyText(req)));
        const found = await search.find(
          org,
          q,
          { ...filter, ...(status ? { statuses: status } : {}), ...(since ? { since: new Date(since) } : {}) },
          limit,
        );
        // What was looked for may be a phone; by what it was found may be told.
        note({ count: found.length, by: [...new Set(found.map((f) => f.by))] });
        res.json({ items: found.map(({ op, by }) => ({ ...maskedOperation(op, commands), foundBy: by })) });
      },
    },
    {
      method: 'get',
      path: '/v1/operations/masked',
      scope: 'read:operations',
      summary: 'Operations, newest first, with the personal fields of the payload masked',
      query: {
        status: `Several by comma: ${operationStatuses.join(', ')}`,
        kind: 'e.g. messages.send',
        instance: 'Connector instance',
        waitingFor: 'e.g. approval, quiet-hours, contact-limit, operator',
        code: 'Code of the error',
        since: 'Accepted at this instant or later',
        deliveries: 'without: leaves out deliveries of events to webhooks, which are operations as well',
        limit: '1…200 (50)',
        cursor: 'nextCursor of the page before',
      },
      responses: { 200: 'A page: { items, nextCursor }' },
      handle: async ({ res, caller, query }) => {
        const org = staffOrganisation(caller);
        const limit = limitOf(query.limit, 50, 200);
        const found = await search.list(org, filterOf(query), limit + 1, decodeCursor('masked', query.cursor));
        const page = found.slice(0, limit);
        const last = page.at(-1);
        res.json({
          items: page.map((op) => maskedOperation(op, commands)),
          nextCursor: found.length > limit && last ? encodeCursor('masked', last.id) : null,
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

function filterOf(query: Handling['query']): ListFilter {
  const { status, since, deliveries, kind, instance, waitingFor, code } = query;
  const wrong = (name: string, message: string) => invalid('INVALID_QUERY', [{ pointer: `?${name}`, message }]);
  const statuses = status?.split(',');
  if (statuses?.some((s) => !(operationStatuses as readonly string[]).includes(s)))
    throw wrong('status', `must be some of ${operationStatuses.join(', ')}, by comma`);
  const from = since === undefined ? undefined : new Date(since);
  if (from && Number.isNaN(from.getTime()))
    throw wrong('since', 'must be an instant, such as 2026-11-24T10:00:00+03:00');
  if (deliveries !== undefined && !['with', 'without'].includes(deliveries))
    throw wrong('deliveries', 'must be with or without');
  return {
    statuses,
    since: from,
    kind,
    instance,
    waitingFor,
    code,
    ...(deliveries === 'without' ? { withoutKinds: [...deliveryCommands.keys()] } : {}),
  };
}
