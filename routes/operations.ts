import { z } from 'zod';
import { HubError } from '../canonical/errors.ts';
import { type Operation, operationStatuses } from '../storage/repositories/operation.ts';
import { staffOrganisation } from './auth.ts';
import { bodyText, optionalJson, parseJson, parseWith } from './body.ts';
import { decodeCursor, encodeCursor, idOf, instantOf, limitOf } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { invalid } from './problems.ts';
import type { Handling, Route } from './route.ts';

/** The API form of an operation. */
export function showOperation(op: Operation): Record<string, unknown> {
  return {
    id: op.id,
    kind: op.kind,
    status: op.status,
    organisation: op.org,
    instance: op.instance,
    client: op.client,
    subject: op.subject,
    reference: op.reference,
    payload: op.payload,
    attempts: op.attempts,
    waitingFor: op.waitingFor,
    waitingUntil: op.waitingFor && op.dueAt ? op.dueAt.toISOString() : null,
    notBefore: op.notBefore?.toISOString() ?? null,
    expiresAt: op.expiresAt?.toISOString() ?? null,
    result: op.result,
    error: op.error,
    cause: causeOf(op),
    acceptedAt: op.acceptedAt.toISOString(),
    updatedAt: op.updatedAt.toISOString(),
    finishedAt: op.finishedAt?.toISOString() ?? null,
  };
}

/** Which reaction across systems it comes from, and the operation that caused it; null for what a caller asked for. */
function causeOf({ trace }: Operation): { flow: string; step: string | null; operation: string | null } | null {
  if (typeof trace?.flow !== 'string') return null;
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return { flow: trace.flow, step: text(trace.step), operation: text(trace.parent) };
}

/** An operation on the same timeline: what caused the one that is shown, or what it has led to. */
function relatedOf(shown: Operation): (other: Operation) => Record<string, unknown> {
  return (other) => ({
    id: other.id,
    relation: shown.trace?.parent === other.id ? 'cause' : 'effect',
    kind: other.kind,
    status: other.status,
    instance: other.instance,
    step: typeof other.trace?.step === 'string' ? other.trace.step : null,
    acceptedAt: other.acceptedAt.toISOString(),
    finishedAt: other.finishedAt?.toISOString() ?? null,
  });
}

const Answer = z.strictObject({ answer: z.enum(['happened', 'absent']).describe('What a person found out upstream') });
const BulkRetry = z.strictObject({
  status: z.enum(['dead', 'failed', 'uncertain']),
  kind: z.string().optional(),
  instance: z.string().optional(),
  limit: z.int().min(1).max(1000).default(100),
});

