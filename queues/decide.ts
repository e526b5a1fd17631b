import { type HubError, toProblem } from '../canonical/errors.ts';
import type { Operation, OperationStatus } from '../storage/repositories/operation.ts';
import { type RetryPolicy, retryDelay } from './policy.ts';

/** What the journal writes after an attempt. */
export interface Decision {
  status: OperationStatus;
  waitingFor: string | null;
  dueAt: Date | null;
  /** Undefined keeps what is there. */
  uncertainSince?: Date | null;
  asks: number;
  /** Correction of the attempt counter: an attempt that could not have acted is not burnt. */
  attempts: number;
  result: Readonly<Record<string, unknown>> | null;
  error: ReturnType<typeof toProblem> | null;
  /** Goes on through this instance; what it was at the old one is over. */
  moveTo?: string;
  /** The instance must rest until a person or a successful probe. */
  pause?: { reason: string; by: 'hub' | 'needs-operator'; code: string };
}

interface Situation {
  op: Operation;
  policy: RetryPolicy;
  now: Date;
  random: () => number;
}

const MISCONFIGURED_RETRY_MS = 10 * 60_000;

export function succeeded(op: Operation, result: Readonly<Record<string, unknown>>): Decision {
  return {
    status: 'succeeded',
    waitingFor: null,
    dueAt: null,
    uncertainSince: null,
    asks: op.asks,
    attempts: op.attempts,
    result,
    error: null,
  };
}

/** The upstream has taken the call and answers later: the exchange is polled, the operation itself is never due. */
export function answerPending(op: Operation): Decision {
  return {
    status: 'waiting',
    waitingFor: 'answer',
    dueAt: null,
    asks: op.asks,
    attempts: op.attempts,
    result: null,
    error: null,
  };
}

/** Where an error leads: each kind of the taxonomy has one answer. */
export function afterError({ op, policy, now, random }: Situation, error: HubError): Decision {
  const base = { asks: op.asks, attempts: op.attempts, result: null, error: toProblem(error) };
  const later = (ms: number): Date => new Date(now.getTime() + ms);
  const tooOld = now.getTime() - op.acceptedAt.getTime() > policy.maxAgeMs;
  switch (error.kind) {
    case 'transient':
      if (tooOld || op.attempts >= policy.maxAttempts)
        return { ...base, status: 'dead', waitingFor: null, dueAt: null };
      return {
        ...base,
        status: 'retrying',
        waitingFor: null,
        dueAt: later(retryDelay(policy, op.attempts, random, error.facts.retryAfterMs)),
      };
    case 'rate-limited':
      if (tooOld) return { ...base, status: 'dead', waitingFor: null, dueAt: null };
      // Not the operation's fault: it waits without losing an attempt.
      return {
        ...base,
        attempts: Math.max(0, op.attempts - 1),
        status: 'retrying',
        waitingFor: null,
        dueAt: later(retryDelay(policy, Math.max(1, op.attempts), random, error.facts.retryAfterMs ?? 1_000)),
      };
    case 'unauthorized':
      return {
        ...base,
        attempts: Math.max(0, op.attempts - 1),
        status: 'waiting',
        waitingFor: 'pause',
        dueAt: now,
        pause: { reason: error.message, by: 'hub', code: error.code },
      };
    case 'needs-operator':
      return {
        ...base,
        attempts: Math.max(0, op.attempts - 1),
        status: 'waiting',
        waitingFor: 'pause',
        dueAt: now,
        pause: { reason: error.message, by: 'needs-operator', code: error.code },
      };
    case 'misconfigured':
      return {
        ...base,
        attempts: Math.max(0, op.attempts - 1),
        status: 'waiting',
        waitingFor: 'operator',
        dueAt: later(MISCONFIGURED_RETRY_MS),
      };
    case 'uncertain':
      return {
        ...base,
        status: 'uncertain',
        waitingFor: 'settle',
        uncertainSince: op.uncertainSince ?? now,
        dueAt: later(error.facts.askAt ? Math.max(0, error.facts.askAt - now.getTime()) : 500),
      };
    case 'unexpected':
      return { ...base, status: 'dead', waitingFor: null, dueAt: null };
    default:
      return { ...base, status: 'failed', waitingFor: null, dueAt: null };
  }
}

/** The upstream can't tell yet: asked again, with growing pauses, until a person has to. */
export function stillUnknown({ op, policy, now }: Situation, askAfterMs: number, operatorAt?: number): Decision {
  if (operatorAt !== undefined) {
    const waiting = {
      asks: op.asks,
      attempts: op.attempts,
      result: null,
      error: op.error,
      status: 'uncertain' as const,
    };
    const next = Math.min(operatorAt, now.getTime() + askAfterMs);
    return now.getTime() >= operatorAt
      ? { ...waiting, waitingFor: 'operator', dueAt: null }
      : { ...waiting, waitingFor: 'settle', dueAt: new Date(next) };
  }
  const asks = op.asks + 1;
  const base = { asks, attempts: op.attempts, result: null, error: op.error, status: 'uncertain' as const };
  if (asks >= policy.maxAsks) return { ...base, waitingFor: 'operator', dueAt: null };
  const pause = Math.min(10 * 60_000, Math.max(askAfterMs, Math.min(1_000 * 2 ** Math.max(0, asks - 8), 10 * 60_000)));
  return { ...base, waitingFor: 'settle', dueAt: new Date(now.getTime() + pause) };
}

/** It came back from a backup without the number under which the upstream would know it: only a person can find out. */
export function unanswerable(op: Operation): Decision {
  return {
    status: 'uncertain',
    waitingFor: 'operator',
    dueAt: null,
    asks: op.asks,
    attempts: op.attempts,
    result: null,
    error: {
      kind: 'uncertain',
      code: 'RESTORED_UNKNOWN',
      message:
        'The operation came back from a backup that was made before it got a number at the other system. Look there whether it was carried out, then settle it: happened or absent.',
      retryable: false,
    },
  };
}

/** The question itself failed (the instance is down or shut): the operation stays uncertain and nothing is spent. */
export function couldNotAsk(situation: Situation, error: HubError): Decision {
  const decided = stillUnknown(situation, error.facts.retryAfterMs ?? 5_000);
  const pause =
    error.kind === 'unauthorized' ? { pause: { reason: error.message, by: 'hub' as const, code: error.code } } : {};
  return error.kind === 'misconfigured' ? { ...decided, error: toProblem(error) } : { ...decided, ...pause };
}

/** The upstream has not got it: the next attempt may go out. */
export function absent({ op, policy, now, random }: Situation): Decision {
  const base = { uncertainSince: null, asks: 0, attempts: op.attempts, result: null, error: op.error };
  if (op.attempts >= policy.maxAttempts) return { ...base, status: 'dead', waitingFor: null, dueAt: null };
  return {
    ...base,
    status: 'retrying',
    waitingFor: null,
    dueAt: new Date(now.getTime() + (op.attempts > 1 ? retryDelay(policy, op.attempts, random) : 0)),
  };
}
