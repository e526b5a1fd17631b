import type { Redis } from 'ioredis';
import { LocalPace, type Pace } from '../../connectors/kit/limiter.ts';
import type { Clock, Logger } from '../../connectors/port.ts';
import type { Share } from '../share.ts';
import { keyPrefix, openCommands, type RedisSettings } from './connection.ts';

/**
 * Reserves the next free moment by the clock of Redis, so that clocks of machines don't matter. A new bucket starts empty:
 * after a flush nothing goes out sooner than it would have. KEYS[1] holds the next free moment, ARGV[1] the interval, both
 * in milliseconds; the answer is how long to wait.
 */
const RESERVE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local interval = tonumber(ARGV[1])
local at = tonumber(redis.call('GET', KEYS[1]) or now + interval)
if at < now then at = now end
redis.call('SET', KEYS[1], string.format('%.3f', at + interval), 'PX', math.ceil(at - now + interval + 60000))
return math.ceil(at - now)`;

type Reserving = Redis & { reserveMoment(key: string, intervalMs: number): Promise<number> };

/** Paces that all processes keep together; without Redis each process keeps its share of them. */
export class RedisPaces {
  readonly #settings: RedisSettings;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #share: Share;
  readonly #connection: Reserving;
  #isDown = false;

  constructor(options: { redis: RedisSettings; clock: Clock; log: Logger; share: Share }) {
    this.#settings = options.redis;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#share = options.share;
    const connection = openCommands(options.redis);
    connection.on('error', (error: Error) => this.#log.debug('the connection to Redis failed', { error }));
    connection.defineCommand('reserveMoment', { numberOfKeys: 1, lua: RESERVE });
    this.#connection = connection as Reserving;
  }

  /** @param perSecond calls a second of all processes together; 0 = as many as come */
  of(instance: string, perSecond: number): Pace {
    if (perSecond <= 0) return { next: () => 0 };
    const local = new LocalPace(this.#clock, () => perSecond * this.#share.ofRate());
    const key = `${keyPrefix(this.#settings, instance)}:pace`;
    let wasDown = false;
    return {
      next: async () => {
        try {
          const waitMs = await this.#connection.reserveMoment(key, 1000 / perSecond);
          wasDown = false;
          this.#isDown = false;
          return waitMs;
        } catch (error) {
          if (!this.#isDown)
            this.#log.warn('Redis does not answer; each process keeps its share of the rates', { error });
          this.#isDown = true;
          if (!wasDown) local.empty();
          wasDown = true;
          return local.next();
        }
      },
    };
  }

  get isReady(): boolean {
    return this.#connection.status === 'ready';
  }

  close(): void {
    this.#connection.disconnect();
  }
}
