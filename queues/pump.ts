import type { Clock, Logger } from '../connectors/port.ts';
import type { Swept } from './sweep.ts';

export interface PumpOptions {
  clock: Clock;
  log: Logger;
  look(): Promise<Swept>;
  /** Longest sleep between two looks, milliseconds: what a lost notification costs. */
  longestMs(): number;
}

/** Looks again and again: at once when told to, when something becomes ready, and from time to time in any case. */
export class Pump {
  readonly #o: PumpOptions;
  #timer: NodeJS.Timeout | undefined;
  #pumping: Promise<void> | undefined;
  #again = false;
  #started = false;
  /** When something is known to be ready, epoch milliseconds. */
  #readyAt = Number.POSITIVE_INFINITY;

  constructor(options: PumpOptions) {
    this.#o = options;
  }

  start(): void {
    this.#started = true;
    this.notify();
  }

  /** Something may be due: look at once. */
  notify(): void {
    if (!this.#started) return;
    this.#again = true;
    this.#pumping ??= this.#pump();
  }

  /** Something will be ready then (epoch milliseconds). */
  wakeAt(moment: number): void {
    if (moment >= this.#readyAt) return;
    this.#readyAt = moment;
    if (!this.#pumping) this.#sleep();
  }

  async stop(): Promise<void> {
    this.#started = false;
    clearTimeout(this.#timer);
    await this.#pumping;
    clearTimeout(this.#timer);
  }

  async #pump(): Promise<void> {
    // One turn later, so that the promise is stored before the loop can end.
    await Promise.resolve();
    while (this.#again && this.#started) {
      this.#again = false;
      if (this.#readyAt <= this.#o.clock.now()) this.#readyAt = Number.POSITIVE_INFINITY;
      try {
        const { more, readyAt } = await this.#o.look();
        if (more) this.#again = true;
        this.#readyAt = Math.min(this.#readyAt, readyAt);
      } catch (error) {
        this.#o.log.warn('the journal could not be read; trying again', { error });
      }
    }
    this.#pumping = undefined;
    this.#sleep();
  }

  #sleep(): void {
    if (!this.#started) return;
    clearTimeout(this.#timer);
    const wait = Math.max(1, Math.min(this.#o.longestMs(), this.#readyAt - this.#o.clock.now()));
    this.#timer = setTimeout(() => this.notify(), wait);
  }
}
