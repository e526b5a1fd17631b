import type { Logger } from '../connectors/port.ts';
import type { Database } from '../storage/port.ts';
import { lastNumbers } from '../storage/repositories/events.ts';

interface Waiter {
  org: string;
  after: number;
  wake(news: boolean): void;
}

/**
 * Wakes whoever waits for new events: one look at the sequencer's last numbers serves all of them, however many they
 * are. Looks at once when this process has published, and every `everyMs` for what other processes publish; never when
 * nobody waits.
 */
export class FeedPulse {
  readonly #db: Database;
  readonly #log: Logger;
  readonly #everyMs: number;
  readonly #waiters = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;
  #stale = true;
  #stopped = false;

  constructor(options: { db: Database; log: Logger; everyMs?: number }) {
    this.#db = options.db;
    this.#log = options.log;
    this.#everyMs = options.everyMs ?? 1_000;
  }

  /** Something was published here. */
  look(): void {
    this.#stale = true;
    if (this.#waiters.size > 0) this.#read();
  }

  /**
   * Resolves true when the organisation has an event after this number; false when the time is over, the signal is
   * aborted, or the pulse stops.
   */
  beyond(org: string, after: number, ms: number, signal: AbortSignal): Promise<boolean> {
    if (this.#stopped || signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (news: boolean): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        this.#waiters.delete(waiter);
        resolve(news);
      };
      const stop = (): void => end(false);
      const waiter: Waiter = { org, after, wake: end };
      const timer = setTimeout(stop, ms);
      signal.addEventListener('abort', stop, { once: true });
      this.#waiters.add(waiter);
      // What was published while nobody waited is not to be missed.
      if (this.#stale) this.#read();
      else this.#later();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const waiter of [...this.#waiters]) waiter.wake(false);
    await this.#reading;
  }

  #later(): void {
    if (this.#timer || this.#stopped || this.#waiters.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#read();
    }, this.#everyMs);
  }

  #read(): void {
    if (this.#stopped || this.#reading) return;
    this.#stale = false;
    this.#reading = lastNumbers(this.#db)
      .then((last) => {
        for (const waiter of [...this.#waiters]) if ((last.get(waiter.org) ?? 0) > waiter.after) waiter.wake(true);
      })
      .catch((error: unknown) => this.#log.warn('the feed could not be looked at; trying again', { error }))
      .finally(() => {
        this.#reading = undefined;
        if (this.#stale && this.#waiters.size > 0) this.#read();
        else this.#later();
      });
  }
}
