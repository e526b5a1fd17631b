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

  /** Moment of the next try, epoch milliseconds; 0 when closed. */
  get openUntil(): number {
    return this.#failures < this.#threshold ? 0 : this.#openUntil;
  }

  /** Times that it opened since the last success. */
  get openings(): number {
    return this.#openings;
  }

  /** Takes over what another process has found out. @param openUntil epoch milliseconds; 0 = closed */
  adopt(openUntil: number, openings: number): void {
    if (openUntil === 0) {
      if (this.#failures >= this.#threshold) this.succeeded();
      return;
    }
    this.#failures = Math.max(this.#failures, this.#threshold);
    this.#openUntil = openUntil;
    this.#openings = openings;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openings = 0;
  }

  failed(now: number): void {
    // What was under way when it opened tells nothing new.
    if (this.state(now) === 'open') return;
    this.#failures++;
    if (this.#failures < this.#threshold) return;
    this.#openUntil = now + Math.min(this.#maxMs, this.#baseMs * 2 ** Math.min(20, this.#openings));
    this.#openings++;
  }
}
