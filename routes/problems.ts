import type { Response } from 'express';
import { type ErrorKind, HubError, type InputFault, isRetryable, type UpstreamFacts } from '../canonical/errors.ts';

/** Error texts of the API: RFC 9457 bodies with a stable code. `docs/problems.md` explains each of ours. */
export const problemTitles: Readonly<Record<string, string>> = {
  INVALID_BODY: 'The body has faults',
  INVALID_QUERY: 'The query has faults',
  BROKEN_JSON: 'The body is not JSON',
  BODY_TOO_LARGE: 'The body is too large',
  BODY_TOO_DEEP: 'The body is nested too deep',
  TOO_MANY_ITEMS: 'Too many items',
  BAD_CURSOR: 'The cursor is not one of this list',
  UNKNOWN_FILTER: 'There is no such filter',
  MISSING_KEY: 'An API key is needed',
  INVALID_KEY: 'The API key is not valid',
  SCOPE_MISSING: 'The key may not do this',
  RATE_LIMITED: 'Too many requests',
  KEYS_UNAVAILABLE: 'Tokens can not be checked now',
  NOT_FOUND: 'There is nothing here',
  METHOD_NOT_ALLOWED: 'Not with this method',
  IDEMPOTENCY_CONFLICT: 'The idempotency key was used with another body',
  IDEMPOTENCY_KEY_MISSING: 'An idempotency key is needed',
  IDEMPOTENCY_KEY_INVALID: 'The idempotency key is not usable',
  NO_ROUTE: 'No connector serves this',
  TEMPLATE_UNKNOWN: 'There is no such template',
  TEMPLATE_VARIABLES: 'The variables do not fit the template',
  RECIPIENT_OPTED_OUT: 'The recipient does not want such messages',
  CONTACT_LIMIT: 'The recipient was contacted often enough',
  OPERATION_NOT_WAITING_FOR_APPROVAL: 'The operation does not wait for approval',
  FOUR_EYES: 'Another person has to approve',
  PAUSED: 'Everything is paused',
  OPERATION_NOT_FOUND: 'There is no such operation',
  OPERATION_NOT_CANCELLABLE: 'The operation can no longer be cancelled',
  OPERATION_NOT_RETRYABLE: 'The operation cannot be tried again',
  OPERATION_NOT_UNCERTAIN: 'The operation is not uncertain',
  OPERATION_NOT_DEAD: 'The operation is not dead',
  OPERATION_NOT_REPLAYABLE: 'The operation cannot be made anew',
  RECONCILIATION_NOT_READ: 'Not read yet',
  RECONCILIATION_RUNNING: 'The comparison has not ended',
  REPLAY_CHANGED: 'What would be sent has changed',
  OPERATION_NOT_FAILED: 'The operation has not failed',
  TASK_NOT_FOUND: 'There is no such task',
  TASK_ANSWERED: 'The task was answered already',
  TASK_CLOSED: 'The task is closed',
  TASK_CHANGED: 'The task was changed meanwhile',
  TASK_NOT_RUNNING: 'Nothing is being carried out',
  TASK_ANSWER_UNKNOWN: 'This version does not know the answer',
  UNKNOWN_INSTANCE: 'There is no such connector',
  NOTHING_TO_SYNC: 'There is nothing to pull',
  LIVE_UNSUPPORTED: 'This cannot be asked live',
  INVALID_HEADER: 'A header has faults',
  ROTATION_RUNS: 'The master key is being rotated',
  MASTER_KEY_NEEDED: 'There is no newer master key',
  MASTER_KEY_NOT_EVERYWHERE: 'A process lacks the new master key',
  PURPOSE_REQUIRED: 'Say why you look at personal data',
  DIGEST_MISMATCH: 'The bytes are not those of the digest',
  EVENTS_GONE: 'Those events are no longer kept',
  EVENTS_AHEAD: 'The feed has not come so far',
  TOO_MANY_STREAMS: 'Too many streams are open',
  WEBHOOK_ADDRESS_REFUSED: 'Nothing is sent to this address',
  WEBHOOK_BUSY: 'The endpoint is being changed',
  TOO_MANY_WEBHOOKS: 'Too many webhook endpoints',
  REPLAY_TOO_LARGE: 'Too many events to send again',
  UPSTREAM_UNAVAILABLE: 'The other system does not answer now',
  DRAINING: 'The process is about to stop',
  STORE_UNAVAILABLE: 'The store takes no writes now',
  LOOKUP_TOO_BROAD: 'Too many fit',
  LOOKUP_TOO_SHORT: 'That says too little',
  UNFORESEEN: 'Something unforeseen happened',
};

const statusOf: Readonly<Record<ErrorKind, number>> = {
  transient: 503,
  'rate-limited': 429,
  unauthorized: 502,
  rejected: 422,
  'not-found': 404,
  conflict: 409,
  uncertain: 502,
  'needs-operator': 409,
  misconfigured: 500,
  unexpected: 500,
};
const statusByCode: Readonly<Record<string, number>> = {
  INVALID_BODY: 400,
  INVALID_QUERY: 400,
  BROKEN_JSON: 400,
  BODY_TOO_LARGE: 413,
  BODY_TOO_DEEP: 400,
  TOO_MANY_ITEMS: 413,
  BAD_CURSOR: 400,
  UNKNOWN_FILTER: 400,
  MISSING_KEY: 401,
  INVALID_KEY: 401,
  SCOPE_MISSING: 403,
  METHOD_NOT_ALLOWED: 405,
  NO_ROUTE: 422,
  IDEMPOTENCY_KEY_MISSING: 400,
  IDEMPOTENCY_KEY_INVALID: 400,
  UNKNOWN_INSTANCE: 404,
  LIVE_UNSUPPORTED: 422,
  INVALID_HEADER: 400,
  PURPOSE_REQUIRED: 400,
  DIGEST_MISMATCH: 400,
  EVENTS_GONE: 410,
  UPSTREAM_UNAVAILABLE: 503,
  FOUR_EYES: 403,
  UNFORESEEN: 500,
};

export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  retryable: boolean;
  instance?: string;
  errors?: InputFault[];
  upstream?: UpstreamFacts;
}

export function problemOf(error: HubError): Problem {
  const { code, kind, facts } = error;
  return {
    ...facts.details,
    type: `https://connector-hub.dev/problems/${code.toLowerCase().replace(/_/g, '-')}`,
    title: problemTitles[code] ?? 'The request could not be carried out',
    status: statusByCode[code] ?? statusOf[kind],
    code,
    detail: error.message,
    retryable: isRetryable(kind),
    ...(facts.errors ? { errors: facts.errors } : {}),
    ...(facts.upstream ? { upstream: facts.upstream } : {}),
  };
}

export function sendProblem(res: Response, error: HubError): void {
  const problem = problemOf(error);
  const after = error.facts.retryAfterMs ?? (problem.status === 503 ? 1_000 : undefined);
  if (after !== undefined) res.set('Retry-After', String(Math.max(1, Math.ceil(after / 1000))));
  if (problem.status === 401) res.set('WWW-Authenticate', 'Bearer');
  res
    .status(problem.status)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        ...problem,
        instance: res.locals.requestId ? `urn:request:${String(res.locals.requestId)}` : undefined,
      }),
    );
}

export function invalid(code: 'INVALID_BODY' | 'INVALID_QUERY', errors: InputFault[]): HubError {
  const first = errors[0];
  return new HubError(
    'rejected',
    code,
    `${first ? `${first.pointer || 'The value'} ${first.message}` : 'Input is invalid'}${errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''}.`,
    { errors },
  );
}
