import { expect, test } from '@jest/globals';
import type { Operation } from '../../storage/repositories/operation.ts';
import { Lanes } from './lanes.ts';

const A = '0192f0c4-7a1b-7c3d-8e4f-79161234567a';
const B = '0192f0c4-7a1b-7c3d-8e4f-79161234567b';
function bench(perEndpoint = 2) {
  const clock = { ms: 1_000_000 };
  const disabled = new Set<string>();
  const lanes = new Lanes({
    perEndpoint,
    random: () => 1,
    now: () => clock.ms,
    isDisabled: async (_org, id) => disabled.has(id),
  });
  const ask = (webhook: string, no = 1) =>
    lanes.gate(
      { org: 'uk', payload: { webhook, event: A, no, type: 'a.b' } } as unknown as Operation,
      new Date(clock.ms),
    );
  return { clock, disabled, lanes, ask };
}
/** An attempt that lasts until it is let go. */
function slow() {
  let release = (): void => {};
  const done = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { release, attempt: () => done };
}

test('an endpoint gets no more attempts at once than it has places, and the next when one ends', async () => {
  const { lanes } = bench(2);
  let running = 0;
  let most = 0;
  const attempt = async (): Promise<void> => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running--;
  };
  await Promise.all(Array.from({ length: 20 }, () => lanes.run(A, attempt)));
  expect([most, running]).toEqual([2, 0]);
});

test('what is due for a slow endpoint is held back, ever longer, and another endpoint is not', async () => {
  const { lanes, ask, clock } = bench(2);
  const [one, two] = [slow(), slow()];
  const runs = [lanes.run(A, one.attempt), lanes.run(A, two.attempt)];
  expect(await ask(A)).toEqual({ go: true });
  clock.ms += 1_500;
  const holds = [await ask(A), await ask(A)] as { until: Date; reason: string }[];
  expect(holds.map((h) => h.until.getTime() - clock.ms)).toEqual([1_250, 1_500]);
  expect(await ask(B)).toEqual({ go: true });
  one.release();
  await runs[0];
  expect(await ask(A)).toEqual({ go: true });
  two.release();
  await runs[1];
});

test('who waits for a place in vain gives it up without an attempt', async () => {
  const { lanes } = bench(1);
  const one = slow();
  const first = lanes.run(A, one.attempt);
  let ran = false;
  await expect(
    lanes.run(A, async () => {
      ran = true;
    }),
  ).rejects.toMatchObject({ kind: 'rate-limited', code: 'WEBHOOK_HELD' });
  expect(ran).toBe(false);
  one.release();
  await first;
  await lanes.run(A, async () => {
    ran = true;
  });
  expect(ran).toBe(true);
});

test('after five failures in a row an endpoint rests, then one attempt tries; a success opens it again', async () => {
  const { lanes, ask, clock } = bench(4);
  const fails = () => lanes.run(A, () => Promise.reject(new Error('500')));
  for (let i = 0; i < 5; i++) await expect(fails()).rejects.toThrow('500');
  expect(await ask(A)).toMatchObject({ reason: 'endpoint' });
  await expect(fails()).rejects.toMatchObject({ code: 'WEBHOOK_HELD' });
  expect(await ask(B)).toEqual({ go: true });
  // A test goes out all the same, as far as the gate is concerned.
  expect(await ask(A, 0)).toEqual({ go: true });
  clock.ms += 2_500;
  expect(await ask(A)).toEqual({ go: true });
  const one = slow();
  const trying = lanes.run(A, one.attempt);
  expect(await ask(A)).toMatchObject({ reason: 'endpoint' });
  one.release();
  await trying;
  expect(await ask(A)).toEqual({ go: true });
});

test('a delivery to a disabled endpoint sleeps, and a test does not', async () => {
  const { disabled, ask, clock } = bench();
  disabled.add(A);
  expect(await ask(A)).toEqual({ until: new Date(clock.ms + 3_600_000), reason: 'disabled' });
  expect(await ask(A, 0)).toEqual({ go: true });
});
