/** When an operation of a kind is tried again, and when the hub gives up. All times in milliseconds. */
export interface RetryPolicy {
  /** First delay; doubles each time, with full jitter. */
  baseMs: number;
  maxDelayMs: number;
  /** Delays after the first, second … attempt, each with up to a fifth more; in place of the doubling. */
  delaysMs?: readonly number[];
  /** Attempts that could have acted; after them the operation is dead. */
  maxAttempts: number;
  /** Age after which nothing is tried any more. */
  maxAgeMs: number;
  /** Reconcile questions before a person is asked. */
  maxAsks: number;
}

export const defaultPolicy: RetryPolicy = {
  baseMs: 1_000,
  maxDelayMs: 10 * 60_000,
  maxAttempts: 12,
  maxAgeMs: 3 * 24 * 3_600_000,
  maxAsks: 60,
};

/**
 * Delay before the next attempt: uniform between 0 and the doubling bound (full jitter spreads a crowd best), never
 * sooner than the upstream asked for.
 *
 * @param attempt attempts so far, 1 or more
 * @param random uniform in [0, 1)
 */
export function retryDelay(policy: RetryPolicy, attempt: number, random: () => number, retryAfterMs = 0): number {
  const fixed = policy.delaysMs?.[Math.min(attempt, policy.delaysMs.length) - 1];
  if (fixed !== undefined) return Math.max(retryAfterMs, Math.floor(fixed * (1 + random() / 5)));
  const bound = Math.min(policy.maxDelayMs, policy.baseMs * 2 ** Math.min(30, attempt - 1));
  return Math.max(retryAfterMs, Math.floor(random() * bound));
}
