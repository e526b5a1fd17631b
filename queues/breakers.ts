import type { Clock, Logger } from '../connectors/port.ts';
import type { Database } from '../storage/port.ts';
import { Breaker, type BreakerState } from './breaker.ts';

export interface BreakersOptions {
  db: Database;
  clock: Clock;
  log: Logger;
  /** Name of this process, unique among those that share the store. */
  process: string;
}

/** What one probe may take before another process tries. */
const PROBE_MS = 90_000;

/**
 * The circuit breakers of all instances, shared through the store: what one process has opened the others adopt at their
 * next {@link refresh}, and of all processes one at a time sends the operation that tries whether the instance is back.
 * Failures are counted by each process for itself.
 */
export class Breakers {
  readonly #o: BreakersOptions;
  readonly #breakers = new Map<string, Breaker>();
  readonly #writing = new Map<string, Promise<void>>();

  constructor(options: BreakersOptions) {
    this.#o = options;
  }

  /** Moment of the next try, epoch milliseconds; 0 when closed. */
  openUntil(instance: string): number {
    return this.#of(instance).openUntil;
  }

  state(instance: string): BreakerState {
    return this.#of(instance).state(this.#o.clock.now());
  }

  failed(instance: string): void {
    const breaker = this.#of(instance);
    const now = this.#o.clock.now();
    const before = breaker.openUntil;
    breaker.failed(now);
    if (breaker.openUntil !== before) this.#write(instance);
  }

  succeeded(instance: string): void {
    const breaker = this.#of(instance);
    const wasOpen = breaker.openUntil > 0;
    breaker.succeeded();
    if (wasOpen) this.#write(instance);
  }

  /**
   * Operations that this process may start now, of those wanted. Half-open, one process gets one, and has to end it by
   * {@link failed}, {@link succeeded} or {@link unused}.
   */
  async admit(instance: string, wanted: number): Promise<number> {
    const state = this.state(instance);
    if (state === 'closed' || wanted <= 0) return Math.max(0, wanted);
    if (state === 'open') return 0;
    await this.#writing.get(instance);
    const now = this.#o.clock.now();
    const { count } = await this.#o.db.query(
      `update instance_state set probe_by = $2, probe_until = $4
       where instance = $1 and breaker_until <= $3 and (probe_until is null or probe_until <= $3)`,
      [instance, this.#o.process, new Date(now), new Date(now + PROBE_MS)],
    );
    return count;
  }

  /** The operation that was admitted as a try told nothing about the instance; another one may try. */
  async unused(instance: string): Promise<void> {
    await this.#o.db.query(
      'update instance_state set probe_by = null, probe_until = null where instance = $1 and probe_by = $2',
      [instance, this.#o.process],
    );
  }

  /** Adopts what other processes have found out. */
  async refresh(): Promise<void> {
    const { rows } = await this.#o.db.query<{ instance: string; until: Date | null; openings: number }>(
      'select instance, breaker_until as until, breaker_openings as openings from instance_state',
    );
    for (const { instance, until, openings } of rows) {
      // What this process has found out by itself is newer than the row that it is writing.
      if (this.#writing.has(instance)) continue;
      this.#of(instance).adopt(until?.getTime() ?? 0, openings);
    }
  }

  /** Resolves when everything that was found out is stored. */
  async drain(): Promise<void> {
    await Promise.all(this.#writing.values());
  }

  #of(instance: string): Breaker {
    let breaker = this.#breakers.get(instance);
    if (!breaker) {
      breaker = new Breaker();
      this.#breakers.set(instance, breaker);
    }
    return breaker;
  }

  #write(instance: string): void {
    const { db, log } = this.#o;
    const write = async (): Promise<void> => {
      const { openUntil, openings } = this.#of(instance);
      await db.query(
        `insert into instance_state (instance, breaker_until, breaker_openings) values ($1, $2, $3)
         on conflict (instance) do update set breaker_until = excluded.breaker_until, breaker_openings = excluded.breaker_openings,
           probe_by = null, probe_until = null`,
        [instance, openUntil > 0 ? new Date(openUntil) : null, openings],
      );
    };
    const writing: Promise<void> = (this.#writing.get(instance) ?? Promise.resolve())
      .then(write)
      .catch((error: unknown) =>
        log.warn('the state of a breaker could not be shared; other processes find out by themselves', {
          instance,
          error,
        }),
      )
      .finally(() => {
        if (this.#writing.get(instance) === writing) this.#writing.delete(instance);
      });
    this.#writing.set(instance, writing);
  }
}
