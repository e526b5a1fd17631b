import type { Clock } from '../port.ts';

/** How many calls at once, and how many a second, an instance takes. */
export interface Limiter {
  /** Resolves with a release when a call may go out. */
  acquire(signal?: AbortSignal): Promise<() => void>;
}

/** Places for calls that several processes share. */
export interface Places {
  /** Resolves with what gives the place back, when there is one. */
  take(signal?: AbortSignal): Promise<() => void>;
}

/** Tells when the next call may go out, so that no more than so many a second do. */
export interface Pace {
  /** Milliseconds that the call which asks has to wait; the moment is its own from now on. */
  next(): number | Promise<number>;
}

/** Pace of this process alone. */
export class LocalPace implements Pace {
  readonly #clock: Clock;
  readonly #perSecond: () => number;
  /** Moment at which the next token is there, epoch milliseconds. */
  #nextAt = 0;

  /** @param perSecond calls a second; 0 = as many as come */
  constructor(clock: Clock, perSecond: () => number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
  }

  next(): number {
    const perSecond = this.#perSecond();
    if (perSecond <= 0) return 0;
    const now = this.#clock.now();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + 1000 / perSecond;
    return at - now;
  }

  /** Begins anew with an empty bucket. */
  empty(): void {
    const perSecond = this.#perSecond();
    this.#nextAt = perSecond > 0 ? this.#clock.now() + 1000 / perSecond : 0;
  }
}

/** Concurrency limit of one instance in this process, or in all where they share it, and the pace of its calls. */
export class InstanceLimiter implements Limiter {
  readonly #concurrency: number;
  readonly #pace: Pace;
  readonly #places: Places | undefined;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /**
   * @param perSecond 0 = no rate limit
   * @param pace shared by several processes; this process's own otherwise
   * @param places shared by several processes; otherwise the limit holds for each of them
   */
  constructor(options: { clock: Clock; concurrency: number; perSecond: number; pace?: Pace; places?: Places }) {
    this.#concurrency = options.concurrency;
    this.#places = options.places;
    this.#pace = options.pace ?? new LocalPace(options.clock, () => options.perSecond);
  }

  async acquire(signal?: AbortSignal): Promise<() => void> {
    if (this.#running >= this.#concurrency) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    let give: (() => void) | undefined;
    try {
      give = await this.#places?.take(signal);
      const waitMs = await this.#pace.next();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      signal?.throwIfAborted();
    } catch (error) {
      give?.();
      this.#release();
      throw error;
    }
    let released = false;
    return () => {
      if (released) return;
      released = true;
      give?.();
      this.#release();
    };
  }

  #release(): void {
    const next = this.#waiting.shift();
    // The place goes to the next in line without being given back.
    if (next) next();
    else this.#running--;
  }
}