/** The journal as callers and operators see it. */
export function operationRoutes(deps: RouteDeps): Route[] {
  const { journal } = deps;
  const own = async ({ req, caller }: Handling): Promise<Operation> => {
    const op = await journal.get(caller.org, idOf(req.params.id));
    // A resident sees only what their own key asked for.
    if (caller.accounts && op.client !== caller.client)
      throw new HubError('not-found', 'OPERATION_NOT_FOUND', 'There is no such operation.');
    return op;
  };
  const act = (verb: string, summary: string, run: (op: Operation, body: unknown) => Promise<Operation>): Route => ({
    method: 'post',
    path: `/v1/operations/:id/${verb}`,
    scope: 'operations',
    summary,
    responses: { 200: 'The operation', 409: 'Not in this state' },
    answer: 'Operation',
    audit: { act: `operations.${verb}` },
    handle: async (h) => {
      h.res.json(showOperation(await run(await own(h), optionalJson(h.req))));
    },
  });
  return [
    {
      method: 'get',
      path: '/v1/operations',
      scope: 'read:operations',
      summary: 'Operations, newest first',
      query: {
        status: operationStatuses.join(', '),
        kind: 'e.g. messages.send',
        instance: 'Connector instance',
        subject: 'e.g. account:<id>',
        reference: "The caller's own document id",
        waitingFor: 'e.g. approval, quiet-hours, contact-limit, operator',
        since: 'Accepted at this instant or later',
        limit: '1…500 (100)',
        cursor: 'nextCursor of the page before',
      },
      responses: { 200: 'A page: { items, nextCursor }' },
      answer: 'OperationPage',
      audit: { view: 'operations.list' },
      handle: async ({ res, caller, query, note }) => {
        const limit = limitOf(query.limit, 100, 500);
        if (query.status !== undefined && !(operationStatuses as readonly string[]).includes(query.status))
          throw invalid('INVALID_QUERY', [
            { pointer: '?status', message: `must be one of ${operationStatuses.join(', ')}` },
          ]);
        const since = instantOf('since', query.since);
        const filter = Object.fromEntries(
          ['status', 'kind', 'instance', 'subject', 'reference', 'waitingFor'].flatMap((name) =>
            query[name] === undefined ? [] : [[name, query[name]]],
          ),
        );
        const rows = await journal.list(
          caller.org,
          {
            ...filter,
            ...(since ? { since } : {}),
            // A resident sees only what their own key asked for.
            ...(caller.accounts ? { client: caller.client } : {}),
          },
          limit + 1,
          decodeCursor('operations', query.cursor),
        );
        const page = rows.slice(0, limit);
        const last = page.at(-1);
        note({ count: page.length, filters: filter });
        res.json({
          items: page.map(showOperation),
          nextCursor: rows.length > limit && last ? encodeCursor('operations', last.id) : null,
        });
      },
    },
    {
      method: 'get',
      path: '/v1/operations/:id',
      scope: 'read:operations',
      summary: 'One operation with its attempts',
      responses: { 200: 'The operation', 404: 'None with this id' },
      answer: 'OperationDetails',
      audit: { view: 'operations.view' },
      handle: async (h) => {
        const op = await own(h);
        const [attempts, exchange, approval, related] = await Promise.all([
          journal.attempts(op.org, op.id),
          journal.exchange(op),
          deps.approvals.decision(op.org, op.id),
          // What the hub has made of it is no business of a resident's key.
          h.caller.accounts ? [] : journal.related(op),
        ]);
        h.res.json({
          ...showOperation(op),
          related: related.map(relatedOf(op)),
          approval: approval ? { ...approval, at: approval.at.toISOString() } : null,
          exchange: exchange
            ? {
                ...exchange,
                nextPollAt: exchange.nextPollAt?.toISOString() ?? null,
                createdAt: exchange.createdAt.toISOString(),
              }
            : null,
          attempts: attempts.map((a) => ({
            ...a,
            startedAt: a.startedAt.toISOString(),
            endedAt: a.endedAt?.toISOString() ?? null,
          })),
        });
      },
    },
    act('retry', 'Try again; what may have acted is reconciled first', (op) => journal.retry(op.org, op.id)),
    act('cancel', 'Give up what cannot have acted', (op) =>
      journal.cancel(op.org, op.id, (o) => deps.outcome(o, 'cancelled')),
    ),
    act('skip', 'Let the successors of a dead operation pass', (op) => journal.skip(op.org, op.id)),
    {
      ...act('resolve', 'Settle an uncertain operation: happened or absent', (op, body) =>
        journal.resolve(op.org, op.id, parseWith(Answer, body).answer, (o) => deps.outcome(o, 'succeeded')),
      ),
      body: Answer,
    },
    {
      method: 'post',
      path: '/v1/operations/retry',
      scope: 'operations',
      summary: 'Try many again by filter',
      body: BulkRetry,
      responses: { 200: '{ retried, refused }' },
      audit: { act: 'operations.retry-many' },
      handle: async ({ req, res, caller, note }) => {
        const { status, kind, instance, limit } = parseWith(BulkRetry, parseJson(bodyText(req)));
        const found = await journal.list(
          staffOrganisation(caller),
          { status, ...(kind ? { kind } : {}), ...(instance ? { instance } : {}) },
          limit,
        );
        const outcomes = await Promise.allSettled(found.map((op) => journal.retry(op.org, op.id)));
        note({ count: found.length, filters: { status, kind, instance } });
        res.json({
          retried: outcomes.filter((o) => o.status === 'fulfilled').length,
          refused: outcomes.filter((o) => o.status === 'rejected').length,
        });
      },
    },
  ];
}
