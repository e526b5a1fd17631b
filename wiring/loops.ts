import type { Logger } from '../connectors/port.ts';
import type { BulkRunner } from '../queues/bulk/runner.ts';
import type { Dispatcher } from '../queues/dispatcher.ts';
import type { Erasures } from '../queues/erasure/erasures.ts';
import type { Inbound } from '../queues/inbound.ts';
import type { Instances } from '../queues/instances.ts';
import { BEAT_MS } from '../queues/membership.ts';
import type { Schedules } from '../queues/schedules.ts';
import type { StatCounter } from '../queues/stats/count.ts';
import type { Tracking } from '../queues/tracking.ts';
import type { FanOut } from '../queues/webhooks/fan-out.ts';
import type { AuditLog } from '../storage/audit/log.ts';
import type { WordIndex } from '../storage/word-index.ts';
import type { SyncRequests } from '../sync/requests.ts';
import type { Sync } from '../sync/sync.ts';
import type { Company } from './engine.ts';
import { FOLLOW_MS, type Rotation } from './rotation.ts';

export interface Loops {
  stop(): Promise<void>;
}

/** The slow pulse of the hub: schedules, delivery, pauses. Each beat ends before the next begins. */
export function startLoops(o: {
  /** Without it only what every process has to know is kept up to date. */
  works: boolean;
  company: Company;
  dispatcher: Dispatcher;
  tracking: Tracking;
  inbound: Inbound;
  schedules: Schedules;
  /** Pulls that were asked for, where several processes share the store. */
  requests: SyncRequests | undefined;
  instances: Instances;
  sync: Sync;
  fanOut: FanOut;
  bulk: BulkRunner;
  stats: StatCounter;
  /** What is done every second by every process. */
  always: readonly { name: string; work: () => Promise<unknown> }[];
  /** What else is done every second by a process that works. */
  beats: readonly { name: string; work: () => Promise<unknown> }[];
  onChange(): void;
  audit: AuditLog;
  rotation: Rotation;
  erasures: Erasures;
  /** Gives records the words they are found by that an older version left without. */
  words: WordIndex;
  log: Logger;
}): Loops {
  let stopped = false;
  const stopping = new AbortController();
  const timers = new Set<NodeJS.Timeout>();
  const beats: Promise<void>[] = [];
  const every = (ms: number, name: string, work: () => Promise<unknown>): void => {
    const loop = async (): Promise<void> => {
      while (!stopped) {
        try {
          await work();
        } catch (error) {
          o.log.warn('a periodic task failed and will be tried again', { task: name, error });
        }
        if (stopped) return;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(() => {
            timers.delete(timer);
            resolve();
          }, ms);
          timers.add(timer);
        });
      }
    };
    beats.push(loop());
  };
  const { membership, breakers } = o.company;
  if (membership) every(BEAT_MS, 'heartbeat', () => membership.beat());
  every(1_000, 'pauses', async () => {
    await o.instances.refresh();
    o.sync.obeyPauses();
    await breakers.refresh();
    o.onChange();
  });
  every(FOLLOW_MS, 'master key', () => o.rotation.follow());
  // What a process that was killed has written and not linked.
  every(10_000, 'audit log', () => o.audit.link());
  for (const { name, work } of o.always) every(1_000, name, work);
  if (o.works) {
    const { requests } = o;
    every(30_000, 'words of records', () => o.words.round(stopping.signal));
    every(20_000, 'erasures', () => o.erasures.round());
    every(1_000, 'schedules', () => o.schedules.tick());
    every(1_000, 'tracking', () => o.tracking.round());
    every(1_000, 'early news', () => o.inbound.retry());
    // What this process has published is handed on at once; this is for what others have.
    every(1_000, 'webhooks', () => o.fanOut.round());
    every(1_000, 'bulk jobs', () => o.bulk.round());
    every(1_000, 'figures', () => o.stats.round());
    for (const { name, work } of o.beats) every(1_000, name, work);
    if (requests) every(1_000, 'pulls', () => requests.round());
    every(30_000, 'recovery', () => resumeRecovered(o.instances, o.dispatcher, o.log));
  }
  return {
    stop: async () => {
      stopped = true;
      stopping.abort();
      for (const timer of timers) clearTimeout(timer);
      // Sleeping loops never wake again; the ones at work end their beat.
      await Promise.race([Promise.allSettled(beats), new Promise((resolve) => setTimeout(resolve, 200))]);
    },
  };
}

/** An instance that the hub itself has paused goes on when its probe succeeds. */
async function resumeRecovered(instances: Instances, dispatcher: Dispatcher, log: Logger): Promise<void> {
  for (const instance of instances.all()) {
    if (!instances.pauseState(instance.name).paused || instances.pauseState(instance.name).by !== 'hub') continue;
    if (instances.pausedAll(instance.organisation).paused) continue;
    try {
      await instance.connector.probe(instance.context({ signal: AbortSignal.timeout(20_000) }));
      await instances.resume(instance.name);
      dispatcher.notify();
    } catch (error) {
      log.debug('a paused instance is not back yet', { instance: instance.name, error });
    }
  }
}
