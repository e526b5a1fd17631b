import { Worker as BullWorker } from 'bullmq';
import type { Redis } from 'ioredis';
import { GroupCommit } from '../../storage/group-commit.ts';
import { finalStatuses } from '../../storage/repositories/operation.ts';
import type { Announced, Dispatcher } from '../dispatcher.ts';
import type { Entry } from '../entry.ts';
import { type Leased, leaseListed } from '../lease.ts';
import type { Instance } from '../ports.ts';
import { Pump } from '../pump.ts';
import { keyPrefix, openWaiting, type RedisSettings } from '../redis/connection.ts';
import { successors } from '../successors.ts';
import { Sweep } from '../sweep.ts';
import { Worker, type WorkerOptions } from '../worker.ts';
import { Announcer, type DueJob, QUEUE } from './announcer.ts';
import { bundleSize, jobsAtOnce } from './bundle.ts';
import { within } from './within.ts';

export interface BullDispatcherOptions extends WorkerOptions {
  redis: RedisSettings;
  /** Each operation gets a job of its own, for measurements; otherwise those that were committed together share one. */
  oneJobEach?: boolean;
}

const SWEEP_MS = 1_000;
const STOP_MS = 20_000;
/** Time that a due operation is left to its job while the queue runs dry: longer, and its job must have been lost. */
const PATIENCE_MS = 3_000;
/** The same while jobs keep coming: it may still wait in the queue. */
const BUSY_PATIENCE_MS = 60_000;
/** A queue that gave nothing for so long runs dry, milliseconds. */
const DRY_MS = 1_000;
const PLACE_MS = 1_000;
const CLOSE_MS = 3_000;

type Reference = DueJob['operations'][number];

interface Consumer {
  instance: Instance;
  bull: BullWorker<DueJob>;
  /** Leases what arrived together by one statement. */
  group: GroupCommit<readonly Reference[], readonly Leased[]>;
  /** Last job, by the monotonic clock. */
  lastJob: number;
}

/**
 * Hears of due operations through BullMQ, one queue an instance. A job only names operations: it is over as soon as they
 * are leased in the journal, and a repeat finds nothing to lease. Whatever Redis loses is found by the sweep.
 */
export class BullDispatcher implements Dispatcher {
  readonly #o: BullDispatcherOptions;
  readonly #worker: Worker;
  readonly #announcer: Announcer;
  readonly #pump: Pump;
  readonly #consumers = new Map<string, Consumer>();
  #connection: Redis | undefined;
  #stopping = false;
  #stopped: Promise<void> | undefined;
  /** The next look takes what is due without leaving time to its job. */
  #eager = true;
  /** The last look left something for want of places. */
  #hungry = false;

