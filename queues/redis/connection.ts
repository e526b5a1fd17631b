import { Redis } from 'ioredis';

/** Where Redis (or Valkey) is found. */
export interface RedisSettings {
  /** `redis://` or `rediss://`, with user, password and database number where needed. */
  url: string;
  /** First part of every key. */
  prefix: string;
}

const RECONNECT_MS = 2_000;
const COMMAND_MS = 2_000;

/**
 * A connection for commands that may fail: nothing waits for a Redis that is away, since what it was to be told is in
 * the journal anyway.
 */
export function openCommands(settings: RedisSettings): Redis {
  return open(settings, { maxRetriesPerRequest: 0, enableOfflineQueue: false, commandTimeout: COMMAND_MS });
}

/** A connection that waits for jobs, and for Redis to come back. */
export function openWaiting(settings: RedisSettings): Redis {
  return open(settings, { maxRetriesPerRequest: null });
}

function open(
  settings: RedisSettings,
  options: { maxRetriesPerRequest: number | null; enableOfflineQueue?: boolean; commandTimeout?: number },
): Redis {
  return new Redis(settings.url, {
    connectTimeout: 5_000,
    retryStrategy: (times) => Math.min(RECONNECT_MS, times * 100),
    ...options,
  });
}

/** Keys of one instance lie in one slot of a cluster. */
export function keyPrefix(settings: RedisSettings, instance: string): string {
  return `{${settings.prefix}:${instance}}`;
}
