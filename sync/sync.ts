import type { EntityDefinition } from '../canonical/entity.ts';
import { HubError, isHubError } from '../canonical/errors.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import type { MappingSet } from '../mappings/load.ts';
import type { Instances } from '../queues/instances.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database } from '../storage/port.ts';
import type { RecordRepository } from '../storage/repositories/records.ts';
import type { XrefRepository } from '../storage/repositories/xref.ts';
import type { EntityRun, Progress } from './entity-run.ts';
import { fencedDatabase } from './fenced-database.ts';
import { type QuarantineRetry, retryQuarantine } from './quarantine-retry.ts';
import { runEntity } from './run-entity.ts';
import { RunLease } from './run-lease.ts';
import { type Taken, takeChanges } from './take-changes.ts';

export interface SyncOptions {
  db: Database;
  cipher: Cipher;
  clock: Clock;
  log: Logger;
  records: RecordRepository;
  xrefs: XrefRepository;
  instances: Instances;
  entities: ReadonlyMap<string, EntityDefinition>;
  /** Mappings of an instance; undefined for one that maps nothing. */
  mappings(instance: string): MappingSet | undefined;
  /** Zone of an instance's dates. */
  timezone(instance: string): string;
  onChange(): void;
  /** Name of this process, unique among those that share the store. */
  process: string;
}

export interface RunRequest {
  instance: string;
  /** Canonical entity; all that are mapped when absent. */
  entity?: string;
  full?: boolean;
  acceptRemovals?: boolean;
  onProgress?(progress: Progress): void;
}

export interface EntityState {
  instance: string;
  entity: string;
  running: boolean;
  firstLoadDone: boolean;
  seen: number;
  fullAt: Date | null;
  deltaAt: Date | null;
  held: unknown;
  error: unknown;
  /** How the last run found what had changed. */
  deltaBy: 'changes' | 'versions' | 'pages' | null;
  /** Why a feed of changes did not serve where the mapping wants one. */
  deltaNote: string | null;
  progress: Progress | null;
}

const ATTEMPTS = 4;
const TAKEN_OVER = 'another process has taken the pull over';

/** This process's right to pull an instance, for as long as the signal lasts. */
interface Grip {
  lease: RunLease;
  signal: AbortSignal;
  onLost(): void;
}

function elsewhere(instance: string): HubError {
  return new HubError('conflict', 'SYNC_ELSEWHERE', `Another process pulls ${instance} now.`);
}

/** Keeps the read model in step with the upstreams. */
export class Sync {
  readonly #o: SyncOptions;
  readonly #running = new Map<string, Promise<Progress[]>>();
  readonly #progress = new Map<string, Progress>();
  readonly #stop = new AbortController();
  /** Ends the pulls of an organisation when everything is paused; by organisation. */
  readonly #pauses = new Map<string, AbortController>();

  constructor(options: SyncOptions) {
    this.#o = options;
  }

  /**
   * Runs the entities of an instance one after the other, in the order in which they refer to each other. A run that is
   * under way in this process is joined, not doubled.
   * @throws HubError conflict/PAUSED while everything is paused; conflict/SYNC_ELSEWHERE while another process pulls the
   * instance; else of the first entity that failed, after the others were tried
   */
  run(request: RunRequest): Promise<Progress[]> {
    const under = this.#running.get(request.instance);
    if (under) return under;
    const work = this.#runAll(request).finally(() => this.#running.delete(request.instance));
    this.#running.set(request.instance, work);
    return work;
  }

