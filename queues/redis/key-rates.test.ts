import { expect, test } from '@jest/globals';
import { onRedis, removeKeys, testRedis } from '../testing/engines.ts';
import { log } from '../testing/workbench.ts';
import { LocalKeyRates, RedisKeyRates } from './key-rates.ts';

const share = { ofConcurrency: (_: string, total: number) => total, ofRate: () => 0.5 };

onRedis('the rate of a key', () => {
  test('is counted for all processes together', async () => {
    const redis = testRedis();
    const processes = [1, 2, 3].map(() => new RedisKeyRates({ redis, clock: Date, log, share }));
    const until = Date.now() + 10_000;
    while (!processes.every((p) => p.isReady) && Date.now() < until) await new Promise((r) => setTimeout(r, 10));
    const waits = await Promise.all(Array.from({ length: 30 }, (_, n) => processes[n % 3]?.take('k', 20)));
    expect(waits.filter((w) => w === 0)).toHaveLength(20);
    expect(Math.max(...waits.map(Number))).toBeGreaterThan(50_000);
    expect(await processes[0]?.take('other', 20)).toBe(0);
    for (const p of processes) p.close();
    await removeKeys(redis);
  });

  test('without Redis is divided among the processes', async () => {
    const rates = new RedisKeyRates({
      redis: { url: 'redis://127.0.0.1:1', prefix: 'hubtest-away' },
      clock: Date,
      log,
      share,
    });
    const waits = [];
    for (let n = 0; n < 12; n++) waits.push(await rates.take('k', 20));
    expect(waits.filter((w) => w === 0)).toHaveLength(10);
    rates.close();
  });
});

test('a rate counted here begins anew after a minute', async () => {
  const clock = { at: 0, now: () => clock.at };
  const rates = new LocalKeyRates(clock);
  expect([await rates.take('k', 2), await rates.take('k', 2), await rates.take('k', 2)]).toEqual([0, 0, 60_000]);
  clock.at = 60_000;
  expect(await rates.take('k', 2)).toBe(0);
});
