import type { Clock } from '../port.ts';

/** How many calls at once, and how many a second, an instance takes. */
export interface Limiter {
  /** Resolves with a release when a call may go out. */
  acquire(signal?: AbortSignal): Promise<() => void>;
}

/** Concurrency limit and token bucket of one instance in this process. A new bucket starts empty. */
export class InstanceLimiter implements Limiter {
  readonly #clock: Clock;
  readonly #concurrency: number;
  readonly #perSecond: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  /** Moment at which the next token is there, epoch milliseconds. */
  #nextAt = 0;

  /** @param perSecond 0 = no rate limit */
  constructor(options: { clock: Clock; concurrency: number; perSecond: number }) {
    this.#clock = options.clock;
    this.#concurrency = options.concurrency;
    this.#perSecond = options.perSecond;
  }

  async acquire(signal?: AbortSignal): Promise<() => void> {
    if (this.#running >= this.#concurrency) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    if (this.#perSecond > 0) {
      const now = this.#clock.now();
      const at = Math.max(now, this.#nextAt);
      this.#nextAt = at + 1000 / this.#perSecond;
      if (at > now) await new Promise((resolve) => setTimeout(resolve, at - now));
    }
    if (signal?.aborted) {
      this.#release();
      signal.throwIfAborted();
    }
    let released = false;
    return () => {
      if (!released) this.#release();
      released = true;
    };
  }

  #release(): void {
    const next = this.#waiting.shift();
    // The place goes to the next in line without being given back.
    if (next) next();
    else this.#running--;
  }
}
