import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { HubError } from '../canonical/errors.ts';
import type { RedisSettings } from '../queues/redis/connection.ts';

const Address = z
  .string()
  .regex(/^[^\s:,]+(:\d{1,5})?$/, 'must be host:port, several with commas between them')
  .transform((text) => {
    const [host = '', port] = text.split(':');
    return { host, port: Number(port ?? 26379) };
  });
const Env = z.object({
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\/\S+$/, 'must begin with redis:// or rediss:// (TLS)')
    .optional(),
  REDIS_PREFIX: z
    .string()
    .regex(/^[\w.:-]{1,60}$/, 'may hold letters, digits and ._:- only')
    .default('hub'),
  REDIS_PASSWORD: z.string().optional(),
  REDIS_PASSWORD_FILE: z.string().optional(),
  REDIS_CA: z.string().optional(),
  REDIS_SENTINELS: z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(Address).min(1))
    .optional(),
  REDIS_SENTINEL_NAME: z.string().min(1).optional(),
  REDIS_SENTINEL_PASSWORD: z.string().optional(),
  REDIS_SENTINEL_PASSWORD_FILE: z.string().optional(),
});

/**
 * Where Redis is, by the environment; undefined when none is named.
 * @throws HubError misconfigured/REDIS_SETTINGS that lists every fault, without secrets
 */
export function redisSettings(env: NodeJS.ProcessEnv): RedisSettings | undefined {
  // An empty variable is an absent one: compose files and unit files can't unset.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = Env.safeParse(given);
  if (!parsed.success) throw refused(parsed.error.issues.map((i) => `${String(i.path[0])} ${i.message}`));
  const e = parsed.data;
  if (!e.REDIS_URL && !e.REDIS_SENTINELS) return undefined;
  if (e.REDIS_SENTINELS && !e.REDIS_SENTINEL_NAME)
    throw refused(['REDIS_SENTINEL_NAME is missing: the name under which the sentinels watch the master']);
  const url = new URL(e.REDIS_URL ?? 'redis://sentinel:6379/0');
  const password = e.REDIS_PASSWORD ?? secretFile('REDIS_PASSWORD_FILE', e.REDIS_PASSWORD_FILE);
  if (password !== undefined) url.password = encodeURIComponent(password);
  const sentinelPassword =
    e.REDIS_SENTINEL_PASSWORD ?? secretFile('REDIS_SENTINEL_PASSWORD_FILE', e.REDIS_SENTINEL_PASSWORD_FILE);
  const ca = secretFile('REDIS_CA', e.REDIS_CA);
  if (ca !== undefined && url.protocol !== 'rediss:')
    throw refused(['REDIS_CA is given, but REDIS_URL does not begin with rediss://']);
  return {
    url: url.href,
    prefix: e.REDIS_PREFIX,
    ...(ca === undefined ? {} : { ca }),
    ...(e.REDIS_SENTINELS
      ? {
          sentinel: {
            addresses: e.REDIS_SENTINELS,
            name: e.REDIS_SENTINEL_NAME ?? '',
            ...(sentinelPassword === undefined ? {} : { password: sentinelPassword }),
          },
        }
      : {}),
  };
}

function secretFile(name: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    throw refused([`${name}: the file ${path} can't be read`]);
  }
}

function refused(faults: readonly string[]): HubError {
  return new HubError('misconfigured', 'REDIS_SETTINGS', `The settings of Redis have faults: ${faults.join('; ')}.`);
}
