import { z } from 'zod';
import { type BulkJob, bulkActions, bulkStatuses, MAX_BULK } from '../queues/bulk/jobs.ts';
import { staffOrganisation } from './auth.ts';
import { bodyText, parseJson, parseWith } from './body.ts';
import { idOf, limitOf } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { invalid } from './problems.ts';
import type { Route } from './route.ts';

const name = z.string().min(1).max(100);
const Bulk = z.strictObject({
  action: z.enum(bulkActions).describe('What is done to each'),
  filter: z
    .strictObject({
      status: name.describe('Their status now'),
      kind: name.optional(),
      instance: name.optional(),
      code: name.nullable().optional().describe('Code of their error; null = those without one'),
      upstreamCode: name.nullable().optional().describe('Code that the upstream gave; null = those without one'),
    })
    .describe('Which operations'),
});

/** One action on many operations. */
export function bulkRoutes({ bulk, log }: RouteDeps): Route[] {
  return [
    {
      method: 'post',
      path: '/v1/operations/bulk',
      scope: 'operations',
      summary: `Retry, cancel or skip all operations that fit a filter now (at most ${MAX_BULK}), one after the other`,
      body: Bulk,
      responses: { 202: 'The job: { id, total, … }; it goes on whatever becomes of the process' },
      audit: { act: 'operations.bulk' },
      handle: async ({ req, res, caller, note }) => {
        const { action, filter } = parseWith(Bulk, parseJson(bodyText(req)));
        const org = staffOrganisation(caller);
        const fitting: readonly string[] = bulkStatuses[action];
        if (!fitting.includes(filter.status))
          throw invalid('INVALID_BODY', [
            { pointer: '/filter/status', message: `must be one of ${fitting.join(', ')} for the action ${action}` },
          ]);
        const job = await bulk.create(org, action, filter, caller.client);
        note({ subject: `bulk:${job.id}`, action, filter, count: job.total });
        log.info('bulk job begun', { job: job.id, action, total: job.total, by: caller.client });
        res.status(202).location(`/v1/operations/bulk/${job.id}`).json(showJob(job));
      },
    },
    {
      method: 'get',
      path: '/v1/operations/bulk',
      scope: 'read:operations',
      summary: 'Bulk jobs, newest first',
      query: { limit: '1…100 (20)' },
      responses: { 200: '{ items }' },
      handle: async ({ res, caller, query }) => {
        const jobs = await bulk.list(staffOrganisation(caller), limitOf(query.limit, 20, 100));
        res.json({ items: jobs.map((job) => showJob(job)) });
      },
    },
    {
      method: 'get',
      path: '/v1/operations/bulk/:id',
      scope: 'read:operations',
      summary: 'How far a bulk job is, and why operations were refused',
      responses: { 200: '{ id, status, total, done, refused, refusals: { <code>: n } }', 404: 'None with this id' },
      handle: async ({ req, res, caller }) => {
        const org = staffOrganisation(caller);
        const job = await bulk.get(org, idOf(req.params.id));
        res.json({ ...showJob(job), refusals: await bulk.refusals(org, job.id) });
      },
    },
    {
      method: 'post',
      path: '/v1/operations/bulk/:id/stop',
      scope: 'operations',
      summary: 'Stop a bulk job; what is done stays done',
      responses: { 200: 'The job', 404: 'None with this id' },
      audit: { act: 'operations.bulk-stop' },
      handle: async ({ req, res, caller }) => {
        const job = await bulk.stop(staffOrganisation(caller), idOf(req.params.id));
        log.info('bulk job stopped', { job: job.id, done: job.done, by: caller.client });
        res.json(showJob(job));
      },
    },
  ];
}

function showJob({ createdAt, finishedAt, ...job }: BulkJob): Record<string, unknown> {
  return { ...job, createdAt: createdAt.toISOString(), finishedAt: finishedAt?.toISOString() ?? null };
}
