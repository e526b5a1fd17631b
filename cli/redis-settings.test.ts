import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { redisSettings } from './redis-settings.ts';

test('without an address there is no Redis, and an empty variable is none', () => {
  expect(redisSettings({})).toBeUndefined();
  expect(redisSettings({ REDIS_URL: '', REDIS_SENTINELS: '' })).toBeUndefined();
});

test('secrets and certificates come from files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hub-redis-'));
  try {
    writeFileSync(join(folder, 'password'), 'p@ss/word\n');
    writeFileSync(join(folder, 'ca.pem'), 'PEM');
    const env = {
      REDIS_URL: 'rediss://redis:6380/3',
      REDIS_PASSWORD_FILE: join(folder, 'password'),
      REDIS_CA: join(folder, 'ca.pem'),
    };
    const settings = redisSettings(env);
    expect(settings).toMatchObject({ prefix: 'hub', ca: 'PEM' });
    expect(decodeURIComponent(new URL(settings?.url ?? '').password)).toBe('p@ss/word');
    expect(() => redisSettings({ ...env, REDIS_PASSWORD_FILE: join(folder, 'absent') })).toThrow(/REDIS_PASSWORD_FILE/);
    expect(() => redisSettings({ ...env, REDIS_URL: 'redis://redis:6380' })).toThrow(/rediss:\/\//);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('sentinels are a list, and need the name of what they watch', () => {
  expect(
    redisSettings({ REDIS_SENTINELS: 'a:26380, b', REDIS_SENTINEL_NAME: 'hub', REDIS_SENTINEL_PASSWORD: 's' })
      ?.sentinel,
  ).toEqual({
    addresses: [
      { host: 'a', port: 26380 },
      { host: 'b', port: 26379 },
    ],
    name: 'hub',
    password: 's',
  });
  expect(() => redisSettings({ REDIS_SENTINELS: 'a:1' })).toThrow(/REDIS_SENTINEL_NAME is missing/);
  expect(() => redisSettings({ REDIS_SENTINELS: 'a b:1', REDIS_SENTINEL_NAME: 'x' })).toThrow(/host:port/);
});

test('a fault names the variable and tells no secret', () => {
  expect(() => redisSettings({ REDIS_URL: 'http://:topsecret@redis' })).toThrow(/REDIS_URL must begin/);
  expect(() => redisSettings({ REDIS_URL: 'http://:topsecret@redis' })).not.toThrow(/topsecret/);
});