  constructor(options: BullDispatcherOptions) {
    this.#o = options;
    const { instances } = options;
    this.#announcer = new Announcer({
      ...options,
      bundle: (name) => (options.oneJobEach ? 1 : bundleSize(instances.find(name)?.concurrency ?? 1)),
    });
    this.#worker = new Worker(options, {
      onWritten: (entries) => this.#follow(entries),
      onFree: () => {
        if (this.#hungry) this.#pump.notify();
      },
    });
    const sweep = new Sweep({ ...options, worker: this.#worker, patienceMs: (instance) => this.#patience(instance) });
    this.#pump = new Pump({
      ...options,
      longestMs: () => SWEEP_MS,
      look: async () => {
        this.#tend();
        const swept = await sweep.round();
        this.#hungry = swept.more || instances.all().some((i) => this.#worker.slots(i).free === 0);
        this.#eager = false;
        return swept;
      },
    });
  }

  start(): void {
    const connection = openWaiting(this.#o.redis);
    connection.on('error', (error: Error) => this.#o.log.debug('the connection to Redis failed', { error }));
    this.#connection = connection;
    for (const instance of this.#o.instances.all()) {
      if (this.#worker.kindsOf(instance).length > 0) this.#consume(instance, connection);
    }
    this.#pump.start();
  }

  announce(operations: readonly Announced[]): void {
    this.#announcer.announce(operations);
    if (!this.#announcer.isHealthy) this.#pump.notify();
  }

  notify(): void {
    this.#eager = true;
    this.#pump.notify();
  }

  stop(limitMs = STOP_MS): Promise<void> {
    this.#stopped ??= this.#stop(limitMs);
    return this.#stopped;
  }

  async #stop(limitMs: number): Promise<void> {
    this.#stopping = true;
    await this.#pump.stop();
    const closing = [...this.#consumers.values()].map(({ instance, bull }) =>
      bull
        .close(!this.#announcer.isHealthy)
        .catch((error: unknown) =>
          this.#o.log.debug('a queue was not left in order', { instance: instance.name, error }),
        ),
    );
    await within(CLOSE_MS, Promise.all(closing));
    await this.#worker.stop(limitMs);
    this.#connection?.disconnect();
    await this.#announcer.close();
  }

  #consume(instance: Instance, connection: Redis): void {
    const { redis, db, cipher, log } = this.#o;
    const bull = new BullWorker<DueJob>(QUEUE, (job) => this.#take(instance.name, job.data.operations), {
      connection,
      prefix: keyPrefix(redis, instance.name),
      concurrency: this.#o.oneJobEach ? instance.concurrency : jobsAtOnce(instance.concurrency),
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    bull.on('error', (error) => log.debug('the connection to Redis failed', { instance: instance.name, error }));
    bull.on('failed', (_job, error) =>
      log.warn('operations could not be leased; they are found in the journal later', {
        instance: instance.name,
        error,
      }),
    );
    const group = new GroupCommit<readonly Reference[], readonly Leased[]>({
      maxItems: 100,
      maxWaiting: Number.POSITIVE_INFINITY,
      flush: async (lists) => {
        const leased = await leaseListed(db, cipher, this.#worker.terms(instance), lists.flat());
        const byId = new Map(leased.map((l) => [l.op.id, l]));
        return lists.map((list) =>
          list.flatMap(({ id }) => {
            const found = byId.get(id);
            // Named twice: it belongs to the first.
            byId.delete(id);
            return found ? [found] : [];
          }),
        );
      },
    });
    this.#consumers.set(instance.name, { instance, bull, group, lastJob: Number.NEGATIVE_INFINITY });
  }

  async #take(name: string, operations: readonly Reference[]): Promise<void> {
    const consumer = this.#consumers.get(name);
    if (!consumer) return;
    const { instance, group } = consumer;
    consumer.lastJob = performance.now();
    let rest = operations;
    while (rest.length > 0 && !this.#stopping) {
      const admission = await this.#worker.admit(instance, rest.length);
      if (admission.places === 0) {
        // The sweep finds them when the instance may be used again.
        if (this.#isShut(instance)) return;
        await this.#worker.slots(instance).wait(PLACE_MS);
        continue;
      }
      const part = rest.slice(0, admission.places);
      rest = rest.slice(admission.places);
      let used = 0;
      try {
        const leased = await group.add(part);
        used = leased.length;
        this.#worker.carryOut(instance, leased, admission);
      } finally {
        await this.#worker.giveBack(instance, admission, admission.places - used);
      }
      // What is sent by batches is put together by looking at the journal.
      if (used < part.length && this.#worker.kindsOf(instance).some((k) => k.batched)) this.#pump.notify();
    }
  }

  /** Nothing may be sent to it now, or not by this process. */
  #isShut(instance: Instance): boolean {
    const { instances, breakers } = this.#o;
    return (
      instances.isPaused(instance.name) ||
      breakers.state(instance.name) !== 'closed' ||
      this.#worker.slots(instance).capacity === 0
    );
  }

  #patience(instance: Instance): number {
    if (this.#eager || !this.#announcer.isHealthy || this.#o.breakers.state(instance.name) !== 'closed') return 0;
    const lastJob = this.#consumers.get(instance.name)?.lastJob ?? 0;
    return performance.now() - lastJob > DRY_MS ? PATIENCE_MS : BUSY_PATIENCE_MS;
  }

  /** A process that has no place at an instance leaves its jobs to others. */
  #tend(): void {
    for (const { instance, bull } of this.#consumers.values()) {
      const wanted = this.#worker.slots(instance).capacity > 0;
      if (wanted && bull.isPaused()) bull.resume();
      else if (!wanted && !bull.isPaused())
        bull
          .pause(true)
          .catch((error: unknown) =>
            this.#o.log.debug('a queue could not be left', { instance: instance.name, error }),
          );
    }
  }

  /** What comes after an outcome: the next attempt, or the operation that waited behind this one. */
  #follow(entries: readonly Entry[]): void {
    const due: Announced[] = [];
    const ended = [];
    for (const { op, decision } of entries) {
      if (decision.dueAt)
        due.push({
          org: op.org,
          id: op.id,
          instance: decision.moveTo ?? op.instance,
          leaseNo: op.leaseNo + 1,
          dueAt: decision.dueAt.getTime(),
        });
      else if (
        finalStatuses.includes(decision.status) &&
        decision.status !== 'dead' &&
        this.#o.commands.get(op.kind)?.ordering === 'fifo'
      )
        ended.push(op);
    }
    this.announce(due);
    if (ended.length === 0) return;
    successors(this.#o.db, ended)
      .then((next) => this.announce(next))
      .catch((error: unknown) => this.#o.log.warn('what waited in order is found later', { error }));
  }
}
