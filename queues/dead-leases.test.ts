import { expect, test } from '@jest/globals';
import { onEachDatabase, testCipher } from '../storage/testing/databases.ts';
import { Breakers } from './breakers.ts';
import { endDeadLeases } from './dead-leases.ts';
import { lease } from './lease.ts';
import { log, workbench } from './testing/workbench.ts';

onEachDatabase('leases of a dead process', [], (store) => {
  test('end at once, and what may have acted is asked about before anything is sent', async () => {
    const asked: { id: string; uncertainSince: number | undefined }[] = [];
    const sent: string[] = [];
    const t = workbench(store, {
      effect: 'once',
      send: async (_ctx, op) => {
        sent.push(op.id);
        return { status: 'done', result: {} };
      },
      reconcile: async (_ctx, op) => {
        asked.push({ id: op.id, uncertainSince: op.uncertainSince });
        return { status: 'happened', result: {} };
      },
    });
    const { id } = await t.journal.accept(t.request(1));
    const killedAt = t.clock.now();
    const kinds = [{ kind: 'test.none', version: 1, once: true }];
    const held = await lease(store.db, testCipher, {
      instance: t.name,
      kinds,
      limit: 5,
      worker: 'dead',
      now: new Date(killedAt),
      attemptMs: 600_000,
      leaseMs: 700_000,
    });
    expect(held.map((l) => l.op.id)).toEqual([id]);

    expect(await endDeadLeases(store.db, t.clock, log)).toBe(1);
    expect(await endDeadLeases(store.db, t.clock, log)).toBe(0);
    t.worker.start();
    expect((await t.settled(id)).status).toBe('succeeded');
    await t.worker.stop();
    expect(sent).toEqual([]);
    expect(asked.map((a) => a.id)).toEqual([id]);
    // Not the far deadline of the dead attempt: the settle time counts from the moment when nothing could be sent any more.
    expect(asked[0]?.uncertainSince).toBeGreaterThanOrEqual(killedAt);
    expect(asked[0]?.uncertainSince).toBeLessThan(killedAt + 60_000);
  });

  test('give bulk jobs free, and leave a task to the job that holds it', async () => {
    const now = new Date();
    await store.db.query(
      `insert into bulk_job (org, id, action, filter, status, total, created_by, created_at, leased_by, lease_until)
       values ('uk', '0192f0c4-0000-7000-8000-000000000001', 'retry', '{}', 'running', 1, 'k', $1, 'dead', $1::timestamptz + interval '1 day')`,
      [now],
    );
    for (const [n, job] of [
      [1, null],
      [2, '0192f0c4-0000-7000-8000-000000000001'],
    ] as const)
      await store.db.query(
        `insert into task (org, id, cause, kind, status, deadline, created_at, updated_at, is_pending, effect_until, job)
         values ('uk', $2::uuid, $2::text, 'dead', 'answered', $1, $1, $1, true, $1::timestamptz + interval '1 day', $3)`,
        [now, `0192f0c4-0000-7000-8000-00000000001${n}`, job],
      );
    await endDeadLeases(store.db, { now: Date.now }, log);
    const jobs = await store.db.query('select lease_until from bulk_job');
    expect(jobs.rows).toEqual([{ lease_until: null }]);
    const tasks = await store.db.query<{ held: boolean }>(
      'select effect_until is not null as held from task order by id',
    );
    expect(tasks.rows.map((r) => r.held)).toEqual([false, true]);
  });

  test('let the next process try at once whether an instance is back, when the one that tried is dead', async () => {
    const t = workbench(store, { effect: 'once', send: async () => ({ status: 'done', result: {} }) });
    const hour = 3_600_000;
    await store.db.query(
      'insert into instance_state (instance, breaker_until, breaker_openings, probe_by, probe_until) values ($1, $2, 1, $3, $4)',
      [t.name, new Date(t.clock.now() - 1_000), 'dead', new Date(t.clock.now() + hour)],
    );
    const breakers = new Breakers({ db: store.db, clock: t.clock, log, process: 'next' });
    await breakers.refresh();
    expect(await breakers.admit(t.name, 5)).toBe(0);
    await endDeadLeases(store.db, t.clock, log);
    expect(await breakers.admit(t.name, 5)).toBe(1);
    expect(await breakers.admit(t.name, 5)).toBe(0);
  });
});
