import { Redis } from 'ioredis';

/** Where Redis (or Valkey) is found. */
export interface RedisSettings {
  /**
   * `redis://` or `rediss://`, with user, password and database number where needed. With Sentinel host and port are
   * those that it names, and this one's are not used.
   */
  url: string;
  /** First part of every key. */
  prefix: string;
  /** Authority that has signed the certificate of the server, PEM; those of the system by default. */
  ca?: string;
  /** Asked which of several servers is the master now. */
  sentinel?: SentinelSettings;
}

export interface SentinelSettings {
  addresses: readonly { host: string; port: number }[];
  /** Name of the watched master. */
  name: string;
  /** Of the sentinels; that of the servers is in the address. */
  password?: string;
}

const RECONNECT_MS = 2_000;
const COMMAND_MS = 2_000;
const CONNECT_MS = 5_000;

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
  { url, ca, sentinel }: RedisSettings,
  options: { maxRetriesPerRequest: number | null; enableOfflineQueue?: boolean; commandTimeout?: number },
): Redis {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const tls = protocol === 'rediss:' ? { ...(ca === undefined ? {} : { ca }) } : undefined;
  const again = (times: number): number => Math.min(RECONNECT_MS, times * 100);
  return new Redis({
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
    db: Number(pathname.slice(1) || 0),
    connectTimeout: CONNECT_MS,
    retryStrategy: again,
    // A master that was made a replica takes no writes any more: the new one is looked for.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    ...(tls ? { tls } : {}),
    ...(sentinel
      ? {
          sentinels: [...sentinel.addresses],
          name: sentinel.name,
          sentinelRetryStrategy: again,
          ...(sentinel.password === undefined ? {} : { sentinelPassword: sentinel.password }),
          ...(tls ? { sentinelTLS: tls, enableTLSForSentinelMode: true } : {}),
        }
      : { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 6379) }),
    ...options,
  });
}

/** Keys of one instance lie in one slot of a cluster. */
export function keyPrefix(settings: RedisSettings, instance: string): string {
  return `{${settings.prefix}:${instance}}`;
}
