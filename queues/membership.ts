import { LocalPace, type Pace } from '../connectors/kit/limiter.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import type { Database } from '../storage/port.ts';
import { type Share, shareOf } from './share.ts';

export type Role = 'api' | 'worker' | 'all';

export interface MembershipOptions {
  db: Database;
  log: Logger;
  /** Unique among the processes that share the store. */
  process: string;
  role: Role;
  /** Master keys that this process knows. */
  keyVersions(): readonly number[];
}

/** Time between two beats. */
export const BEAT_MS = 2_000;
/** Silence after which a process counts as gone. */
const GONE_MS = 10_000;
/** Long enough for the others to have heard of a newcomer and to have made room. */
const SETTLE_MS = BEAT_MS + 500;

/**
 * The processes that are alive, by a heartbeat in the store: limits that nobody can count in one place are divided by
 * them. A newcomer takes nothing until the others have made room; one that was cut off from the store takes nothing
 * either, since the others have divided its share.
 */
export class Membership implements Share {
  readonly #o: MembershipOptions;
  readonly #monotonic: () => number;
  #workers: readonly string[] = [];
  #processes = 1;
  #joinedAt: number | undefined;
  #lastBeat = Number.NEGATIVE_INFINITY;

  /** @param monotonic milliseconds that never go back */
  constructor(options: MembershipOptions, monotonic: () => number = () => performance.now()) {
    this.#o = options;
    this.#monotonic = monotonic;
  }

  /** Tells the others that this process lives, and hears who else does. Call it every {@link BEAT_MS}. */
  async beat(): Promise<void> {
    const { db, process, role, keyVersions } = this.#o;
    const began = this.#monotonic();
    const [, , living] = await db.transact([
      {
        sql: `insert into process (id, role, key_versions) values ($1, $2, $3::int[]) on conflict (id) do update set beat_at = now(), role = excluded.role, key_versions = excluded.key_versions`,
        params: [process, role, keyVersions()],
      },
      { sql: `delete from process where beat_at < now() - interval '1 day'` },
      {
        sql: `select id, role from process where beat_at > now() - make_interval(secs => $1) order by id`,
        params: [GONE_MS / 1000],
      },
    ]);
    const rows = living?.rows ?? [];
    this.#processes = Math.max(1, rows.length);
    this.#workers = rows.filter((r) => r.role !== 'api').map((r) => r.id as string);
    const wasCutOff = began - this.#lastBeat > GONE_MS;
    this.#lastBeat = began;
    if (this.#joinedAt === undefined || wasCutOff)
      this.#joinedAt = this.#workers.some((w) => w !== process) ? began + SETTLE_MS : began;
  }

  /** Leaves at once, so that the others needn't wait for the silence. */
  async leave(): Promise<void> {
    this.#joinedAt = Number.POSITIVE_INFINITY;
    try {
      await this.#o.db.query('delete from process where id = $1', [this.#o.process]);
    } catch (error) {
      this.#o.log.warn('the other processes will notice by its silence that this one has left', { error });
    }
  }

  ofConcurrency(instance: string, total: number): number {
    if (!this.#settled()) return 0;
    return shareOf(instance, total, this.#workers.indexOf(this.#o.process), this.#workers.length);
  }

  ofRate(): number {
    return 1 / this.#processes;
  }

  /** This process's part of a rate, for where nothing counts for all of them. */
  pace(clock: Clock, perSecond: number): Pace {
    return new LocalPace(clock, () => perSecond * this.ofRate());
  }

  #settled(): boolean {
    const now = this.#monotonic();
    return this.#joinedAt !== undefined && now >= this.#joinedAt && now - this.#lastBeat <= GONE_MS;
  }
}
