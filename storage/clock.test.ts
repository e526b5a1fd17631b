import { afterEach, expect, test } from '@jest/globals';
import { openStoreClock, type StoreClock } from './clock.ts';
import type { Database, Statement } from './port.ts';

const moved: Statement[] = [];
const db = (kind: Database['kind']) =>
  ({
    kind,
    transact: async (statements: readonly Statement[]) => {
      moved.push(...statements);
      return [];
    },
  }) as unknown as Database;

let clock: StoreClock | undefined;
afterEach(() => {
  clock?.close();
  moved.length = 0;
});

async function at(kind: Database['kind']) {
  const machine = { wall: 1_000_000, steady: 500 };
  const warnings: string[] = [];
  clock = await openStoreClock({
    db: db(kind),
    source: async () => machine.wall,
    monotonic: () => machine.steady,
    warn: (message) => warnings.push(message),
  });
  const pass = (ms: number): void => {
    machine.wall += ms;
    machine.steady += ms;
  };
  return { clock, machine, warnings, pass };
}

test('goes on evenly while the wall clock jumps, and follows small corrections', async () => {
  const t = await at('postgres');
  expect(t.clock.now()).toBe(1_000_000);
  t.pass(5_000);
  expect(t.clock.now()).toBe(1_005_000);
  t.machine.wall += 300;
  await t.clock.check();
  expect(t.clock.now()).toBe(1_005_300);
  t.machine.wall += 7_200_000;
  await t.clock.check();
  t.pass(60_000);
  await t.clock.check();
  expect(t.clock.now()).toBe(1_065_300);
  expect(t.warnings).toHaveLength(1);
  t.machine.wall -= 7_200_000;
  await t.clock.check();
  expect(t.clock.now()).toBe(1_065_300);
});

test('follows a jump that lasts, and moves running leases of the embedded store along', async () => {
  for (const kind of ['pglite', 'postgres'] as const) {
    moved.length = 0;
    const t = await at(kind);
    t.machine.wall += 86_400_000;
    await t.clock.check();
    t.pass(9 * 60_000);
    await t.clock.check();
    expect(t.clock.now()).toBe(1_000_000 + 9 * 60_000);
    t.pass(2 * 60_000);
    await t.clock.check();
    expect(t.clock.now()).toBe(1_000_000 + 11 * 60_000 + 86_400_000);
    expect(moved.map((s) => s.params)).toEqual(kind === 'pglite' ? [[86_400_000], [86_400_000]] : []);
    t.clock.close();
  }
});

test('a reading that took too long changes nothing', async () => {
  const machine = { steady: 0, slow: 0 };
  clock = await openStoreClock({
    db: db('postgres'),
    source: async () => {
      machine.steady += machine.slow;
      return 1_000_000 + 90_000;
    },
    monotonic: () => machine.steady,
    warn: () => {},
  });
  machine.slow = 1_500;
  await clock.check();
  expect(clock.now()).toBe(1_000_000 + 90_000 + 1_500);
});
