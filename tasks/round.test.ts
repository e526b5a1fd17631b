import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { onEachDatabase } from '../storage/testing/databases.ts';
import { FEW_AGAIN, MOST_SINGLE } from './plan.ts';
import { roundOn, truncate } from './testing/workbench.ts';

type Class = 'approval' | 'uncertain' | 'operator' | 'dead' | 'failed';
const classes: readonly Class[] = ['approval', 'uncertain', 'operator', 'dead', 'failed'];
const states: Readonly<Record<Class, { status: string; waitingFor: string | null }>> = {
  approval: { status: 'waiting', waitingFor: 'approval' },
  uncertain: { status: 'uncertain', waitingFor: 'operator' },
  operator: { status: 'waiting', waitingFor: 'operator' },
  dead: { status: 'dead', waitingFor: null },
  failed: { status: 'failed', waitingFor: null },
};

onEachDatabase('a round', [], (store) => {
  beforeEach(() => truncate(store.db));

  const insert = async (
    what: Class | 'none',
    o: { org?: string; code?: string; upstream?: string; n?: number } = {},
  ): Promise<string[]> => {
    const { status, waitingFor } = what === 'none' ? { status: 'succeeded', waitingFor: null } : states[what];
    const ids = Array.from({ length: o.n ?? 1 }, () => randomUUID());
    const error = o.code
      ? JSON.stringify({ code: o.code, ...(o.upstream ? { upstream: { system: 't', code: o.upstream } } : {}) })
      : null;
    await store.db.query(
      `insert into operation (org, id, kind, client, instance, payload, status, waiting_for, error, accepted_at, updated_at)
       select $1, u.id, 'messages.send', 'app', 'sms-main', '{}', $3, $4, $5::jsonb, now(), now() from unnest($2::uuid[]) u(id)`,
      [o.org ?? 'uk', ids, status, waitingFor, error],
    );
    return ids;
  };
  const settle = (ids: readonly string[]) =>
    store.db.query(`update operation set status = 'succeeded', waiting_for = null where id = any($1::uuid[])`, [ids]);
  const open = async (): Promise<string[]> => {
    const { rows } = await store.db.query(`select org, cause from task where status = 'open' order by org, cause`);
    return rows.map((r) => `${r.org} ${r.cause}`);
  };

  test('makes one task of a hundred thousand dead letters of one code, with their number, and takes little time for it', async () => {
    await insert('none', { n: 2_000 });
    for (let i = 0; i < 10; i++) await insert('dead', { code: 'SMSC_UNKNOWN', upstream: '42', n: 10_000 });
    await store.db.query('vacuum analyze operation');
    const bench = roundOn(store.db);
    await bench.round.run();
    const { rows } = await store.db.query('select cause, count, code, upstream_code, operation from task');
    expect(rows.map((r) => ({ ...r, count: Number(r.count) }))).toEqual([
      {
        cause: 'dead*/messages.send/sms-main/SMSC_UNKNOWN:42',
        count: 100_000,
        code: 'SMSC_UNKNOWN',
        upstream_code: '42',
        operation: null,
      },
    ]);
    const began = performance.now();
    for (let i = 0; i < 5; i++) await bench.round.run();
    expect((performance.now() - began) / 5).toBeLessThan(150);
    // The walk goes from group to group and does not read their operations.
    const read = await bench.rowsReadByGroups();
    expect(read).toBeGreaterThan(20);
    expect(read).toBeLessThan(1_000);
  }, 120_000);

  test('opens and closes exactly what the state says, whatever comes and goes', async () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('insert' as const),
        // Those that may be one task or many are drawn more often.
        what: fc.constantFrom<Class>(...classes, 'approval', 'approval', 'uncertain', 'uncertain'),
        org: fc.constantFrom('uk', 'uk', 'uk', 'other'),
        code: fc.constantFrom('A', 'A', 'A', 'B'),
        n: fc.constantFrom(1, 8, 15, 22),
      }),
      fc.record({ do: fc.constant('settle' as const), share: fc.constantFrom(0.1, 0.3, 0.6, 1), at: fc.nat() }),
      fc.record({
        do: fc.constant('cause' as const),
        of: fc.constantFrom('held', 'paused', 'webhook', 'quarantine'),
        on: fc.boolean(),
      }),
      fc.record({ do: fc.constant('round' as const), twice: fc.boolean() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 20 }), async (steps) => {
        await truncate(store.db);
        const bench = roundOn(store.db);
        const other = roundOn(store.db);
        const groups = new Map<string, { org: string; what: Class; code: string; ids: string[]; isGroup: boolean }>();
        const others = new Set<string>();
        for (const s of [...steps, { do: 'round' as const, twice: true }]) {
          if (s.do === 'insert') {
            const key = `${s.org} ${s.what} ${s.code}`;
            const group = groups.get(key) ?? { ...s, ids: [], isGroup: false };
            group.ids.push(...(await insert(s.what, s)));
            groups.set(key, group);
          } else if (s.do === 'settle') {
            const group = [...groups.values()][s.at % Math.max(1, groups.size)];
            if (group) await settle(group.ids.splice(0, Math.ceil(group.ids.length * s.share)));
          } else if (s.do === 'cause') {
            const cause = await bench.setCause(s.of, s.on);
            others[s.on ? 'add' : 'delete'](cause);
          } else {
            await Promise.all([bench.round.run(), ...(s.twice ? [other.round.run()] : [])]);
            const wanted = [...others];
            for (const g of groups.values()) {
              const isEach = g.what === 'approval' || g.what === 'uncertain';
              g.isGroup = g.ids.length > 0 && (!isEach || g.ids.length > (g.isGroup ? FEW_AGAIN : MOST_SINGLE));
              if (g.isGroup) wanted.push(`${g.org} ${g.what}*/messages.send/sms-main/${g.code}`);
              else wanted.push(...g.ids.map((id) => `${g.org} ${g.what}/${id}`));
            }
            expect(await open()).toEqual(wanted.sort((a, b) => (a < b ? -1 : 1)));
          }
        }
        // Each opening and each closing was told of once.
        const { rows } = await store.db.query(
          `select (select count(*) from event where type = 'task.opened') as opened, (select count(*) from task) as tasks,
                  (select count(*) from event where type = 'task.closed') as ended, (select count(*) from task where status = 'closed') as closed`,
        );
        expect(Number(rows[0]?.opened)).toBe(Number(rows[0]?.tasks));
        expect(Number(rows[0]?.ended)).toBe(Number(rows[0]?.closed));
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  test('says of a task whose cause went away that it did, and of one that became part of another that it did', async () => {
    const bench = roundOn(store.db);
    const [gone = '', ...rest] = await insert('uncertain', { code: 'ANSWER_LOST', n: MOST_SINGLE });
    await bench.round.run();
    await settle([gone]);
    await bench.round.run();
    await insert('uncertain', { code: 'ANSWER_LOST', n: 5 });
    await bench.round.run();
    const { rows } = await store.db.query(
      `select closed_as, count(*) as n from task where status = 'closed' group by 1 order by 1`,
    );
    expect(rows.map((r) => [r.closed_as, Number(r.n)])).toEqual([
      ['gone', 1],
      ['regrouped', rest.length],
    ]);
    expect(await open()).toEqual(['uk uncertain*/messages.send/sms-main/ANSWER_LOST']);
  });

  test('names the only operation of a group, and keeps its version when the number grows', async () => {
    const bench = roundOn(store.db);
    const [only] = await insert('dead', { code: 'NETWORK' });
    await bench.round.run();
    expect((await bench.tasks())[0]).toMatchObject({ operation: only, count: 1, version: 1 });
    await insert('dead', { code: 'NETWORK', n: 3 });
    await bench.round.run();
    expect((await bench.tasks())[0]).toMatchObject({ operation: null, count: 4, version: 1 });
  });

  test('leaves alone what a person has noted, what another code path settled, and failed deliveries of events', async () => {
    const bench = roundOn(store.db);
    const [noted] = await insert('failed', { code: 'SMSC_PHONE' });
    await store.db.query('update operation set noted_at = now() where id = $1', [noted ?? null]);
    const [delivery] = await insert('failed', { code: 'WEBHOOK_GONE' });
    await store.db.query(`update operation set kind = 'webhooks.deliver' where id = $1`, [delivery ?? null]);
    await insert('none');
    await bench.round.run();
    expect(await open()).toEqual([]);
  });

  test('makes one task of an entity whose records fail for very many reasons', async () => {
    const bench = roundOn(store.db);
    const reasons = (n: number) =>
      store.db.query(
        `insert into quarantine (org, instance, entity, native_key, reason, field, native_enc, first_at, last_at)
         select 'uk', 'onec-main', 'Meter', i::text, 'm.yaml:3: f: bad ' || (i % $1::int) || ' (value: ' || i || ')', 'f', '', now(), now() from generate_series(1, 300) i
         on conflict (org, instance, entity, native_key) do update set reason = excluded.reason`,
        [n],
      );
    await reasons(2);
    await bench.round.run();
    expect((await bench.tasks()).map((t) => t.count)).toEqual([150, 150]);
    await reasons(100);
    await bench.round.run();
    const tasks = (await bench.tasks()).filter((t) => t.status === 'open');
    expect(tasks).toMatchObject([{ cause: 'quarantine/onec-main/Meter', facts: { reasons: 21 } }]);
  });

  describe('with deadlines', () => {
    test('tells of an overdue task once and hands it on once, although several do it at once', async () => {
      const options = {
        people: [
          { id: 'anna', email: 'anna@example.ru', handles: ['dead'] },
          { id: 'boris', email: 'boris@example.ru', handles: ['*'] },
        ],
        escalate: { afterOverdueHours: 2, to: 'boris' },
      };
      const bench = roundOn(store.db, options);
      await insert('dead', { code: 'NETWORK' });
      await bench.round.run();
      expect((await bench.tasks())[0]?.assignee).toBe('anna');
      bench.clock.offset = 3_600_000 + 1_000;
      await Promise.all(Array.from({ length: 4 }, () => bench.round.run()));
      expect(await bench.mails()).toEqual(['anna assigned', 'anna overdue']);
      bench.clock.offset = 3 * 3_600_000 + 2_000;
      await Promise.all(Array.from({ length: 4 }, () => bench.round.run()));
      await bench.round.run();
      expect(await bench.mails()).toEqual(['anna assigned', 'anna overdue', 'boris escalated']);
      expect((await bench.tasks())[0]?.escalatedTo).toBe('boris');
      const { rows } = await store.db.query(`select type from event where type like 'task.%' order by ord`);
      expect(rows.map((r) => r.type)).toEqual(['task.opened', 'task.overdue', 'task.escalated']);
    });
  });
});
