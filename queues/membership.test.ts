import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { onEachDatabase } from '../storage/testing/databases.ts';
import { Membership } from './membership.ts';
import { shareOf } from './share.ts';
import { log } from './testing/workbench.ts';

test('the shares of all workers add up to the limit and differ by one at most', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 9 }), (instance, total, n) => {
      const shares = Array.from({ length: n }, (_, rank) => shareOf(instance, total, rank, n));
      expect(shares.reduce((sum, s) => sum + s, 0)).toBe(total);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }),
  );
});

onEachDatabase('the processes of one hub', [], (store) => {
  const time = { at: 0 };
  const member = (process: string, role: 'api' | 'worker') =>
    new Membership({ db: store.db, log, process, role, keyVersions: () => [1] }, () => time.at);

  test('workers divide what an instance takes; a newcomer waits until the others have made room', async () => {
    const [a, b, api] = [member('a', 'worker'), member('b', 'worker'), member('c', 'api')];
    expect(a.ofConcurrency('onec', 5)).toBe(0);
    await a.beat();
    expect(a.ofConcurrency('onec', 5)).toBe(5);
    await api.beat();
    await b.beat();
    expect(b.ofConcurrency('onec', 5)).toBe(0);
    await a.beat();
    time.at += 3_000;
    expect(a.ofConcurrency('onec', 5) + b.ofConcurrency('onec', 5)).toBe(5);
    expect(Math.min(a.ofConcurrency('onec', 5), b.ofConcurrency('onec', 5))).toBe(2);
    expect([api.ofConcurrency('onec', 5), b.ofRate()]).toEqual([0, 1 / 3]);
    await b.leave();
    await a.beat();
    expect([a.ofConcurrency('onec', 5), b.ofConcurrency('onec', 5)]).toEqual([5, 0]);
    await api.leave();
    await a.leave();
  });

  test('a process that was cut off from the store takes nothing until it is back and settled', async () => {
    const [a, b] = [member('d', 'worker'), member('e', 'worker')];
    await a.beat();
    await b.beat();
    time.at += 3_000;
    await a.beat();
    expect(a.ofConcurrency('x', 2)).toBe(1);
    time.at += 11_000;
    expect(a.ofConcurrency('x', 2)).toBe(0);
    await a.beat();
    expect(a.ofConcurrency('x', 2)).toBe(0);
    time.at += 3_000;
    expect(a.ofConcurrency('x', 2)).toBe(1);
  });
});
