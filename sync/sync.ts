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
import { type QuarantineRetry, retryQuarantine } from './quarantine-retry.ts';
import { runEntity } from './run-entity.ts';
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
   * under way is joined, not doubled.
   * @throws HubError conflict/PAUSED while everything is paused; else of the first entity that failed, after the others
   * were tried
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
    const { rows } = await this.#o.db.query('select * from sync_state where org = $1 order by instance, entity', [org]);
    return rows.map((row) => {
      const instance = row.instance as string;
      const entity = row.entity as string;
      const progress = this.#progress.get(`${instance}/${entity}`) ?? null;
      return {
        instance,
        entity,
        running: progress !== null && progress.phase !== 'done' && progress.phase !== 'failed',
        firstLoadDone: row.first_load_done as boolean,
        seen: Number(row.seen),
        fullAt: row.full_at as Date | null,
        deltaAt: row.delta_at as Date | null,
        held: row.held,
        error: row.error,
        deltaBy: row.delta_by as EntityState['deltaBy'],
        deltaNote: row.delta_note as string | null,
        progress,
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
    const done: Progress[] = [];
    let failure: unknown;
    const fed = await this.#takeChanges(request, instance.organisation, signal);
    failure = fed.failure;
    for (const name of names) {
      const run = this.#entityRun(request, instance.organisation, name, signal);
      if (!run || signal.aborted) continue;
      const own = fed.fed.get(name);
      if (own) run.fed = own;
      try {
        done.push(await this.#runOne(run));
      } catch (error) {
        failure ??= error;
        if (isHubError(error) && error.kind === 'unauthorized') {
          await instances.pause(request.instance, error.message, 'hub');
          break;
        }
      }
      this.#o.onChange();
    }
    if (failure !== undefined) throw failure;
    return done;
  }

  /** A packet holds changes of every entity, so all of them are read whichever one was asked for. */
  async #takeChanges(request: RunRequest, org: string, signal: AbortSignal): Promise<Taken> {
    const runs = this.entities(request.instance).flatMap((name) => this.#entityRun(request, org, name, signal) ?? []);
    try {
      for (let attempt = 1; ; attempt++) {
        const taken = await takeChanges(runs);
        if (taken.failure?.kind !== 'transient' || attempt >= ATTEMPTS || signal.aborted) return taken;
        await pause(taken.failure, attempt);
      }
    } catch (error) {
      if (isHubError(error) && error.kind === 'unauthorized')
        await this.#o.instances.pause(request.instance, error.message, 'hub');
      throw error;
    } finally {
      this.#o.onChange();
    }
  }

  /** What a run over an entity works with; undefined when this hub can't pull it. */
  #entityRun(request: RunRequest, org: string, entity: string, signal = this.#stop.signal): EntityRun | undefined {
    const { db, cipher, clock, log, records, xrefs, instances, timezone, entities, mappings } = this.#o;
    const instance = instances.find(request.instance);
    const pull = instance?.connector.pull;
    const definition = entities.get(entity);
    const mapping = mappings(request.instance)?.get(entity);
    if (!instance || instance.organisation !== org || !pull || !definition || !mapping) return undefined;
    return {
      db,
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
      signal,
      onProgress: (progress) => {
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

function pause(error: HubError, attempt: number): Promise<void> {
  return new Promise((resolve) =>
    setTimeout(resolve, Math.min(error.facts.retryAfterMs ?? 500 * 2 ** attempt, 10_000)),
  );
}
