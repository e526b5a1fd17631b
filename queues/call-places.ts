import { HubError } from '../canonical/errors.ts';
import type { Places } from '../connectors/kit/limiter.ts';
import type { Logger } from '../connectors/port.ts';
import type { Database } from '../storage/port.ts';

export interface CallPlacesOptions {
  db: Database;
  log: Logger;
  /** Name of this process, unique among those that share the store. */
  process: string;
  /** After so long a call of a process that says nothing any more counts as ended, milliseconds. */
  leaseMs?: number;
}

const LEASE_MS = 30_000;
/** Looks at the queue, milliseconds. */
const SHORTEST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 250;

/** Turn by turn, so that who has the lower number is there for everybody before the next one asks. */
const LOCK = 'select pg_advisory_xact_lock(hashtextextended($1, 0))';
const CLEAR = 'delete from call_place where upstream = $1 and until <= now()';
const JOIN = 'insert into call_place (upstream, holder, until) values ($1, $2, now() + make_interval(secs => $3))';
const TURN = `select turn from (select holder, row_number() over (order by seq)::int as turn from call_place where upstream = $1 and until > now()) q where holder = $2`;
/** What has lapsed may have gone to another: it is not taken back. */
const RENEW = `update call_place set until = now() + make_interval(secs => $2) where holder = any($1::text[]) and until > now() returning holder`;
const LEAVE = 'delete from call_place where holder = $1';

/**
 * Limits of calls at once that hold for all processes together: those under way and those that wait stand in one queue in the store, first
 * come, first served. A process keeps its rows alive while it lives; what a killed one leaves behind lapses.
 */
export class CallPlaces {
  readonly #o: CallPlacesOptions;
  readonly #leaseS: number;
  readonly #held = new Set<string>();
  readonly #leaving = new Set<Promise<void>>();
  #beat: NodeJS.Timeout | undefined;
  #calls = 0;

  constructor(options: CallPlacesOptions) {
    this.#o = options;
    this.#leaseS = (options.leaseMs ?? LEASE_MS) / 1000;
  }

  /**
   * @param upstream whom the upstream counts the calls for
   * @param most calls at once
   */
  of(upstream: string, most: number): Places {
    return { take: (signal) => this.#take(upstream, most, signal) };
  }

  /** Resolves when everything that was given back is stored. */
  async drain(): Promise<void> {
    clearInterval(this.#beat);
    this.#beat = undefined;
    await Promise.all(this.#leaving);
  }

  /** @throws HubError transient/CALL_PLACE when the store does not answer; nothing was sent */
  async #take(upstream: string, most: number, signal: AbortSignal | undefined): Promise<() => void> {
    let holder = '';
    try {
      for (let waitMs = SHORTEST_WAIT_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 1.5)) {
        signal?.throwIfAborted();
        // A row that has lapsed while this process stood still: it waits anew.
        let turn = holder === '' ? undefined : await this.#turn(upstream, holder);
        if (turn === undefined) {
          holder = this.#next(holder);
          turn = await this.#join(upstream, holder);
        }
        if (turn <= most) break;
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    } catch (error) {
      this.#leave(holder);
      if (signal?.aborted || error instanceof HubError) throw error;
      throw new HubError(
        'transient',
        'CALL_PLACE',
        'The store did not say whether another call may go out; nothing was sent.',
        {},
        { cause: error },
      );
    }
    const taken = holder;
    return () => this.#leave(taken);
  }

  #next(before: string): string {
    this.#held.delete(before);
    const holder = `${this.#o.process}/${++this.#calls}`;
    this.#held.add(holder);
    return holder;
  }

  async #join(upstream: string, holder: string): Promise<number> {
    this.#beat ??= setInterval(() => void this.#renew(), (this.#leaseS * 1000) / 3).unref();
    const results = await this.#o.db.transact([
      { sql: LOCK, params: [upstream] },
      { sql: CLEAR, params: [upstream] },
      { sql: JOIN, params: [upstream, holder, this.#leaseS] },
      { sql: TURN, params: [upstream, holder] },
    ]);
    return results[3]?.rows[0]?.turn as number;
  }

  async #turn(upstream: string, holder: string): Promise<number | undefined> {
    const { rows } = await this.#o.db.query<{ turn: number }>(TURN, [upstream, holder]);
    return rows[0]?.turn;
  }

  #leave(holder: string): void {
    if (!this.#held.delete(holder)) return;
    const leaving: Promise<void> = this.#o.db
      .query(LEAVE, [holder])
      .then(
        () => {},
        (error: unknown) => this.#o.log.warn('a call could not be signed off; its place lapses by itself', { error }),
      )
      .finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  async #renew(): Promise<void> {
    const held = [...this.#held];
    if (held.length === 0) {
      clearInterval(this.#beat);
      this.#beat = undefined;
      return;
    }
    try {
      const { rows } = await this.#o.db.query<{ holder: string }>(RENEW, [held, this.#leaseS]);
      const lapsed = held.length - rows.length;
      if (lapsed > 0)
        this.#o.log.debug('calls have ended, or have lost their places to other processes, while they were renewed', {
          lapsed,
        });
    } catch (error) {
      this.#o.log.warn('calls under way could not be renewed; other processes may take their places', { error });
    }
  }
}