  /** Entities that an instance can be pulled for, in order. */
  entities(instance: string): string[] {
    const set = this.#o.mappings(instance);
    if (!set || !this.#o.instances.find(instance)?.connector.pull) return [];
    return [...this.#o.entities.keys()].filter((name) => set.get(name));
  }

  async state(org: string): Promise<EntityState[]> {
    const { db, clock } = this.#o;
    const { rows } = await db.query(
      `select s.*, greatest(l.started_at, r.requested_at) as wanted_at
       from sync_state s
       left join sync_lease l on l.org = s.org and l.instance = s.instance and l.lease_until > $2 and coalesce(l.request->>'entity', s.entity) = s.entity
       left join lateral (select max(requested_at) as requested_at from sync_request q where q.org = s.org and q.instance = s.instance and coalesce(q.entity, s.entity) = s.entity) r on true
       where s.org = $1 order by s.instance, s.entity`,
      [org, new Date(clock.now())],
    );
    return rows.map((row) => {
      const instance = row.instance as string;
      const entity = row.entity as string;
      const wantedAt = row.wanted_at as Date | null;
      const endedAt = row.ended_at as Date | null;
      const running = wantedAt !== null && (endedAt === null || endedAt < wantedAt);
      return {
        instance,
        entity,
        running,
        firstLoadDone: row.first_load_done as boolean,
        seen: Number(row.seen),
        fullAt: row.full_at as Date | null,
        deltaAt: row.delta_at as Date | null,
        held: row.held,
        error: row.error,
        deltaBy: row.delta_by as EntityState['deltaBy'],
        deltaNote: row.delta_note as string | null,
        progress:
          (this.#running.has(instance) ? this.#progress.get(`${instance}/${entity}`) : undefined) ??
          (row.progress as Progress | null),
      };
    });
  }

  async quarantine(org: string, limit: number): Promise<Record<string, unknown>[]> {
    const { rows } = await this.#o.db.query(
      'select instance, entity, native_key, reason, field, mapping, first_at, last_at, tries from quarantine where org = $1 order by last_at desc limit $2',
      [org, limit],
    );
    return rows.map((r) => ({
      instance: r.instance,
      entity: r.entity,
      nativeKey: r.native_key,
      reason: r.reason,
      field: r.field,
      mapping: r.mapping,
      firstAt: r.first_at,
      lastAt: r.last_at,
      tries: r.tries,
    }));
  }

  /**
   * Maps quarantined records anew, after a mapping was mended; what the upstream has mended comes in with the next pull.
   * Returns how many were released and how many stay.
   */
  async retryQuarantine(org: string, only: { instance?: string; entity?: string } = {}): Promise<QuarantineRetry> {
    const { rows } = await this.#o.db.query(
      `select distinct instance, entity from quarantine where org = $1 and ($2::text is null or instance = $2) and ($3::text is null or entity = $3) order by 1, 2`,
      [org, only.instance ?? null, only.entity ?? null],
    );
    const total = { released: 0, kept: 0 };
    for (const row of rows) {
      const instance = row.instance as string;
      const run = this.#entityRun({ instance }, org, row.entity as string);
      // Records of a connector or entity that hub.yaml has no more stay until retention or a person removes them.
      if (!run) continue;
      const { released, kept } = await retryQuarantine(run);
      total.released += released;
      total.kept += kept;
    }
    this.#o.onChange();
    return total;
  }

  /** Pulls of an organisation whose everything is paused stop; the next run goes on from their checkpoints. */
  obeyPauses(): void {
    for (const [org, pause] of this.#pauses) {
      if (!this.#o.instances.pausedAll(org).paused) continue;
      pause.abort();
      this.#pauses.delete(org);
    }
  }

  /** While everything of an organisation is paused nothing is pulled. */
  isPaused(org: string): boolean {
    return this.#o.instances.pausedAll(org).paused;
  }

  #signal(org: string): AbortSignal {
    let pause = this.#pauses.get(org);
    if (!pause) {
      pause = new AbortController();
      this.#pauses.set(org, pause);
    }
    return AbortSignal.any([this.#stop.signal, pause.signal]);
  }

  /** Stops after the page under way; the next run goes on from there. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled([...this.#running.values()]);
  }

  async #runAll(request: RunRequest): Promise<Progress[]> {
    const { instances } = this.#o;
    const instance = instances.find(request.instance);
    if (!instance)
      throw new HubError('rejected', 'UNKNOWN_INSTANCE', `There is no connector '${request.instance}' in hub.yaml.`);
    const { paused, reason } = instances.pausedAll(instance.organisation);
    if (paused)
      throw new HubError('conflict', 'PAUSED', `Everything is paused (${reason}); \`hub resume\` lets pulls go on.`);
    const signal = this.#signal(instance.organisation);
    const names = this.entities(request.instance).filter(
      (name) => request.entity === undefined || name === request.entity,
    );
    if (names.length === 0)
      throw new HubError(
        'rejected',
        'NOTHING_TO_SYNC',
        request.entity
          ? `'${request.entity}' is not mapped for ${request.instance}.`
          : `${request.instance} has nothing to pull.`,
      );
    const grip = await this.#take(request, instance.organisation, signal);
    try {
      return await this.#pullInOrder(request, instance.organisation, names, grip);
    } catch (error) {
      throw grip.signal.reason === TAKEN_OVER ? elsewhere(request.instance) : error;
    } finally {
      await grip.lease.release();
    }
  }

  /** @throws HubError conflict/SYNC_ELSEWHERE */
  async #take(request: RunRequest, org: string, signal: AbortSignal): Promise<Grip> {
    const { db, clock, log, process } = this.#o;
    const { instance, entity, full = false, acceptRemovals = false } = request;
    const lost = new AbortController();
    const onLost = (): void => lost.abort(TAKEN_OVER);
    const wanted = { entity, full, acceptRemovals };
    const lease = await RunLease.take({ db, clock, log, process, org, instance, request: wanted, onLost });
    if (!lease) throw elsewhere(instance);
    return { lease, onLost, signal: AbortSignal.any([signal, lost.signal]) };
  }

  async #pullInOrder(request: RunRequest, org: string, names: readonly string[], grip: Grip): Promise<Progress[]> {
    const { instances } = this.#o;
    const done: Progress[] = [];
    const fed = await this.#takeChanges(request, org, grip);
    let failure: unknown = fed.failure;
    for (const name of names) {
      const run = this.#entityRun(request, org, name, grip);
      if (!run || grip.signal.aborted) continue;
      const own = fed.fed.get(name);
      if (own) run.fed = own;
      try {
        done.push(await this.#runOne(run));
      } catch (error) {
        failure ??= error;
        if (isHubError(error) && error.kind === 'unauthorized') {
          await instances.pause(request.instance, error.message, 'hub', error.code);
          break;
        }
      }
      this.#o.onChange();
    }
    if (failure !== undefined) throw failure;
    grip.signal.throwIfAborted();
    return done;
  }

  /** A packet holds changes of every entity, so all of them are read whichever one was asked for. */
  async #takeChanges(request: RunRequest, org: string, grip: Grip): Promise<Taken> {
    const runs = this.entities(request.instance).flatMap((name) => this.#entityRun(request, org, name, grip) ?? []);
    try {
      for (let attempt = 1; ; attempt++) {
        const taken = await takeChanges(runs);
        if (taken.failure?.kind !== 'transient' || attempt >= ATTEMPTS || grip.signal.aborted) return taken;
        await pause(taken.failure, attempt);
      }
    } catch (error) {
      if (isHubError(error) && error.kind === 'unauthorized')
        await this.#o.instances.pause(request.instance, error.message, 'hub', error.code);
      throw error;
    } finally {
      this.#o.onChange();
    }
  }

  /**
   * What a run over an entity works with; undefined when this hub can't pull it.
   * @param grip makes its writes fail once another process has taken the instance over
   */
  #entityRun(request: RunRequest, org: string, entity: string, grip?: Grip): EntityRun | undefined {
    const { db, cipher, clock, log, records, xrefs, instances, timezone, entities, mappings } = this.#o;
    const instance = instances.find(request.instance);
    const pull = instance?.connector.pull;
    const definition = entities.get(entity);
    const mapping = mappings(request.instance)?.get(entity);
    if (!instance || instance.organisation !== org || !pull || !definition || !mapping) return undefined;
    const signal = grip?.signal ?? this.#stop.signal;
    return {
      db: grip ? fencedDatabase(db, () => grip.lease.fence(), grip.onLost) : db,
      cipher,
      clock,
      log,
      records,
      xrefs,
      org,
      instance: request.instance,
      definition,
      mapping,
      pull,
      ctx: instance.context({ signal }),
      timezone: timezone(request.instance),
      full: request.full ?? false,
      acceptRemovals: request.acceptRemovals ?? false,
      linked: linkedOf(mappings(request.instance)),
      signal,
      onProgress: (progress) => {
        grip?.lease.tell({ ...progress });
        this.#progress.set(`${request.instance}/${definition.name}`, { ...progress });
        request.onProgress?.({ ...progress });
      },
    };
  }

  async #runOne(run: EntityRun): Promise<Progress> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await runEntity(run);
      } catch (error) {
        // A passing fault: the checkpoint stands, so the next try goes on from there.
        if (!isHubError(error) || error.kind !== 'transient' || attempt >= ATTEMPTS || run.signal.aborted) throw error;
        await pause(error, attempt);
      }
    }
  }
}

function linkedOf(set: MappingSet | undefined): ReadonlySet<string> {
  return new Set((set?.all() ?? []).filter((m) => m.linking).map((m) => m.entity));
}

function pause(error: HubError, attempt: number): Promise<void> {
  return new Promise((resolve) =>
    setTimeout(resolve, Math.min(error.facts.retryAfterMs ?? 500 * 2 ** attempt, 10_000)),
  );
}
