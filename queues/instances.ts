import type { Clock, Logger } from '../connectors/port.ts';
import type { Database } from '../storage/port.ts';
import type { Operation } from '../storage/repositories/operation.ts';
import type { Instance } from './ports.ts';

export interface PauseState {
  paused: boolean;
  reason: string | null;
  by: string | null;
  at: Date | null;
}

/** Row of `instance_state` that pauses every instance, those of later configurations too; no instance can be named so. */
const EVERYTHING = '*';
/** The same for the instances of one organisation. */
const everythingOf = (org: string): string => `*:${org}`;

/** The configured instances and what the store remembers of them: pauses, proofs, sequences. */
export class Instances {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #list: readonly Instance[];
  #pauses = new Map<string, PauseState>();
  readonly #proofs = new Set<string>();

  constructor(options: { db: Database; clock: Clock; log: Logger; instances: readonly Instance[] }) {
    this.#db = options.db;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#list = options.instances;
  }

  all(): readonly Instance[] {
    return this.#list;
  }

  find(name: string): Instance | undefined {
    return this.#list.find((i) => i.name === name);
  }

  /** By itself, with its organisation, or with everything. */
  isPaused(name: string): boolean {
    return this.pauseState(name).paused || this.pausedAll(this.find(name)?.organisation).paused;
  }

  /** Whether everything is paused: for all, or for an organisation. */
  pausedAll(org?: string): PauseState {
    const everything = this.pauseState(EVERYTHING);
    return everything.paused || org === undefined ? everything : this.pauseState(everythingOf(org));
  }

  /**
   * Nothing starts any more: of one organisation, or of all without one. Other processes obey at their next refresh.
   * What is under way ends; operations are accepted and wait.
   */
  async pauseAll(org: string | undefined, reason: string, by: string): Promise<void> {
    await this.pause(org === undefined ? EVERYTHING : everythingOf(org), reason, by);
  }

  /** Ends {@link pauseAll}; without an organisation also the pauses of each. Instances that were paused one by one stay so. */
  async resumeAll(org: string | undefined): Promise<void> {
    if (org !== undefined) return this.resume(everythingOf(org));
    for (const name of [EVERYTHING, ...[...this.#pauses.keys()].filter((n) => n.startsWith(everythingOf('')))])
      await this.resume(name);
  }

  pauseState(name: string): PauseState {
    return this.#pauses.get(name) ?? { paused: false, reason: null, by: null, at: null };
  }

  /** Reads the pauses that other processes or a person may have changed. */
  async refresh(): Promise<void> {
    const { rows } = await this.#db.query(
      'select instance, paused, pause_reason, paused_by, paused_at from instance_state',
    );
    this.#pauses = new Map(
      rows.map((r) => [
        r.instance as string,
        {
          paused: r.paused as boolean,
          reason: r.pause_reason as string | null,
          by: r.paused_by as string | null,
          at: r.paused_at as Date | null,
        },
      ]),
    );
  }

  /** @param code of the error that made the hub pause it */
  async pause(name: string, reason: string, by: string, code?: string): Promise<void> {
    const at = new Date(this.#clock.now());
    if (!this.pauseState(name).paused) {
      // What people write as a reason stays in the store; that of the hub is its own.
      this.#log.warn('instance paused', { instance: name, by, ...(by === 'hub' ? { reason } : {}) });
    }
    this.#pauses.set(name, { paused: true, reason, by, at });
    await this.#db.query(
      `insert into instance_state (instance, paused, pause_reason, paused_by, paused_at, pause_code) values ($1, true, $2, $3, $4, $5)
       on conflict (instance) do update set paused = true, pause_reason = excluded.pause_reason, paused_by = excluded.paused_by, paused_at = excluded.paused_at, pause_code = excluded.pause_code`,
      [name, reason, by, at, code ?? null],
    );
  }

  async resume(name: string): Promise<void> {
    this.#pauses.delete(name);
    await this.#db.query(
      'update instance_state set paused = false, pause_reason = null, paused_by = null, pause_code = null where instance = $1',
      [name],
    );
    this.#log.info('instance resumed', { instance: name });
  }

  async isProven(instance: string, kind: string, hash: string): Promise<boolean> {
    const key = `${instance}\0${kind}\0${hash}`;
    if (this.#proofs.has(key)) return true;
    const { count } = await this.#db.query('select 1 from proof where instance = $1 and kind = $2 and hash = $3', [
      instance,
      kind,
      hash,
    ]);
    if (count > 0) this.#proofs.add(key);
    return count > 0;
  }

  async proven(instance: string, kind: string, hash: string, evidence: string): Promise<void> {
    await this.#db.query(
      'insert into proof (instance, kind, hash, evidence, proven_at) values ($1, $2, $3, $4, $5) on conflict do nothing',
      [instance, kind, hash, evidence, new Date(this.#clock.now())],
    );
    this.#proofs.add(`${instance}\0${kind}\0${hash}`);
  }

  /** Number for the upstream, stored with the operation before anything is sent; starts over past the upper bound. */
  async assignOwnId(op: Operation, instance: string, range: { min: number; max: number }): Promise<number> {
    const [, result] = await this.#db.transact([
      {
        sql: `insert into upstream_sequence (instance, name, value) values ($1, 'own-id', $2)
              on conflict (instance, name) do update set value = case when upstream_sequence.value >= $3 then $2 else upstream_sequence.value + 1 end`,
        params: [instance, range.min, range.max],
      },
      {
        sql: `update operation set own_id = coalesce(own_id, (select value from upstream_sequence where instance = $4 and name = 'own-id'))
              where org = $1 and id = $2 and lease_no = $3 returning own_id`,
        params: [op.org, op.id, op.leaseNo, instance],
        expect: { rows: 1, name: 'lease' },
      },
    ]);
    return Number(result?.rows[0]?.own_id);
  }
}
