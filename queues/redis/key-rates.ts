import type { Redis } from 'ioredis';
import type { Clock, Logger } from '../../connectors/port.ts';
import type { Share } from '../share.ts';
import { keyPrefix, openCommands, type RedisSettings } from './connection.ts';

/** How often a key may still call. */
export interface KeyRates {
  /**
   * Counts a call.
   * @param perMinute calls in a clock minute, of all processes together
   * @returns 0 when it may go on, else how long to wait, milliseconds
   */
  take(key: string, perMinute: number): Promise<number>;
  close(): void;
}

const MINUTE_MS = 60_000;
/** Keys that are counted in memory at once; all are forgotten beyond. */
const MOST = 50_000;

/** KEYS[1] counts for a minute from its first call, ARGV[1] is the most; the answer is how long to wait, milliseconds. */
const TAKE = `
local used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('PEXPIRE', KEYS[1], 60000) end
if used <= tonumber(ARGV[1]) then return 0 end
return math.max(1, redis.call('PTTL', KEYS[1]))`;

type Counting = Redis & { takeCall(key: string, most: number): Promise<number> };

/** Counts in this process alone: where it is the only one, or while Redis is away. */
export class LocalKeyRates implements KeyRates {
  readonly #clock: Clock;
  readonly #part: () => number;
  readonly #used = new Map<string, { until: number; calls: number }>();

  /** @param part of each rate that this process may use, 0 to 1 */
  constructor(clock: Clock, part: () => number = () => 1) {
    this.#clock = clock;
    this.#part = part;
  }

  async take(key: string, perMinute: number): Promise<number> {
    const now = this.#clock.now();
    let entry = this.#used.get(key);
    if (!entry || entry.until <= now) {
      if (this.#used.size >= MOST) this.#used.clear();
      entry = { until: now + MINUTE_MS, calls: 0 };
      this.#used.set(key, entry);
    }
    entry.calls++;
    return entry.calls <= Math.max(1, Math.floor(perMinute * this.#part())) ? 0 : entry.until - now;
  }

  close(): void {}
}

/** Counts for all processes together; without Redis each keeps its share. */
export class RedisKeyRates implements KeyRates {
  readonly #settings: RedisSettings;
  readonly #log: Logger;
  readonly #local: LocalKeyRates;
  readonly #connection: Counting;
  #isDown = false;

  constructor(o: { redis: RedisSettings; clock: Clock; log: Logger; share: Share }) {
    this.#settings = o.redis;
    this.#log = o.log;
    this.#local = new LocalKeyRates(o.clock, () => o.share.ofRate());
    const connection = openCommands(o.redis);
    connection.on('error', (error: Error) => o.log.debug('the connection to Redis failed', { error }));
    connection.defineCommand('takeCall', { numberOfKeys: 1, lua: TAKE });
    this.#connection = connection as Counting;
  }

  get isReady(): boolean {
    return this.#connection.status === 'ready';
  }

  async take(key: string, perMinute: number): Promise<number> {
    try {
      const wait = await this.#connection.takeCall(`${keyPrefix(this.#settings, 'keys')}:rate:${key}`, perMinute);
      this.#isDown = false;
      return wait;
    } catch (error) {
      if (!this.#isDown)
        this.#log.warn('Redis does not answer; each process keeps its share of the rates of keys', { error });
      this.#isDown = true;
      return this.#local.take(key, perMinute);
    }
  }

  close(): void {
    this.#connection.disconnect();
  }
}
