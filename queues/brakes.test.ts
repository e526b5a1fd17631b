import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import type { CommandDefinition } from '../canonical/command.ts';
import { migrate } from '../storage/migrate.ts';
import type { Database } from '../storage/port.ts';
import { onEachDatabase, onServer, testCipher } from '../storage/testing/databases.ts';
import { Approvals } from './approvals.ts';
import { type BrakeLimits, Brakes } from './brakes.ts';
import { Journal } from './journal.ts';
import { commands, sink, workbench } from './testing/workbench.ts';

const refund: CommandDefinition = {
  ...(commands.get('test.none') as CommandDefinition),
  kind: 'test.refund',
  schema: z.strictObject({ kop: z.number() }),
  amountKop: (payload) => BigInt(payload.kop as number),
};
const HOUR = 3_600_000;
let serial = 0;

function setUp(db: Database, limits: BrakeLimits, options: { fourEyes?: boolean } = {}) {
  const clock = { at: Date.parse('2026-11-24T10:05:00Z'), now: () => clock.at };
  const org = `uk-${++serial}`;
  const stopped: string[] = [];
  const newJournal = (): Journal =>
    new Journal({
      db,
      cipher: testCipher,
      clock,
      random: Math.random,
      onAccepted: () => {},
      onStopped: (ids) => stopped.push(...ids),
      brakes: new Brakes({
        limits: { 'test.refund': limits },
        dayStart: (_org, now) => new Date(`${now.toISOString().slice(0, 10)}T00:00:00Z`),
        random: Math.random,
      }),
    });
  const journal = newJournal();
  const approvals = new Approvals({
    db,
    cipher: testCipher,
    clock,
    random: Math.random,
    journal,
    fourEyes: options.fourEyes ?? false,
    onApproved: () => {},
    cancelled: (op) => sink.outcome(op, 'cancelled', null, new Date(clock.at)),
  });
  const accept = (kop: number, on = journal, more: object = {}) =>
    on.accept({ org, client: 'app', command: refund, instance: 'bank', payload: { kop }, body: { kop }, ...more });
  const statuses = async (ids: readonly { id: string }[]): Promise<string[]> =>
    Promise.all(
      ids.map(async ({ id }) => {
        const op = await journal.get(org, id);
        return op.waitingFor ?? op.status;
      }),
    );
  return { clock, org, journal, newJournal, approvals, accept, statuses, stopped };
}

