import { isHubError } from '../canonical/errors.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import type { Database } from '../storage/port.ts';
import type { RunRequest, Sync } from './sync.ts';

export interface SyncRequestsOptions {
  db: Database;
  clock: Clock;
  random(): number;
  log: Logger;
  sync: Pick<Sync, 'run'>;
  /** Connector instances that this process can pull. */
  instances: readonly string[];
  /** Name of this process, unique among those that share the store. */
  process: string;
}

/** A pull that somebody wants now. */
export interface WantedSync {
  org: string;
  instance: string;
  /** Canonical entity; all that are mapped when absent. */
  entity?: string;
  full: boolean;
  acceptRemovals: boolean;
}

/** A taken request that was not renewed for so long belongs to a dead process. */
const TAKEN_MS = 20_000;
const BEAT_MS = 5_000;
const MAX_TRIES = 5;

/**
 * Pulls that were asked for in any process and are carried out by one that works: the request is durable, so the death
 * of either loses nothing. A pull whose process has died is taken up as well.
 */
export class SyncRequests {
  readonly #o: SyncRequestsOptions;
  readonly #busy = new Map<string, Promise<void>>();
  #stopping = false;

  constructor(options: SyncRequestsOptions) {
    this.#o = options;
  }

  /** Resolves when the request is durable; one that waits already for the same is not doubled. */
  async ask(wanted: WantedSync): Promise<void> {
    const { db, clock, random } = this.#o;
    const now = clock.now();
    const { org, instance, entity = null, full, acceptRemovals } = wanted;
    await db.query(
      `insert into sync_request (org, id, instance, entity, is_full, accept_removals, requested_at)
       select $1, $2::uuid, $3, $4, $5, $6, $7::timestamptz
       where not exists (select 1 from sync_request r where r.org = $1 and r.instance = $3 and r.entity is not distinct from $4
         and r.is_full = $5 and r.accept_removals = $6 and r.taken_by is null)`,
      [org, uuidv7(now, random), instance, entity, full, acceptRemovals, new Date(now)],
    );
  }

  /** Begins what waits and what dead processes have left behind; call it every second. Resolves when it has begun. */
  async round(): Promise<void> {
    while (!this.#stopping && (await this.#takeOne())) {}
    if (!this.#stopping) await this.#adopt();
  }

  /** Resolves when nothing runs here any more; what was stopped goes to another process. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#busy.values());
  }

  async #takeOne(): Promise<boolean> {
    const { db, clock, process, instances } = this.#o;
    const now = clock.now();
    const free = instances.filter((i) => !this.#busy.has(i));
    if (free.length === 0) return false;
    const { rows } = await db.query(
      `update sync_request set taken_by = $1, taken_until = $2, tries = tries + 1
       where (org, id) = (select r.org, r.id from sync_request r
         where (r.taken_until is null or r.taken_until <= $3) and r.instance = any($4::text[])
           and not exists (select 1 from sync_lease l where l.org = r.org and l.instance = r.instance and l.lease_until > $3)
         order by r.requested_at limit 1 for update skip locked)
       returning *`,
      [process, new Date(now + TAKEN_MS), new Date(now), free],
    );
    const [row] = rows;
    if (!row) return false;
    this.#begin(row.instance as string, () => this.#carryOut(row));
    return true;
  }

  /** Goes on with pulls whose process has fallen silent in the middle. */
  async #adopt(): Promise<void> {
    const { db, clock, log, sync, instances } = this.#o;
    const { rows } = await db.query(
      `select l.instance, l.request from sync_lease l where l.leased_by is not null and l.lease_until <= $1 and l.instance = any($2::text[])
         and not exists (select 1 from sync_request r where r.org = l.org and r.instance = l.instance)`,
      [new Date(clock.now()), instances.filter((i) => !this.#busy.has(i))],
    );
    for (const row of rows) {
      const instance = row.instance as string;
      if (this.#busy.has(instance)) continue;
      log.info('a pull whose process ended is taken up', { instance });
      this.#begin(instance, async () => void (await sync.run({ instance, ...requestOf(row.request) })));
    }
  }

  #begin(instance: string, work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => {
        if (!isElsewhere(error)) this.#o.log.warn('a pull that was asked for failed', { instance, error });
      })
      .finally(() => this.#busy.delete(instance));
    this.#busy.set(instance, running);
  }

  async #carryOut(row: Readonly<Record<string, unknown>>): Promise<void> {
    const { db, clock, log, process, sync } = this.#o;
    const key = [row.org as string, row.id as string, process];
    const renew = setInterval(() => {
      db.query('update sync_request set taken_until = $4 where org = $1 and id = $2 and taken_by = $3', [
        ...key,
        new Date(clock.now() + TAKEN_MS),
      ]).catch((error: unknown) => log.debug('a request to pull could not be renewed', { error }));
    }, BEAT_MS);
    renew.unref();
    let goesOn = false;
    try {
      await sync.run({
        instance: row.instance as string,
        ...requestOf({ entity: row.entity, full: row.is_full, acceptRemovals: row.accept_removals }),
      });
    } catch (error) {
      // Stopped with this process, or another one was faster: the request stays until it was carried out.
      goesOn = (this.#stopping || isElsewhere(error)) && Number(row.tries) < MAX_TRIES;
      if (!goesOn) throw error;
    } finally {
      clearInterval(renew);
      await db.query(
        goesOn
          ? 'update sync_request set taken_by = null, taken_until = null where org = $1 and id = $2 and taken_by = $3'
          : 'delete from sync_request where org = $1 and id = $2 and taken_by = $3',
        key,
      );
    }
  }
}

function requestOf(stored: unknown): Omit<RunRequest, 'instance'> {
  const { entity, full, acceptRemovals } = (stored ?? {}) as Readonly<Record<string, unknown>>;
  return {
    full: full === true,
    acceptRemovals: acceptRemovals === true,
    ...(typeof entity === 'string' ? { entity } : {}),
  };
}

/** Another process pulls it now. */
export function isElsewhere(error: unknown): boolean {
  return isHubError(error) && error.code === 'SYNC_ELSEWHERE';
}
