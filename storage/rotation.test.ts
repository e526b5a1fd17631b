import { expect, test } from '@jest/globals';
import { createCipher, type MasterKey } from './cipher.ts';
import { MasterKeyError, openCipher } from './master-key.ts';
import type { Database } from './port.ts';
import { type RotationOptions, rotateMaster, rotationProgress } from './rotation.ts';
import { digestColumns, sealedColumns } from './sealed-columns.ts';
import { onEachDatabase } from './testing/databases.ts';

const key = (version: number, fill = version): MasterKey => ({ version, key: new Uint8Array(32).fill(fill) });
const entity = { name: 'Customer', filters: [] };

const optionsOf = (
  db: Database,
  cipher: RotationOptions['cipher'],
  signal = new AbortController().signal,
): RotationOptions => ({
  db,
  cipher,
  to: 2,
  now: () => Date.now(),
  settleMs: 200,
  signal,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});

onEachDatabase('rotation of the master key', [entity], (store) => {
  const clear = async (): Promise<void> => {
    for (const table of ['record', 'opt_out', 'file_chunk']) await store.db.query(`delete from ${table}`);
    await store.db.query(
      `delete from hub_meta where name in ('master-key-check', 'digest-key', 'master-keys', 'rotation')`,
    );
  };
  /** Fills some tables the way repositories do. */
  const fill = async (seal: (text: string, context: string) => Uint8Array, rows: number): Promise<void> => {
    const ids = Array.from({ length: rows }, (_, n) => `0192f0c4-7a1b-7c3d-8e4f-${String(n).padStart(12, '0')}`);
    await store.db.query(
      `insert into record (org, entity, id, canonical, personal, native_enc, changed_at, pulled_at) select 'uk', 'Customer', u.id, '{}', u.p, u.n, now(), now() from unnest($1::uuid[], $2::bytea[], $3::bytea[]) as u(id, p, n)`,
      [
        ids,
        ids.map((id) => seal(`p${id}`, `record:uk:Customer:${id}`)),
        ids.map((id) => seal(`n${id}`, `record:uk:Customer:${id}`)),
      ],
    );
    for (const id of ids.slice(0, 40))
      await store.db.query(
        `insert into opt_out (org, id, recipient, phone, scope, reason, created_by, created_at) values ('uk', $1, $2, $3, 'all', $4, 'x', now())`,
        [id, id, seal('+7', `opt-out:uk:${id}:all`), seal('r', `opt-out:uk:${id}:all`)],
      );
    for (let no = 0; no < 40; no++)
      await store.db.query(`insert into file_chunk (org, file, no, data) values ('uk', $1, $2, $3)`, [
        ids[0] as string,
        no,
        seal(`chunk ${no}`, `file:uk:${ids[0]}:${no}`),
      ]);
  };
  const versions = async (): Promise<Record<string, number[]>> => {
    const found: Record<string, number[]> = {};
    for (const { table, column } of sealedColumns) {
      const { rows } = await store.db.query<{ v: number }>(
        `select distinct get_byte(${column}, 0) as v from ${table} where ${column} is not null order by 1`,
      );
      if (rows.length > 0) found[`${table}.${column}`] = rows.map((r) => r.v);
    }
    return found;
  };

  test('the list of sealed columns is that of the schema', async () => {
    const { rows } = await store.db.query<{ name: string }>(
      `select distinct coalesce(p.relname, c.relname) || '.' || a.attname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
       left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
       where a.atttypid = 'bytea'::regtype and c.relkind in ('r', 'p') and c.relnamespace = current_schema()::regnamespace and not a.attisdropped order by 1`,
    );
    expect(rows.map((r) => r.name)).toEqual(
      [...sealedColumns.map((c) => `${c.table}.${c.column}`), ...digestColumns].sort(),
    );
  });

  test('seals everything anew, keeps blind indexes, and needs the old key no more', async () => {
    await clear();
    const before = await openCipher(store.db, [key(1)]);
    await fill(before.seal, 1_200);
    const cipher = await openCipher(store.db, [key(1), key(2)]);
    // A newer key that was only given does not seal yet: other processes may not know it.
    expect(cipher.keys.sealing()).toBe(1);
    const result = await rotateMaster(optionsOf(store.db, cipher));
    expect(result).toMatchObject({ to: 2, total: 2_520, finishedAt: expect.any(String) });
    expect(Object.values(await versions())).toEqual([[2], [2], [2], [2], [2]]);
    const after = await openCipher(store.db, [key(2)]);
    const { rows } = await store.db.query(`select id, personal from record limit 5`);
    for (const r of rows)
      expect(after.openText(r.personal as Uint8Array, `record:uk:Customer:${r.id}`)).toBe(`p${r.id}`);
    expect(after.blind('Customer.phones', '+7')).toBe(before.blind('Customer.phones', '+7'));
    expect(after.hmac('idempotency', 'x')).toEqual(before.hmac('idempotency', 'x'));
  }, 60_000);

  test('ended half-way, twice, it goes on and ends the same; until then the start without the old key is refused', async () => {
    await clear();
    await fill((await openCipher(store.db, [key(1)])).seal, 1_500);
    for (const limit of [1, 3]) {
      const stop = new AbortController();
      let statements = 0;
      const cut: Database = Object.assign(Object.create(store.db) as Database, {
        query: async (sql: string, params?: never) => {
          if (sql.startsWith('update "record"') && ++statements > limit) {
            // The process dies: nothing that comes after is done.
            stop.abort();
            throw new Error('killed');
          }
          return store.db.query(sql, params);
        },
        transact: (s: never) => store.db.transact(s),
      });
      const cipher = await openCipher(store.db, [key(1), key(2)]);
      await expect(rotateMaster(optionsOf(cut, cipher, stop.signal))).rejects.toThrow('killed');
      expect((await rotationProgress(store.db))?.finishedAt).toBeNull();
      await expect(openCipher(store.db, [key(2)])).rejects.toThrow('needs master key version 1');
    }
    expect(Object.values(await versions()).flat()).toContain(1);
    await rotateMaster(optionsOf(store.db, await openCipher(store.db, [key(1), key(2)])));
    expect(new Set(Object.values(await versions()).flat())).toEqual(new Set([2]));
    const after = await openCipher(store.db, [key(2)]);
    for (const c of sealedColumns) {
      const { rows } = await store.db.query(`select * from ${c.table} where ${c.column} is not null`);
      for (const r of rows) after.open(r[c.column] as Uint8Array, c.context(r));
    }
  }, 60_000);

  test('what is written with the old key meanwhile is taken along, and a newer value is never overwritten', async () => {
    await clear();
    const old = await openCipher(store.db, [key(1)]);
    await fill(old.seal, 600);
    const cipher = await openCipher(store.db, [key(1), key(2)]);
    const other = createCipher([key(1)]);
    const id = '0192f0c4-7a1b-7c3d-8e4f-000000000007';
    let n = 0;
    const busy = setInterval(() => {
      n++;
      store.db
        .query('update record set personal = $1 where id = $2', [
          other.seal(`late ${n}`, `record:uk:Customer:${id}`),
          id,
        ])
        .catch(() => {});
      if (n === 10) clearInterval(busy);
    }, 10);
    await rotateMaster({ ...optionsOf(store.db, cipher), settleMs: 600 });
    const { rows } = await store.db.query('select personal from record where id = $1', [id]);
    const after = await openCipher(store.db, [key(2)]);
    expect(after.openText(rows[0]?.personal as Uint8Array, `record:uk:Customer:${id}`)).toBe('late 10');
  }, 30_000);

  test('a missing, wrong or foreign key is refused with the version that is needed', async () => {
    await clear();
    await openCipher(store.db, [key(3)]);
    await expect(openCipher(store.db, [key(1)])).rejects.toThrow(/needs master key version 3; .* version 1/);
    await expect(openCipher(store.db, [key(3, 9)])).rejects.toThrow(/Master key version 3 is not the one/);
    await expect(openCipher(store.db, [key(3, 9)])).rejects.toBeInstanceOf(MasterKeyError);
    expect((await openCipher(store.db, [key(3), key(4)])).keys.sealing()).toBe(3);
    await clear();
  });
});
