import type { Clock, Logger } from '../connectors/port.ts';
import type { Database, Statement } from '../storage/port.ts';
import type { Progress } from './entity-run.ts';

export interface RunLeaseOptions {
  db: Database;
  clock: Clock;
  log: Logger;
  /** Name of this process, unique among those that share the store. */
  process: string;
  org: string;
  instance: string;
  /** What the run was asked for, so that another process can go on with it. */
  request: Readonly<Record<string, unknown>>;
  /** Another process pulls this instance now: nothing more is to be done here. */
  onLost(): void;
}

/** Name of the expectation that fails when another process has taken the run over. */
export const SYNC_LEASE = 'sync-lease';
/** A process that was silent for so long is dead or cut off; another one goes on from the checkpoint. */
const LEASE_MS = 20_000;
const BEAT_MS = 2_000;

/**
 * The right of this process to pull an instance. It is renewed while the run lasts, and its number fences what the run
 * writes: a process that slept past its lease can't write any more.
 */
export class RunLease {
  readonly #o: RunLeaseOptions;
  readonly #no: number;
  readonly #timer: NodeJS.Timeout;
  #progress: Progress | undefined;
  #beating: Promise<void> = Promise.resolve();

  private constructor(options: RunLeaseOptions, no: number) {
    this.#o = options;
    this.#no = no;
    this.#timer = setInterval(() => this.#next(() => this.#beat()), BEAT_MS);
    this.#timer.unref();
  }

  /** Undefined while another process has it. */
  static async take(options: RunLeaseOptions): Promise<RunLease | undefined> {
    const { db, clock, process, org, instance, request } = options;
    const now = clock.now();
    const { rows } = await db.query(
      `insert into sync_lease as l (org, instance, leased_by, lease_until, lease_no, started_at, request) values ($1, $2, $3, $4, 1, $5, $6::jsonb)
       on conflict (org, instance) do update set leased_by = excluded.leased_by, lease_until = excluded.lease_until, lease_no = l.lease_no + 1,
         started_at = excluded.started_at, request = excluded.request
       where l.leased_by is null or l.lease_until <= $5
       returning lease_no`,
      [org, instance, process, new Date(now + LEASE_MS), new Date(now), JSON.stringify(request)],
    );
    const [row] = rows;
    return row ? new RunLease(options, Number(row.lease_no)) : undefined;
  }

  /** Makes a transaction fail unless the run is still this process's; renews it otherwise. */
  fence(): Statement {
    const { org, instance, clock } = this.#o;
    return {
      sql: 'update sync_lease set lease_until = $4 where org = $1 and instance = $2 and lease_no = $3',
      params: [org, instance, this.#no, new Date(clock.now() + LEASE_MS)],
      expect: { rows: 1, name: SYNC_LEASE },
    };
  }

  /** Every process shows it, with the next beat; the end at once. */
  tell(progress: Progress): void {
    const over = progress.phase === 'done' || progress.phase === 'failed';
    this.#progress = over ? undefined : progress;
    if (over) this.#next(() => this.#quietly('the end of a pull could not be shown', [this.#shown(progress, true)]));
  }

  /** Ends the run for everybody. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
    const { org, instance } = this.#o;
    await this.#quietly('a pull could not be given back; others will notice by its silence', [
      {
        sql: 'update sync_lease set leased_by = null, lease_until = null, request = null where org = $1 and instance = $2 and lease_no = $3',
        params: [org, instance, this.#no],
      },
    ]);
  }

  #next(work: () => Promise<void>): void {
    this.#beating = this.#beating.then(work);
  }

  async #beat(): Promise<void> {
    // A store that does not answer gives the run to nobody else either.
    await this.#quietly('a pull could not be renewed', this.#progress ? [this.#shown(this.#progress, false)] : []);
  }

  #shown(progress: Progress, isOver: boolean): Statement {
    const { org, instance, clock } = this.#o;
    return {
      sql: `update sync_state set progress = $4::jsonb, ended_at = case when $5 then $6::timestamptz else ended_at end where org = $1 and instance = $2 and entity = $3`,
      params: [org, instance, progress.entity, JSON.stringify(progress), isOver, new Date(clock.now())],
    };
  }

  async #quietly(trouble: string, statements: readonly Statement[]): Promise<void> {
    const { db, log, instance, onLost } = this.#o;
    try {
      await db.transact([this.fence(), ...statements]);
    } catch (error) {
      if ((error as { expectation?: string }).expectation === SYNC_LEASE) {
        clearInterval(this.#timer);
        onLost();
      } else log.warn(trouble, { instance, error });
    }
  }
}
