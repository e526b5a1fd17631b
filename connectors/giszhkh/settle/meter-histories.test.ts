import { expect, test } from '@jest/globals';
import { HubError } from '../../../canonical/errors.ts';
import type { Ctx } from '../ctx.ts';
import type { Exports, Progress, Question } from '../exports.ts';
import { MeterHistories } from './meter-histories.ts';

const meter = (n: number): string => `a1b2c363-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** Exports that are answered at the second step, or refused when a meter is among them that is not ours. */
function bench(refused?: string) {
  let now = 1_000_000;
  const asked: string[][] = [];
  const open = new Set<string>();
  const exports = {
    step: async (_ctx: Ctx, { content }: Question): Promise<Progress> => {
      const meters = content.MeteringDeviceRootGUID as string[];
      const key = meters.join();
      if (!open.has(key)) {
        open.add(key);
        asked.push(meters);
        return { done: false, askAfterMs: 10_000 };
      }
      if (refused && meters.includes(refused)) throw new HubError('rejected', 'GISZHKH_NOT_OURS', 'Not ours.');
      return { done: true, result: { meters }, askedAt: now };
    },
  };
  const histories = new MeterHistories(exports as unknown as Exports);
  const ctx = { instance: 'gis', clock: { now: () => now } } as unknown as Ctx;
  return {
    asked,
    /** Asks for each until all are answered or refused. */
    settle: async (meters: readonly string[], notBefore = 0) => {
      const answered = new Map<string, Progress & { done: true }>();
      const failed: string[] = [];
      for (let round = 0; answered.size + failed.length < meters.length; round++) {
        if (round > 100) throw new Error('There is no end.');
        for (const m of meters.filter((one) => !answered.has(one) && !failed.includes(one)))
          try {
            const progress = await histories.step(ctx, m, notBefore);
            if (progress.done) answered.set(m, progress);
          } catch {
            failed.push(m);
          }
        now += 10_000;
      }
      return { answered, failed };
    },
    now: () => now,
  };
}

test('a hundred meters share a question, whoever comes for the answer', async () => {
  const b = bench();
  const { answered } = await b.settle(Array.from({ length: 250 }, (_, n) => meter(n)));
  expect(b.asked.map((meters) => meters.length)).toEqual([100, 100, 50]);
  for (const [m, { result }] of answered) expect(result?.meters).toContain(m);
});

test('an answer from before is not taken: the meter is asked for anew', async () => {
  const b = bench();
  await b.settle([meter(1), meter(2)]);
  const { answered } = await b.settle([meter(1)], b.now());
  expect(b.asked).toEqual([[meter(1), meter(2)], [meter(1)]]);
  expect(answered.get(meter(1))?.askedAt).toBeGreaterThan(b.now() - 60_000);
});

test('a meter that is refused does not take the others with it', async () => {
  const b = bench(meter(37));
  const { answered, failed } = await b.settle(Array.from({ length: 100 }, (_, n) => meter(n)));
  expect(failed).toEqual([meter(37)]);
  expect(answered.size).toBe(99);
  // It is found by halves.
  expect(b.asked.length).toBeLessThan(20);
});
