/**
 * The whole error taxonomy of the hub. Each kind answers one question: what happens next?
 *
 * - `transient`      again, by the kind's retry schedule
 * - `rate-limited`   again, not before `retryAfterMs`
 * - `unauthorized`   the instance is paused and shown red; operations wait without burning attempts
 * - `rejected`       final: the sender must correct the data
 * - `not-found`      final: the object named does not exist upstream
 * - `conflict`       final: the upstream holds something that contradicts the request
 * - `uncertain`      the effect may have taken place: reconcile before anything else
 * - `needs-operator` a person must act (balance empty, ambiguous match)
 * - `misconfigured`  an engineer must correct hub.yaml, a mapping or the upstream's publication
 * - `unexpected`     an answer that no table knows: kept, alerted once, never silently retried
 */
export const errorKinds = [
  'transient',
  'rate-limited',
  'unauthorized',
  'rejected',
  'not-found',
  'conflict',
  'uncertain',
  'needs-operator',
  'misconfigured',
  'unexpected',
] as const;

export type ErrorKind = (typeof errorKinds)[number];

/** What the upstream said, kept for support. `text` must already be masked: no secrets, no personal data. */
export interface UpstreamFacts {
  system: string;
  code?: string;
  text?: string;
  status?: number;
  requestId?: string;
}

/** One fault in the caller's input: a JSON pointer (RFC 6901) and what is wrong with the value there. */
export interface InputFault {
  pointer: string;
  message: string;
}

export interface ErrorFacts {
  upstream?: UpstreamFacts;
  /** Milliseconds to wait before the next try, as the upstream or our limiter said. */
  retryAfterMs?: number;
  /** Faults of the input, one an entry. */
  errors?: InputFault[];
  /** When an uncertain result may be asked for, epoch milliseconds. */
  askAt?: number;
  /** Further members of the problem that callers may rely on, such as the rule that refused and when to come again. */
  details?: Readonly<Record<string, string | number>>;
}

/**
 * Every error that crosses a module border.
 *
 * `code` is stable, upper snake case and documented; `message` is for the person who must act and holds neither
 * secrets nor personal data.
 */
export class HubError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly facts: ErrorFacts;

  constructor(kind: ErrorKind, code: string, message: string, facts: ErrorFacts = {}, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'HubError';
    this.kind = kind;
    this.code = code;
    this.facts = facts;
  }
}

/** Recognises a HubError by shape, so that two installed copies of the package agree. */
export function isHubError(error: unknown): error is HubError {
  return error instanceof Error && error.name === 'HubError' && 'kind' in error && 'code' in error;
}

/** Any thrown value as a HubError; what is not one becomes `unexpected` with the original as its cause. */
export function toHubError(error: unknown, code = 'UNEXPECTED'): HubError {
  if (isHubError(error)) return error;
  const name = error instanceof Error ? error.name : typeof error;
  return new HubError(
    'unexpected',
    code,
    `Unforeseen fault (${name}); the log entry of this id holds the details.`,
    {},
    { cause: error },
  );
}

/** True when trying again later, unchanged, may succeed. */
export function isRetryable(kind: ErrorKind): boolean {
  return kind === 'transient' || kind === 'rate-limited' || kind === 'unauthorized' || kind === 'uncertain';
}

/** Whether nothing was done and the same may be tried again by itself. */
export function isPassing({ kind }: HubError): boolean {
  return kind === 'transient' || kind === 'rate-limited';
}

/** An error as it is stored with an operation and shown to API callers (RFC 9457 members without `type`/`instance`). */
export interface StoredProblem {
  kind: ErrorKind;
  code: string;
  message: string;
  retryable: boolean;
  upstream?: UpstreamFacts;
  errors?: InputFault[];
  details?: Readonly<Record<string, string | number>>;
}

export function toProblem(error: HubError): StoredProblem {
  return {
    kind: error.kind,
    code: error.code,
    message: error.message,
    retryable: isRetryable(error.kind),
    ...(error.facts.upstream ? { upstream: error.facts.upstream } : {}),
    ...(error.facts.errors ? { errors: error.facts.errors } : {}),
    ...(error.facts.details ? { details: error.facts.details } : {}),
  };
}
