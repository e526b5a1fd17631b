import { expect, test } from '@jest/globals';
import { ExpectationFailed } from './port.ts';
import { onEachDatabase } from './testing/databases.ts';

onEachDatabase('the SQL door', [], (store) => {
  test('gives the same types on both back ends', async () => {
    const at = new Date('2026-11-24T10:00:00.123Z');
    const { rows } = await store.db.query(
      `select $1::int8 as n, $2::timestamptz as at, $3::bytea as b, $4::jsonb as j, 12.50::numeric as d, $5::text[] as l, $6::boolean as t, 9007199254740993::int8 as big, null::text as nothing`,
      [42, at, Uint8Array.of(0, 255), { a: [1, 'ё'] }, ['a"b\\', 'я, {x}', ''], true],
    );
    const row = rows[0] ?? {};
    expect({ ...row, b: [...(row.b as Uint8Array)] }).toEqual({
      n: 42,
      at,
      b: [0, 255],
      j: { a: [1, 'ё'] },
      d: '12.50',
      l: ['a"b\\', 'я, {x}', ''],
      t: true,
      big: 9007199254740993n,
      nothing: null,
    });
  });

  test('a prepared statement goes on when a migration changes its table meanwhile', async () => {
    const sql = `insert into hub_meta (name, value) values ($1, '{}') returning *`;
    const write = (name: string) => store.db.query(sql, [name], { prepare: true });
    // More at once than there are connections: each has it prepared.
    await Promise.all(Array.from({ length: 12 }, (_, n) => write(`before-${n}`)));
    await store.db.query('alter table hub_meta add column note text');
    const rows = await Promise.all(Array.from({ length: 12 }, (_, n) => write(`after-${n}`)));
    expect(rows.map((r) => [r.count, r.rows[0]?.note])).toEqual(rows.map(() => [1, null]));
    const inside = await store.db.transact([{ sql, params: ['inside'], prepare: true }, { sql: 'select 1 as one' }]);
    expect(inside.map((r) => r.count)).toEqual([1, 1]);
  });

  test('lists of bytes, nulls and dates survive unnest', async () => {
    const { rows } = await store.db.query(
      `select * from unnest($1::bytea[], $2::text[], $3::timestamptz[], $4::uuid[], $5::jsonb[]) as t(b, s, at, u, j)`,
      [
        [Uint8Array.of(1), null],
        ['x', null],
        [new Date(0), null],
        ['0192f0c4-7a1b-7c3d-8e4f-79161234567a', null],
        [JSON.stringify({ k: '"' }), null],
      ],
    );
    expect(rows[0]).toMatchObject({
      s: 'x',
      at: new Date(0),
      u: '0192f0c4-7a1b-7c3d-8e4f-79161234567a',
      j: { k: '"' },
    });
    expect(rows[1]).toEqual({ b: null, s: null, at: null, u: null, j: null });
  });

  test('a transaction is all or nothing', async () => {
    await store.db.query('create table if not exists t_all (n int primary key)');
    await expect(
      store.db.transact([{ sql: 'insert into t_all values (1)' }, { sql: 'insert into t_all values (1)' }]),
    ).rejects.toMatchObject({ code: '23505' });
    expect((await store.db.query('select * from t_all')).count).toBe(0);
  });

  test('an expectation that does not hold rolls everything back and says its name', async () => {
    await store.db.query('create table if not exists t_expect (n int)');
    const work = store.db.transact([
      { sql: 'insert into t_expect values (1)' },
      { sql: 'update t_expect set n = 2 where n = 5', expect: { rows: 1, name: 'lease' } },
    ]);
    await expect(work).rejects.toThrow(ExpectationFailed);
    await expect(work).rejects.toMatchObject({ expectation: 'lease' });
    expect((await store.db.query('select * from t_expect')).count).toBe(0);
  });

  test('counts changed rows without returning them', async () => {
    await store.db.query('create table if not exists t_count (n int)');
    expect((await store.db.query('insert into t_count select generate_series(1, 7)')).count).toBe(7);
    expect((await store.db.query('delete from t_count where n > 2')).count).toBe(5);
  });

  test('bulk load keeps every sign, and its closing statements commit with it', async () => {
    await store.db.query('create table if not exists t_copy (id int, s text, b bytea, j jsonb, at timestamptz)');
    await store.db.query('create table if not exists t_mark (n int)');
    const texts = ['tab\there', 'line\nbreak\r', 'back\\slash', '\\N', 'ёлка "x"', ''];
    await store.db.copy(
      't_copy',
      ['id', 's', 'b', 'j', 'at'],
      texts.map((s, i) => [i, s, Uint8Array.of(92, 10, i), JSON.stringify({ s }), new Date(i * 1000)]),
      [{ sql: 'insert into t_mark values (6)' }],
    );
    const { rows } = await store.db.query<{ s: string; b: Uint8Array; j: { s: string } }>(
      'select * from t_copy order by id',
    );
    expect(rows.map((r) => r.s)).toEqual(texts);
    expect(rows.map((r) => r.j.s)).toEqual(texts);
    expect([...(rows[3]?.b ?? [])]).toEqual([92, 10, 3]);
    await expect(
      store.db.copy('t_copy', ['id'], [[100]], [{ sql: 'insert into t_mark values (1 / 0)' }]),
    ).rejects.toMatchObject({ code: '22012' });
    expect((await store.db.query('select * from t_copy where id = 100')).count).toBe(0);
  });
});
