import { expect, test } from '@jest/globals';
import { buildIndex } from './build-index.ts';
import { migrate, NewerStore, pendingMigrations, readMigrations } from './migrate.ts';
import type { Database } from './port.ts';
import { onEachDatabase, onServer, openTestPglite } from './testing/databases.ts';

const all = readMigrations();

onEachDatabase('the schema', [], (store) => {
  test('is whole after one call, and a second one changes nothing', async () => {
    expect(await pendingMigrations(store.db)).toEqual([]);
    expect(await migrate(store.db)).toEqual([]);
    const { rows } = await store.db.query(
      `select indisvalid from pg_index where indexrelid = 'operation_instance_due'::regclass`,
    );
    expect(rows).toEqual([{ indisvalid: true }]);
  });

  test('of a newer hub is used unless that hub has said that it breaks', async () => {
    await store.db.query(`insert into hub_migration (version, name, applied_at) values (9998, 'additive', now())`);
    expect(await migrate(store.db)).toEqual([]);
    await store.db.query(
      `insert into hub_migration (version, name, applied_at, is_breaking) values (9999, 'breaking', now(), true)`,
    );
    await expect(migrate(store.db)).rejects.toBeInstanceOf(NewerStore);
    await expect(pendingMigrations(store.db)).rejects.toBeInstanceOf(NewerStore);
    await store.db.query('delete from hub_migration where version > 9000');
  });
});

test('what is missing is told without changing anything', async () => {
  const { db, remove } = await openTestPglite('nothing');
  try {
    expect(await pendingMigrations(db)).toHaveLength(all.length);
    expect((await db.query(`select to_regclass('hub_migration') as there`)).rows).toEqual([{ there: null }]);
    await migrate(db, all.slice(0, 1));
    expect((await pendingMigrations(db)).map((m) => m.version)).toEqual(all.slice(1).map((m) => m.version));
  } finally {
    await remove();
  }
});

/** Statements of the first version, again and again; returns how many there were and the longest, milliseconds. */
async function previousVersion(db: Database, isOver: () => boolean): Promise<{ count: number; longestMs: number }> {
  const told = { count: 0, longestMs: 0 };
  while (!isOver()) {
    const began = performance.now();
    const [, made] = await db.transact([
      {
        sql: `insert into event (org, id, type, data, at) values ('uk', gen_random_uuid(), 'operation.changed', '{}', now())`,
      },
      {
        sql: `insert into operation (org, id, kind, client, instance, payload, status, due_at, accepted_at, updated_at)
              values ('uk', gen_random_uuid(), 'messages.send', 'app', 'sms', '{}', 'accepted', now(), now(), now()) returning id`,
      },
    ]);
    const id = made?.rows[0]?.id as string;
    await db.query(
      `update operation set status = 'running', lease_no = lease_no + 1 where id in (select id from operation where org = 'uk' and id = $1 and due_at <= now() for update skip locked)`,
      [id],
    );
    await db.query(
      `insert into tracking (org, operation, instance, kind, entity, record, result, give_up_at) values ('uk', $1, 'sms', 'messages.send', 'Message', $1, '{}', now())`,
      [id],
    );
    await db.query(
      `insert into instance_state (instance) values ($1) on conflict (instance) do update set paused = false`,
      [id],
    );
    told.count++;
    told.longestMs = Math.max(told.longestMs, performance.now() - began);
  }
  return told;
}

onServer('migrations of a store that is in use', (open) => {
  test('are applied while the first version goes on, and several processes that apply them at once agree', async () => {
    const { db, remove } = await open();
    try {
      await migrate(db, all.slice(0, 1));
      await db.query(
        `insert into operation (org, id, kind, client, instance, payload, status, due_at, accepted_at, updated_at)
         select 'uk', gen_random_uuid(), 'messages.send', 'app', 'sms', '{}', 'accepted', now(), now(), now() from generate_series(1, 60000)`,
      );
      let isOver = false;
      const old = Promise.all(Array.from({ length: 3 }, () => previousVersion(db, () => isOver)));
      const began = performance.now();
      const applied = await Promise.all([migrate(db), migrate(db)]);
      const tookMs = performance.now() - began;
      isOver = true;
      const told = await old;
      expect(applied.flat().sort((a, b) => a - b)).toEqual(all.slice(1).map((m) => m.version));
      expect(await pendingMigrations(db)).toEqual([]);
      expect(told.every((t) => t.count > 0)).toBe(true);
      // Nobody waited for all of it.
      expect(Math.max(...told.map((t) => t.longestMs))).toBeLessThan(Math.max(2_500, tookMs / 2));
    } finally {
      await remove();
    }
  }, 120_000);

  test('an index that a dead process left unfinished is built anew', async () => {
    const { db, remove } = await open();
    try {
      await db.query('create table thing (n int)');
      await db.query('insert into thing select 1 from generate_series(1, 3)');
      const sql = 'create unique index concurrently if not exists thing_n on thing (n)';
      await expect(db.query(sql)).rejects.toMatchObject({ code: '23505' });
      const isValid = async () =>
        (await db.query(`select indisvalid as v from pg_index where indexrelid = 'thing_n'::regclass`)).rows[0]?.v;
      expect(await isValid()).toBe(false);
      await db.query('delete from thing');
      await buildIndex(db, sql);
      expect(await isValid()).toBe(true);
    } finally {
      await remove();
    }
  }, 60_000);
});