onEachDatabase('a brake', [], (store) => {
  test('lets as many pass as the hour allows; the rest waits for approval and is never due', async () => {
    const t = setUp(store.db, { perHour: 2 });
    const ops = await Promise.all([1, 2, 3].map((n) => t.accept(n)));
    expect(await t.statuses(ops)).toEqual(['accepted', 'accepted', 'approval']);
    expect((await t.journal.get(t.org, ops[2]?.id ?? '')).dueAt).toBeNull();
    expect(t.stopped).toEqual([ops[2]?.id]);
    t.clock.at += HOUR;
    expect(await t.statuses([await t.accept(4)])).toEqual(['accepted']);
    const { rows } = await store.db.query('select operation from event where org = $1 and type = $2', [
      t.org,
      'operation.needs-approval',
    ]);
    expect(rows).toEqual([{ operation: ops[2]?.id }]);
  });

  test('counts whole kopecks; a large sum waits and does not hold back the small ones after it', async () => {
    const t = setUp(store.db, { roublesPerDay: 1000 });
    const ops = await Promise.all([60_000, 50_000, 40_000, 1].map((kop) => t.accept(kop)));
    expect(await t.statuses(ops)).toEqual(['accepted', 'approval', 'accepted', 'approval']);
    t.clock.at += 10 * HOUR;
    expect(await t.statuses([await t.accept(1)])).toEqual(['approval']);
    t.clock.at += 4 * HOUR;
    expect(await t.statuses([await t.accept(1)])).toEqual(['accepted']);
  });

  test('a replay is not counted again', async () => {
    const t = setUp(store.db, { perDay: 2 });
    const first = await t.accept(1, t.journal, { idempotencyKey: 'a' });
    expect(await t.accept(1, t.journal, { idempotencyKey: 'a' })).toEqual({ id: first.id, replayed: true });
    expect(await t.statuses([await t.accept(2), await t.accept(3)])).toEqual(['accepted', 'approval']);
  });

  test('an approved operation becomes due, or waits for the moment that was named; who decided and why is kept', async () => {
    const t = setUp(store.db, { perDay: 1 });
    await t.accept(1);
    const now = await t.accept(2);
    const later = await t.accept(3, t.journal, { notBefore: new Date(t.clock.at + HOUR) });
    expect(await t.approvals.approve(t.org, now.id, { by: 'chief', reason: 'сверено' })).toMatchObject({
      status: 'accepted',
      waitingFor: null,
      dueAt: new Date(t.clock.at),
    });
    expect(await t.approvals.decision(t.org, now.id)).toMatchObject({
      decision: 'approved',
      by: 'chief',
      reason: 'сверено',
    });
    expect(await t.approvals.approve(t.org, later.id, { by: 'chief' })).toMatchObject({
      status: 'waiting',
      waitingFor: 'time',
      dueAt: new Date(t.clock.at + HOUR),
    });
    await expect(t.approvals.approve(t.org, now.id, { by: 'chief' })).rejects.toMatchObject({
      code: 'OPERATION_NOT_WAITING_FOR_APPROVAL',
    });
  });

  test('a rejected one is cancelled with its code; cancelling works as well, trying again does not pass the brake', async () => {
    const t = setUp(store.db, { perDay: 1 });
    await t.accept(1);
    const [a, b] = [await t.accept(2), await t.accept(3)];
    await expect(t.journal.retry(t.org, a.id)).rejects.toMatchObject({ code: 'OPERATION_NOT_RETRYABLE' });
    expect(await t.approvals.reject(t.org, a.id, { by: 'chief', reason: 'ошибка' })).toMatchObject({
      status: 'cancelled',
      error: { code: 'REJECTED_BY_PERSON' },
    });
    expect(await t.journal.cancel(t.org, b.id, () => [])).toMatchObject({ status: 'cancelled', waitingFor: null });
    await expect(t.approvals.approve(t.org, b.id, { by: 'chief' })).rejects.toMatchObject({
      code: 'OPERATION_NOT_WAITING_FOR_APPROVAL',
    });
  });

  test('with four eyes the key that submitted does not approve', async () => {
    const t = setUp(store.db, { perDay: 1 }, { fourEyes: true });
    await t.accept(1);
    const op = await t.accept(2);
    await expect(t.approvals.approve(t.org, op.id, { by: 'app' })).rejects.toMatchObject({ code: 'FOUR_EYES' });
    expect(await t.approvals.approve(t.org, op.id, { by: 'chief' })).toMatchObject({ status: 'accepted' });
  });

  test('one that came out of a backup is asked about before it is sent', async () => {
    const t = setUp(store.db, { perDay: 1 });
    await t.accept(1);
    const op = await t.accept(2);
    await store.db.query('update operation set attempts = 1 where org = $1 and id = $2', [t.org, op.id]);
    expect(await t.approvals.approve(t.org, op.id, { by: 'chief' })).toMatchObject({ status: 'uncertain' });
  });

  test('the worker leaves what waits for approval alone and sends it once it is approved', async () => {
    const sent: string[] = [];
    const bench = workbench(store, {
      effect: 'keyed',
      send: async (_ctx: never, op: { id: string }) => {
        sent.push(op.id);
        return { status: 'done', result: {} };
      },
    } as never);
    const journal = new Journal({
      db: store.db,
      cipher: testCipher,
      clock: bench.clock,
      random: Math.random,
      onAccepted: () => bench.worker.notify(),
      brakes: new Brakes({
        limits: { 'test.none': { perDay: 1 } },
        dayStart: (_org, now) => new Date(`${now.toISOString().slice(0, 10)}T00:00:00Z`),
        random: Math.random,
      }),
    });
    bench.worker.start();
    try {
      const first = await journal.accept(bench.request(1));
      const second = await journal.accept(bench.request(2));
      await bench.settled(first.id);
      await new Promise((r) => setTimeout(r, 300));
      expect(sent).toEqual([first.id]);
      const approvals = new Approvals({
        db: store.db,
        cipher: testCipher,
        clock: bench.clock,
        random: Math.random,
        journal,
        fourEyes: false,
        onApproved: () => bench.worker.notify(),
        cancelled: () => [],
      });
      await approvals.approve('uk', second.id, { by: 'chief' });
      await bench.settled(second.id);
      expect(sent).toEqual([first.id, second.id]);
    } finally {
      await bench.worker.stop();
    }
  });
});

onServer('a brake of two processes', (open) => {
  test('never lets more pass than allowed, in number and in money, however requests interleave', async () => {
    const { db, remove } = await open();
    try {
      await migrate(db);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ kop: fc.integer({ min: 0, max: 40_000 }), second: fc.boolean() }), {
            minLength: 1,
            maxLength: 40,
          }),
          async (requests) => {
            const t = setUp(db, { perHour: 12, roublesPerDay: 1500 });
            const other = t.newJournal();
            // The counters are there: making them would already keep the two apart.
            await t.accept(0);
            const ops = await Promise.all(
              requests.map(async (r) => {
                if (r.second) await new Promise((resolve) => setImmediate(resolve));
                return { ...(await t.accept(r.kop, r.second ? other : t.journal)), kop: r.kop };
              }),
            );
            const states = await t.statuses(ops);
            const passed = ops.filter((_o, i) => states[i] === 'accepted');
            expect(passed.length).toBeLessThanOrEqual(11);
            expect(passed.reduce((sum, o) => sum + o.kop, 0)).toBeLessThanOrEqual(150_000);
            // Nothing waits that had room at the end.
            const left = 150_000 - passed.reduce((sum, o) => sum + o.kop, 0);
            if (passed.length < 11)
              for (const [i, o] of ops.entries()) if (states[i] === 'approval') expect(o.kop).toBeGreaterThan(left);
          },
        ),
        { numRuns: 40 },
      );
    } finally {
      await remove();
    }
  }, 90_000);
});
