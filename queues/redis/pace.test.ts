import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { onRedis, removeKeys, testRedis } from '../testing/engines.ts';
import { log } from '../testing/workbench.ts';
import { RedisPaces } from './pace.ts';

const share = { ofConcurrency: (_: string, total: number) => total, ofRate: () => 0.5 };
const ready = async (paces: RedisPaces): Promise<void> => {
  const until = Date.now() + 10_000;
  while (!paces.isReady && Date.now() < until) await new Promise((r) => setTimeout(r, 10));
};

onRedis('the pace of an instance', () => {
  test('processes keep it together, and a new bucket starts empty', async () => {
    const redis = testRedis();
    const processes = [1, 2, 3].map(() => new RedisPaces({ redis, clock: Date, log, share }));
    await Promise.all(processes.map(ready));
    const began = Date.now();
    const moments: number[] = [];
    for (let n = 0; n < 30; n++) {
      const waitMs = await processes[n % 3]?.of('sms', 2).next();
      moments.push(Date.now() + (waitMs ?? 0));
    }
    // 2 a second: the first after half a second, the 30th after fifteen, whoever asked.
    expect((moments[0] ?? 0) - began).toBeGreaterThanOrEqual(495);
    expect((moments[29] ?? 0) - began).toBeGreaterThanOrEqual(14_900);
    for (let n = 1; n < 30; n++) expect((moments[n] ?? 0) - (moments[n - 1] ?? 0)).toBeGreaterThan(300);
    const connection = new Redis(redis.url);
    await connection.del(`{${redis.prefix}:sms}:pace`);
    connection.disconnect();
    expect(await processes[0]?.of('sms', 2).next()).toBeGreaterThan(400);
    for (const process of processes) process.close();
    await removeKeys(redis);
  });

  test('without Redis each process keeps its share, beginning with an empty bucket', async () => {
    const away = { url: 'redis://127.0.0.1:1', prefix: 'hubtest-server-away' };
    const paces = new RedisPaces({ redis: away, clock: Date, log, share });
    const pace = paces.of('sms', 2);
    const waits = [await pace.next(), await pace.next(), await pace.next()];
    // Half of 2 a second is one a second.
    expect(waits.map((w) => Math.round(w / 1_000))).toEqual([1, 2, 3]);
    expect(await paces.of('free', 0).next()).toBe(0);
    paces.close();
  });
});
