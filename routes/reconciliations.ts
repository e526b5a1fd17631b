import { z } from 'zod';
import { HubError } from '../canonical/errors.ts';
import { Period } from '../canonical/values/time.ts';
import { Uuid } from '../canonical/values/uuid.ts';
import { applyReconciliation } from '../flows/reconciliation/apply.ts';
import { itemKinds, type Reconciliation, reconciled } from '../flows/reconciliation/model.ts';
import { staffOrganisation } from './auth.ts';
import { bodyText, optionalJson, parseJson, parseWith } from './body.ts';
import { decodeCursor, encodeCursor, idOf, limitOf } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { invalid } from './problems.ts';
import type { Route } from './route.ts';

const Wanted = z.strictObject({
  instance: z.string().min(1).max(63).describe('Connector whose mappings link to our records'),
  building: Uuid.optional().describe('One house; all houses without it'),
  entities: z
    .array(z.enum(reconciled))
    .min(1)
    .max(3)
    .default(['PersonalAccount', 'Meter'])
    .describe('What is compared'),
  period: Period.optional().describe('Month of the payment documents; needed with them'),
});
const text = z.string().min(1).max(255);
const Apply = z.strictObject({
  items: z.array(Uuid).min(1).max(1_000).optional().describe('These findings; all that are missing there without it'),
  entities: z.array(z.enum(reconciled)).min(1).optional().describe('Only of these'),
  paymentDocuments: z
    .strictObject({
      payee: z.strictObject({
        bik: z.string().regex(/^\d{9}$/, 'must be the 9 digits of a БИК'),
        account: z.string().regex(/^\d{20}$/, 'must be the 20 digits of a bank account'),
      }),
      services: z
        .record(text, z.record(text, z.unknown()))
        .describe('Line of a payment document without amounts, by the name of the service in our charges'),
    })
    .optional()
    .describe('What our charges do not say'),
  meters: z
    .record(Uuid, z.record(text, z.unknown()))
    .optional()
    .describe('What our meters do not say, by the id of the finding: resource, resources or values'),
});

/** Comparisons of what we have with what another system has. */
export function reconciliationRoutes(deps: RouteDeps): Route[] {
  const { reconciliations, instances } = deps;
  return [
    {
      method: 'post',
      path: '/v1/reconciliations',
      scope: 'reconciliations',
      summary: 'Compare our records with what another system has of them: missing, extra, different, ambiguous',
      body: Wanted,
      responses: { 202: 'The job: { id, total, compared, … }; it goes on whatever becomes of the process' },
      audit: { act: 'reconciliations.create' },
      handle: async ({ req, res, caller, note }) => {
        const wanted = parseWith(Wanted, parseJson(bodyText(req)));
        const org = staffOrganisation(caller);
        const instance = instances.find(wanted.instance);
        if (!instance || instance.organisation !== org)
          throw new HubError('rejected', 'UNKNOWN_INSTANCE', 'There is no such connector.');
        if (wanted.entities.includes('PaymentDocument') && wanted.period === undefined)
          throw invalid('INVALID_BODY', [{ pointer: '/period', message: 'is needed to compare payment documents' }]);
        const { building, period, entities } = wanted;
        const scope = {
          entities: [...new Set(entities)],
          ...(building ? { building } : {}),
          ...(period ? { period } : {}),
        };
        const job = await reconciliations.create(org, instance.name, scope, caller.client);
        note({ subject: `reconciliation:${job.id}`, instance: instance.name, count: job.total });
        res.status(202).location(`/v1/reconciliations/${job.id}`).json(showReconciliation(job));
      },
    },
    {
      method: 'get',
      path: '/v1/reconciliations',
      scope: 'read:reconciliations',
      summary: 'Comparisons, newest first',
      query: { limit: '1…100 (20)' },
      responses: { 200: '{ items }' },
      handle: async ({ res, caller, query }) => {
        const jobs = await reconciliations.list(staffOrganisation(caller), limitOf(query.limit, 20, 100));
        res.json({ items: jobs.map(showReconciliation) });
      },
    },
    {
      method: 'get',
      path: '/v1/reconciliations/:id',
      scope: 'read:reconciliations',
      summary: 'How far a comparison is, and how much it has found',
      responses: { 200: 'The job with counts by entity and kind', 404: 'None with this id' },
      handle: async ({ req, res, caller }) => {
        res.json(showReconciliation(await reconciliations.get(staffOrganisation(caller), idOf(req.params.id))));
      },
    },
    {
      method: 'get',
      path: '/v1/reconciliations/:id/items',
      scope: 'read:reconciliations',
      summary: 'What a comparison has found; personal values are masked',
      query: {
        kind: itemKinds.join(', '),
        entity: reconciled.join(', '),
        limit: '1…500 (100)',
        cursor: 'nextCursor of the page before',
      },
      responses: { 200: '{ items, nextCursor }', 404: 'None with this id' },
      handle: async ({ req, res, caller, query }) => {
        const org = staffOrganisation(caller);
        const { id } = await reconciliations.get(org, idOf(req.params.id));
        const limit = limitOf(query.limit, 100, 500);
        const after = decodeCursor('reconciliation-items', query.cursor);
        const items = await reconciliations.items(org, id, {
          limit: limit + 1,
          ...(after ? { after } : {}),
          ...(query.kind === undefined ? {} : { kind: oneOf('kind', itemKinds, query.kind) }),
          ...(query.entity === undefined ? {} : { entity: oneOf('entity', reconciled, query.entity) }),
        });
        const page = items.slice(0, limit);
        const last = page.at(-1);
        const more = items.length > limit && last;
        res.json({ items: page, nextCursor: more ? encodeCursor('reconciliation-items', last.id) : null });
      },
    },
    {
      method: 'post',
      path: '/v1/reconciliations/:id/apply',
      scope: 'reconciliations',
      summary: 'Import what is missing there: one operation a finding, however often it is asked for',
      body: Apply,
      responses: {
        200: '{ made: [{ item, operation }], refused: [{ item, reason }], more }',
        404: 'None with this id',
        409: 'The comparison has not ended',
      },
      audit: { act: 'reconciliations.apply' },
      handle: async ({ req, res, caller, note }) => {
        const { items, entities, ...supplement } = parseWith(Apply, optionalJson(req));
        const id = idOf(req.params.id);
        const { db, records, journal, commands } = deps;
        const applied = await applyReconciliation(
          { db, records, journal, commands, reconciliations },
          staffOrganisation(caller),
          id,
          {
            by: caller.client,
            supplement,
            ...(items ? { items } : {}),
            ...(entities ? { entities } : {}),
          } as Parameters<typeof applyReconciliation>[3],
        );
        note({ subject: `reconciliation:${id}`, count: applied.made.length });
        res.json(applied);
      },
    },
  ];
}

function oneOf(name: string, known: readonly string[], value: string): string {
  if (known.includes(value)) return value;
  throw invalid('INVALID_QUERY', [{ pointer: `?${name}`, message: `must be one of ${known.join(', ')}` }]);
}

function showReconciliation(job: Reconciliation) {
  const { createdAt, finishedAt, ...rest } = job;
  return { ...rest, createdAt: createdAt.toISOString(), finishedAt: finishedAt?.toISOString() ?? null };
}
