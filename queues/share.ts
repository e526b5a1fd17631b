/** What one process may take of a limit that all processes share. */
export interface Share {
  /** Whole operations at once, of those that the instance takes. The shares of all workers add up to `total`. */
  ofConcurrency(instance: string, total: number): number;
  /** Part of a rate, 0 to 1. */
  ofRate(): number;
}

/** The only process takes everything. */
export const alone: Share = { ofConcurrency: (_instance, total) => total, ofRate: () => 1 };

/**
 * Share of one of several workers in a whole number. What doesn't divide goes to some of them, to others for another
 * instance; where there are more workers than places, some get none.
 *
 * @param rank of this worker among the sorted names, from 0
 */
export function shareOf(instance: string, total: number, rank: number, workers: number): number {
  if (rank < 0 || workers <= 0) return 0;
  let turn = 0;
  for (const sign of instance) turn = (turn * 31 + (sign.codePointAt(0) ?? 0)) % 65_521;
  const place = (rank + turn) % workers;
  return Math.floor(total / workers) + (place < total % workers ? 1 : 0);
}
