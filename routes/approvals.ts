import { z } from 'zod';
import { isHubError } from '../canonical/errors.ts';
import type { Operation } from '../storage/repositories/operation.ts';
import { staffOrganisation } from './auth.ts';
import { bodyText, optionalJson, parseJson, parseWith } from './body.ts';
import { idOf } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { showOperation } from './operations.ts';
import type { Route } from './route.ts';

const reason = z.string().min(1).max(300);
const Approve = z.strictObject({ reason: reason.optional().describe('Why; kept with the operation') });
const Reject = z.strictObject({ reason: reason.describe('Why; kept with the operation') });
const filter = {
  kind: z.string().max(100).optional().describe('Operation kind, e.g. messages.send'),
  instance: z.string().max(63).optional().describe('Connector instance'),
  client: z.string().max(63).optional().describe('Key that submitted them'),
  limit: z.int().min(1).max(1000).default(100).describe('At most so many, oldest first'),
};
const verbs = { approve: { body: Approve, done: 'approved' }, reject: { body: Reject, done: 'rejected' } } as const;

/** What a person decides about operations beyond a limit; the scope is one of its own. */
export function approvalRoutes(deps: RouteDeps): Route[] {
  return [...decide(deps, 'approve'), ...decide(deps, 'reject')];
}

function decide({ approvals, journal, log }: RouteDeps, verb: keyof typeof verbs): Route[] {
  const { body, done } = verbs[verb];
  const run = (org: string, id: string, by: string, why: string | undefined): Promise<Operation> =>
    approvals[verb](org, id, { by, ...(why === undefined ? {} : { reason: why }) });
  return [
    {
      method: 'post',
      path: `/v1/operations/:id/${verb}`,
      scope: 'approve',
      summary: `${verb === 'approve' ? 'Let an operation go' : 'Give an operation up'} that waits for approval`,
      body,
      responses: { 200: 'The operation', 403: 'The key that submitted it', 409: 'It does not wait for approval' },
      audit: { act: `operations.${verb}` },
      handle: async ({ req, res, caller }) => {
        const input = parseWith(body, optionalJson(req));
        const op = await run(staffOrganisation(caller), idOf(req.params.id), caller.client, input.reason);
        log.info(`operation ${done}`, { operation: op.id, kind: op.kind, by: caller.client });
        res.json(showOperation(op));
      },
    },
    {
      method: 'post',
      path: `/v1/operations/${verb}`,
      scope: 'approve',
      summary: `${verb === 'approve' ? 'Let all go' : 'Give all up'} that wait for approval and fit a filter`,
      body: body.extend(filter),
      responses: { 200: `{ ${done}, refused, left }: left tells how many still wait` },
      audit: { act: `operations.${verb}-many` },
      handle: async ({ req, res, caller, note }) => {
        const { limit, reason: why, ...only } = parseWith(body.extend(filter), parseJson(bodyText(req)));
        const org = staffOrganisation(caller);
        const ids = await journal.waitingForApproval(org, only, limit);
        const refused: { operation: string; code: string }[] = [];
        for (const id of ids) {
          try {
            await run(org, id, caller.client, why);
          } catch (error) {
            if (!isHubError(error)) throw error;
            refused.push({ operation: id, code: error.code });
          }
        }
        const left = await journal.countWaitingForApproval(org, only);
        log.info(`operations ${done}`, { operations: ids.length - refused.length, left, by: caller.client });
        note({ count: ids.length - refused.length, refused: refused.length, filters: only });
        res.json({ [done]: ids.length - refused.length, refused, left });
      },
    },
  ];
}
