import { randomBytes } from 'node:crypto';
import { afterAll, describe, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { StoredEntity } from '../../storage/entities.ts';
import {
  mandatory,
  type OpenedTestDatabase,
  onServer,
  openBefore,
  openTestPglite,
  type TestStore,
} from '../../storage/testing/databases.ts';
import { BullDispatcher } from '../bullmq/dispatcher.ts';
import type { Dispatcher } from '../dispatcher.ts';
import { EmbeddedDispatcher } from '../embedded.ts';
import type { TestEngine } from './workbench.ts';

export const redisUrl = process.env.HUB_TEST_REDIS_URL ?? 'redis://127.0.0.1:6379/3';
const redisThere = await redisAnswers(redisUrl);

/** Keys of one test file; they are removed after it. */
export function testRedis(): { url: string; prefix: string } {
  return { url: redisUrl, prefix: `hubtest-server-${randomBytes(5).toString('hex')}` };
}

export type EnginePair = 'pglite+embedded' | 'postgres+embedded' | 'postgres+bullmq';

/**
 * Runs a suite on each pair of store and engine. What needs a server is skipped visibly without one, or fails where
 * HUB_REQUIRE_SERVERS=1.
 */
export function onEachEngine(
  title: string,
  entities: readonly StoredEntity[],
  suite: (store: TestStore & TestEngine, pair: EnginePair) => void,
): void {
  describe(`${title} (embedded)`, () =>
    suite(
      withEmbedded(() => openTestPglite(), entities),
      'pglite+embedded',
    ));
  onServer(title, (open) => suite(withEmbedded(open, entities), 'postgres+embedded'));
  onRedis(title, (open) => suite(withBullmq(open, entities), 'postgres+bullmq'));
}

/** Runs a suite on PostgreSQL and Redis only. */
export function onRedis(title: string, suite: (open: () => Promise<OpenedTestDatabase>) => void): void {
  if (redisThere || mandatory) onServer(`${title}, BullMQ`, suite);
  else describe(`${title} (BullMQ)`, () => test.skip(`needs Redis at ${redisUrl}`, () => {}));
}

function withEmbedded(
  open: () => Promise<OpenedTestDatabase>,
  entities: readonly StoredEntity[],
): TestStore & TestEngine {
  const store = openBefore(open, entities);
  return {
    get db() {
      return store.db;
    },
    dispatcher: (options) => new EmbeddedDispatcher(options),
  };
}

export function withBullmq(
  open: () => Promise<OpenedTestDatabase>,
  entities: readonly StoredEntity[],
): TestStore & TestEngine & { redis: { url: string; prefix: string } } {
  const store = openBefore(open, entities);
  const redis = testRedis();
  const made: Dispatcher[] = [];
  afterAll(async () => {
    for (const dispatcher of made) await dispatcher.stop();
    await removeKeys(redis);
  }, 30_000);
  return {
    redis,
    get db() {
      return store.db;
    },
    dispatcher: (options) => {
      const dispatcher = new BullDispatcher({ ...options, redis });
      made.push(dispatcher);
      return dispatcher;
    },
  };
}

/** Removes every key of one prefix, and no others. */
export async function removeKeys({ url, prefix }: { url: string; prefix: string }): Promise<void> {
  const redis = new Redis(url);
  for await (const keys of redis.scanStream({ match: `{${prefix}:*`, count: 500 })) {
    if ((keys as string[]).length > 0) await redis.unlink(...(keys as string[]));
  }
  redis.disconnect();
}

async function redisAnswers(url: string): Promise<boolean> {
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 2_000, retryStrategy: () => null });
  redis.on('error', () => {});
  try {
    await redis.connect();
    return true;
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}
