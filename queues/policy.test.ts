import { expect, test } from '@jest/globals';
import { defaultPolicy, retryDelay } from './policy.ts';

const scheduled = { ...defaultPolicy, delaysMs: [5_000, 300_000, 1_800_000] };

test.each([
  [1, 5_000, 6_000],
  [2, 300_000, 360_000],
  [3, 1_800_000, 2_160_000],
  // Past the end of the schedule its last pause goes on.
  [9, 1_800_000, 2_160_000],
])('after attempt %i of a schedule the pause is %i to %i ms', (attempt, least, most) => {
  expect(retryDelay(scheduled, attempt, () => 0)).toBe(least);
  expect(retryDelay(scheduled, attempt, () => 0.999)).toBeGreaterThan(least);
  expect(retryDelay(scheduled, attempt, () => 0.999)).toBeLessThanOrEqual(most);
});

test('a schedule never comes before the moment that the other side asked for', () => {
  expect(retryDelay(scheduled, 1, () => 0, 60_000)).toBe(60_000);
  expect(retryDelay(scheduled, 2, () => 0, 60_000)).toBe(300_000);
});
