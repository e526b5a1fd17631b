import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Clock, Logger } from '../../connectors/port.ts';
import type { Announced } from '../dispatcher.ts';
import { keyPrefix, openCommands, type RedisSettings } from '../redis/connection.ts';
import { within } from './within.ts';

export interface AnnouncerOptions {
  redis: RedisSettings;
  clock: Clock;
  log: Logger;
  /** Operations that one job may name, at an instance. */
  bundle(instance: string): number;
}

/** What a job says: which operations are due. Everything else is in the journal. */
export interface DueJob {
  operations: { org: string; id: string }[];
}

export const QUEUE = 'due';

/** While the first connection is being made, jobs wait for it. */
const USABLE = ['ready', 'connecting', 'connect'];
/** Longest wait for jobs that are on their way, milliseconds. */
const CLOSE_MS = 2_000;
/** What is due later than this is found by looking at the journal; nothing lies in Redis for days. */
const HORIZON_MS = 10 * 60_000;
/** Rest after a fault before Redis is trusted again. */
const DISTRUST_MS = 5_000;

/** Puts jobs for committed operations into the queue of their instance. A Redis that is away costs nothing but time. */
export class Announcer {
  readonly #o: AnnouncerOptions;
  readonly #connection: Redis;
  readonly #queues = new Map<string, Queue<DueJob>>();
  readonly #pending = new Set<Promise<void>>();
  #distrustedUntil = 0;

  constructor(options: AnnouncerOptions) {
    this.#o = options;
    this.#connection = openCommands(options.redis);
    this.#connection.on('error', (error: Error) => this.#distrust(error));
  }

  /** False while Redis is away or has just failed. */
  get isHealthy(): boolean {
    return this.#connection.status === 'ready' && performance.now() >= this.#distrustedUntil;
  }

  announce(operations: readonly Announced[]): void {
    if (operations.length === 0 || !USABLE.includes(this.#connection.status)) return;
    const byInstance = new Map<string, Announced[]>();
    for (const operation of operations) {
      const list = byInstance.get(operation.instance);
      if (list) list.push(operation);
      else byInstance.set(operation.instance, [operation]);
    }
    for (const [instance, list] of byInstance) {
      const jobs = this.#jobs(instance, list);
      if (jobs.length === 0) continue;
      const adding: Promise<void> = this.#queue(instance)
        .addBulk(jobs)
        .then(() => undefined)
        .catch((error: unknown) => this.#distrust(error))
        .finally(() => this.#pending.delete(adding));
      this.#pending.add(adding);
    }
  }

  async close(): Promise<void> {
    await within(CLOSE_MS, Promise.all(this.#pending));
    await within(CLOSE_MS, Promise.allSettled([...this.#queues.values()].map((queue) => queue.close())));
    this.#connection.disconnect();
  }

  #jobs(instance: string, list: readonly Announced[]): { name: string; data: DueJob; opts: object }[] {
    const now = this.#o.clock.now();
    const due = list.filter((o) => o.dueAt <= now);
    const later = list.filter((o) => o.dueAt > now && o.dueAt <= now + HORIZON_MS);
    const size = this.#o.bundle(instance);
    const bundles: Announced[][] = later.map((o) => [o]);
    for (let i = 0; i < due.length; i += size) bundles.push(due.slice(i, i + size));
    return bundles.flatMap((bundle) => {
      const [first] = bundle;
      if (!first) return [];
      return [
        {
          name: QUEUE,
          data: { operations: bundle.map(({ org, id }) => ({ org, id })) },
          opts: {
            // The same state of the same operations is queued once.
            jobId: [first.id, first.leaseNo, bundle.length, ...(first.after ? [first.after] : [])].join('_'),
            delay: Math.max(0, Math.ceil(first.dueAt - now)),
          },
        },
      ];
    });
  }

  #queue(instance: string): Queue<DueJob> {
    let queue = this.#queues.get(instance);
    if (!queue) {
      queue = new Queue<DueJob>(QUEUE, {
        connection: this.#connection,
        prefix: keyPrefix(this.#o.redis, instance),
        // BullMQ keeps a trace of what its jobs went through; the journal knows better.
        streams: { events: { maxLen: 1_000 } },
        defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1 },
      });
      queue.on('error', (error: Error) => this.#distrust(error));
      this.#queues.set(instance, queue);
    }
    return queue;
  }

  #distrust(error: unknown): void {
    if (performance.now() >= this.#distrustedUntil)
      this.#o.log.warn('Redis does not answer; operations are found in the journal meanwhile', { error });
    this.#distrustedUntil = performance.now() + DISTRUST_MS;
  }
}
