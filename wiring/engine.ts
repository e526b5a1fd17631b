import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Pace, Places } from '../connectors/kit/limiter.ts';
import { Breakers } from '../queues/breakers.ts';
import { BullDispatcher } from '../queues/bullmq/dispatcher.ts';
import { CallPlaces } from '../queues/call-places.ts';
import type { Dispatcher } from '../queues/dispatcher.ts';
import { EmbeddedDispatcher } from '../queues/embedded.ts';
import { Membership, type Role } from '../queues/membership.ts';
import type { RedisSettings } from '../queues/redis/connection.ts';
import { type KeyRates, LocalKeyRates, RedisKeyRates } from '../queues/redis/key-rates.ts';
import { RedisPaces } from '../queues/redis/pace.ts';
import { alone, type Share } from '../queues/share.ts';
import type { WorkerOptions } from '../queues/worker.ts';

/** What the processes of one hub share, as this process sees it. */
export interface Company {
  /** Name of this process, unique among them. */
  process: string;
  breakers: Breakers;
  share: Share;
  /** There are, or may be, others. */
  membership: Membership | undefined;
  /** Rate of an instance that all processes keep together; undefined where this process is the only one. */
  pace(instance: string, perSecond: number): Pace | undefined;
  /** Calls at once to an upstream that counts those of all processes; undefined where this process is the only one. */
  places(upstream: string, most: number): Places | undefined;
  /** How often API keys may call. */
  rates: KeyRates;
  leave(): Promise<void>;
}

type Base = Pick<WorkerOptions, 'db' | 'clock' | 'log'>;

/** @param redis without it each process keeps its share of the rates */
export function companyOf(
  o: Base & { role: Role; active: boolean; redis?: RedisSettings; keyVersions(): readonly number[] },
): Company {
  const process = `${hostname()}-${globalThis.process.pid}-${randomBytes(3).toString('hex')}`;
  const breakers = new Breakers({ ...o, process });
  const membership = o.active && o.db.kind === 'postgres' ? new Membership({ ...o, process }) : undefined;
  const share = membership ?? alone;
  const rates = o.redis
    ? new RedisKeyRates({ ...o, redis: o.redis, share })
    : new LocalKeyRates(o.clock, () => share.ofRate());
  const paces = o.redis ? new RedisPaces({ ...o, redis: o.redis, share }) : undefined;
  // The tools of the command line call upstreams as well, without being members.
  const places = o.db.kind === 'postgres' ? new CallPlaces({ ...o, process }) : undefined;
  return {
    process,
    breakers,
    share,
    membership,
    rates,
    pace: (instance, perSecond) =>
      paces?.of(instance, perSecond) ?? (membership ? membership.pace(o.clock, perSecond) : undefined),
    places: (upstream, most) => places?.of(upstream, most),
    leave: async () => {
      paces?.close();
      rates.close();
      await breakers.drain();
      await places?.drain();
      await membership?.leave();
    },
  };
}

/** The way operations find a worker: by BullMQ where there is a Redis, by looking at the journal otherwise. */
export function dispatcherOf(
  o: Omit<WorkerOptions, 'breakers' | 'share' | 'name'>,
  company: Company,
  redis: RedisSettings | undefined,
): Dispatcher {
  const options: WorkerOptions = { ...o, breakers: company.breakers, share: company.share, name: company.process };
  return redis ? new BullDispatcher({ ...options, redis }) : new EmbeddedDispatcher(options);
}
