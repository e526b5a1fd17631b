import { z } from 'zod';
import { HubError } from '../canonical/errors.ts';
import { Period } from '../canonical/values/time.ts';
import { Uuid } from '../canonical/values/uuid.ts';
import { applyReconciliation, MOST_APPLIED } from '../flows/reconciliation/apply.ts';
import { type Reconciliation, reconciled } from '../flows/reconciliation/model.ts';
import type { Supplement } from '../flows/reconciliation/payloads.ts';
import { staffOrganisation } from './auth.ts';
import { bodyText, optionalJson, parseJson, parseWith } from './body.ts';
import { decodeCursor, encodeCursor, idOf, limitOf, switchOf } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { invalid } from './problems.ts';
import { reconciliationFindingRoutes } from './reconciliation-findings.ts';
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
  building: Uuid.optional().describe('Only of this house'),
  cursor: text.optional().describe('nextCursor of the call before'),
  limit: z.int().min(1).max(MOST_APPLIED).default(MOST_APPLIED).describe('Findings of one call'),
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
      responses: { 202: 'The job; it goes on whatever becomes of the process' },
      answer: 'Reconciliation',
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
      query: { limit: '1…100 (20)', cursor: 'nextCursor of the page before' },
      responses: { 200: 'A page, newest first' },
      answer: 'ReconciliationPage',
      handle: async ({ res, caller, query }) => {
        const limit = limitOf(query.limit, 20, 100);
        const before = decodeCursor('reconciliations', query.cursor);
        const jobs = await reconciliations.list(staffOrganisation(caller), limit + 1, before);
        const page = jobs.slice(0, limit);
        const last = page.at(-1);
        const more = jobs.length > limit && last;
        res.json({
          items: page.map(showReconciliation),
          nextCursor: more ? encodeCursor('reconciliations', last.id) : null,
        });
      },
    },
    {
      method: 'get',
      path: '/v1/reconciliations/:id',
      scope: 'read:reconciliations',
      summary: 'How far a comparison is, and how much it has found',
      responses: { 200: 'The job with counts by entity and kind', 404: 'None with this id' },
      answer: 'Reconciliation',
      handle: async ({ req, res, caller }) => {
        res.json(showReconciliation(await reconciliations.get(staffOrganisation(caller), idOf(req.params.id))));
      },
    },
    ...reconciliationFindingRoutes(deps),
    {
      method: 'post',
      path: '/v1/reconciliations/:id/apply',
      scope: 'reconciliations',
      summary: 'Import what is missing there: one operation a finding, however often it is asked for',
      query: { dryRun: 'true says what would be made of which kinds, and what not and why; nothing is stored' },
      body: Apply,
      responses: {
        200: 'What was made of up to `limit` findings, and what not and why; call again with nextCursor while there is one',
        404: 'None with this id',
        409: 'The comparison has not ended',
      },
      answer: 'ReconciliationApplied',
      audit: { act: 'reconciliations.apply' },
      handle: async ({ req, res, caller, query, note }) => {
        const { items, entities, building, cursor, limit, ...supplement } = parseWith(Apply, optionalJson(req));
        const dryRun = switchOf('dryRun', query.dryRun);
        const id = idOf(req.params.id);
        const after = decodeCursor('reconciliation-items', cursor);
        const { db, records, journal, commands } = deps;
        const { next, ...applied } = await applyReconciliation(
          { db, records, journal, commands, reconciliations },
          staffOrganisation(caller),
          id,
          {
            by: caller.client,
            supplement: supplement as Supplement,
            dryRun,
            limit,
            ...(items ? { items } : {}),
            ...(entities ? { entities } : {}),
            ...(building ? { building } : {}),
            ...(after ? { after } : {}),
          },
        );
        note({ subject: `reconciliation:${id}`, count: applied.made.length, ...(dryRun ? { dryRun } : {}) });
        res.json({
          ...applied,
          more: next !== null,
          nextCursor: next === null ? null : encodeCursor('reconciliation-items', next),
        });
      },
    },
  ];
}

function showReconciliation(job: Reconciliation) {
  const { createdAt, finishedAt, ...rest } = job;
  return { ...rest, createdAt: createdAt.toISOString(), finishedAt: finishedAt?.toISOString() ?? null };
}
