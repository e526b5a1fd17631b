export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * Circuit breaker of one instance: after several failures in a row nothing is sent for a while, then one operation
 * tries. Operations wait meanwhile and burn no attempts.
 */
export class Breaker {
  readonly #threshold: number;
  readonly #baseMs: number;
  readonly #maxMs: number;
  #failures = 0;
  #openUntil = 0;
  #openings = 0;

  constructor(options: { threshold?: number; baseMs?: number; maxMs?: number } = {}) {
    this.#threshold = options.threshold ?? 5;
    this.#baseMs = options.baseMs ?? 2_000;
    this.#maxMs = options.maxMs ?? 60_000;
  }

  state(now: number): BreakerState {
    if (this.#failures < this.#threshold) return 'closed';
    return now < this.#openUntil ? 'open' : 'half-open';
  }

  /** Operations that may start now, of those wanted. */
  allowance(now: number, wanted: number): number {
    const state = this.state(now);
    return state === 'closed' ? wanted : state === 'half-open' ? Math.min(1, wanted) : 0;
  }

  /** Moment of the next try, epoch milliseconds; 0 when closed. */
  get openUntil(): number {
    return this.#failures < this.#threshold ? 0 : this.#openUntil;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openings = 0;
  }

  failed(now: number): void {
    this.#failures++;
    if (this.#failures < this.#threshold) return;
    this.#openUntil = now + Math.min(this.#maxMs, this.#baseMs * 2 ** Math.min(20, this.#openings));
    this.#openings++;
  }
}
