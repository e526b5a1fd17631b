import { expect, test } from '@jest/globals';
import { Generations } from './generations.ts';

test('what is asked for again and again outlives any stream of things that are seen once', () => {
  const kept = new Generations<number>(100);
  kept.set('account', 1);
  for (let i = 0; i < 10_000; i++) {
    kept.set(`charge ${i}`, i);
    if (i % 20 === 0) expect(kept.get('account')).toBe(1);
  }
  expect(kept.get('charge 0')).toBeUndefined();
  expect(kept.get('charge 9999')).toBe(9999);
});

test('no more is kept than the limit allows, and the newest value counts', () => {
  const kept = new Generations<number>(10);
  for (let i = 0; i < 1_000; i++) kept.set(`${i}`, i);
  const there = Array.from({ length: 1_000 }, (_, i) => `${i}`).filter((key) => kept.get(key) !== undefined);
  expect(there.length).toBeLessThanOrEqual(10);
  kept.set('999', -1);
  expect(kept.get('999')).toBe(-1);
});
