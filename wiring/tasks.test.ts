import { expect, test } from '@jest/globals';
import type { Effects } from '../tasks/effects.ts';
import { taskBeats } from './tasks.ts';

test('a round that a busy store held up for a minute is followed by another within seconds, a long one not at once', async () => {
  let now = 0;
  let takes = 60_000;
  let rounds = 0;
  const [beat] = taskBeats(
    {
      round: {
        run: async () => {
          rounds++;
          now += takes;
        },
      },
      effects: {} as Effects,
      outbox: undefined,
    },
    () => now,
  );
  await beat?.work();
  now += 5_000;
  await beat?.work();
  expect(rounds).toBe(1);
  now += 5_001;
  takes = 100;
  await beat?.work();
  expect(rounds).toBe(2);
  now += 1_999;
  await beat?.work();
  expect(rounds).toBe(2);
  now += 2;
  await beat?.work();
  expect(rounds).toBe(3);
});
