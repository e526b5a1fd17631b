import { expect, test } from '@jest/globals';
import { onEachDatabase, testCipher } from '../storage/testing/databases.ts';
import { endDeadLeases } from './dead-leases.ts';
import { lease } from './lease.ts';
import { log, workbench } from './testing/workbench.ts';
import { mendTimes } from './wrong-times.ts';

const HOURS = 3_600_000;
const kinds = [{ kind: 'test.none', version: 1, once: true }];

onEachDatabase('an earlier process with a wrong clock', [], (store) => {
  test('case 0202: what it planned two hours ahead is done at once, but for what has a time of its own', async () => {
    const t = workbench(store, {
      effect: 'once',
      send: async () => ({ status: 'done', result: {} }),
      reconcile: async () => ({ status: 'absent' }),
    });
    t.clock.offset = 2 * HOURS;
    const { id } = await t.journal.accept(t.request(1));
    const named = await t.journal.accept(t.request(2, { notBefore: new Date(t.clock.now() + HOURS) }));
    await store.db.query(`insert into instance_state (instance, breaker_until, breaker_openings) values ($1, $2, 1)`, [
      t.name,
      new Date(t.clock.now() + 5_000),
    ]);
    t.clock.offset = 0;
    expect(await mendTimes(store.db, t.clock, log)).toBe(1);
    expect(await mendTimes(store.db, t.clock, log)).toBe(0);
    await t.breakers.refresh();
    t.worker.start();
    expect((await t.settled(id)).status).toBe('succeeded');
    expect((await t.journal.get('uk', named.id)).status).toBe('waiting');
    await t.worker.stop();
  });

  test('case 0203: what it had sent two hours behind is not taken for settled', async () => {
    const asked: number[] = [];
    const t = workbench(store, {
      effect: 'once',
      send: async () => ({ status: 'done', result: {} }),
      reconcile: async (_ctx, op) => {
        asked.push(t.clock.now() - (op.uncertainSince ?? 0));
        return { status: 'happened', result: {} };
      },
    });
    t.clock.offset = -2 * HOURS;
    const [sent, uncertain] = await Promise.all([t.journal.accept(t.request(1)), t.journal.accept(t.request(2))]);
    const terms = { instance: t.name, kinds, limit: 5, worker: 'dead', attemptMs: 60_000, leaseMs: 90_000 };
    await lease(store.db, testCipher, { ...terms, now: new Date(t.clock.now()) });
    await store.db.query(
      `update operation set status = 'uncertain', uncertain_since = $2, lease_until = null, due_at = $2 where id = $1`,
      [uncertain?.id, new Date(t.clock.now())],
    );
    // A start with a clock that was ahead died before it took them up.
    t.clock.offset = 2 * HOURS;
    await mendTimes(store.db, t.clock, log);
    await endDeadLeases(store.db, t.clock, log);
    t.clock.offset = 0;
    await mendTimes(store.db, t.clock, log);
    await endDeadLeases(store.db, t.clock, log);
    t.worker.start();
    for (const op of [sent, uncertain]) expect((await t.settled(op?.id ?? '')).status).toBe('succeeded');
    await t.worker.stop();
    expect(asked).toHaveLength(2);
    expect(Math.max(...asked)).toBeLessThan(60_000);
    expect(Math.min(...asked)).toBeGreaterThanOrEqual(0);
  });
});
