import { HubProblem, HubUnreachable } from './problem.ts';

/** Whether a call may be sent again: always; under its key; or only when it certainly was not carried out. */
export type Repeat = 'safe' | 'keyed' | 'once';

export interface RetryOptions {
  /** Tries after the first; 4 by default. */
  retries: number;
  /** Longest rest before the first repetition, milliseconds; doubles each time. */
  baseMs: number;
  /** Longest rest at all, but for what the hub itself asks for. */
  capMs: number;
  /** After this time nothing more is tried, milliseconds from the beginning. */
  totalMs: number;
  random(): number;
}

export const standardRetry: RetryOptions = {
  retries: 4,
  baseMs: 250,
  capMs: 10_000,
  totalMs: 120_000,
  random: Math.random,
};

/** Carries a call out until it succeeds, must not be repeated, or the tries are used up; then throws what came last. */
export async function withRetry<T>(
  attempt: () => Promise<T>,
  repeat: Repeat,
  options: RetryOptions,
  signal: AbortSignal | undefined,
): Promise<T> {
  const began = Date.now();
  for (let n = 0; ; n++) {
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      if (n >= options.retries || !mayRepeat(error, repeat)) throw error;
      const jitter = options.random() * Math.min(options.capMs, options.baseMs * 2 ** n);
      const wanted = error instanceof HubProblem ? (error.retryAfterMs ?? 0) : 0;
      const rest = wanted + jitter;
      if (Date.now() - began + rest > options.totalMs) throw error;
      await pause(rest, signal);
    }
  }
}

function mayRepeat(error: unknown, repeat: Repeat): boolean {
  if (error instanceof HubUnreachable) return repeat !== 'once';
  if (!(error instanceof HubProblem) || !error.isRetryable) return false;
  // Who calls too often was turned away before anything was done.
  return repeat !== 'once' || error.status === 429;
}

export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const aborted = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }, ms);
    signal?.addEventListener('abort', aborted, { once: true });
  });
}
