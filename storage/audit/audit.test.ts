import { describe, expect, test } from '@jest/globals';
import type { Database } from '../port.ts';
import { testCipher as cipher, onEachDatabase } from '../testing/databases.ts';
import { AuditLog } from './log.ts';
import { auditHeads, listAudit } from './read.ts';
import { trimAudit } from './retention.ts';
import { verifyAudit } from './verify.ts';

let now = Date.parse('2026-11-24T10:00:00Z');
const logOf = (db: Database): AuditLog =>
  new AuditLog({
    db,
    cipher,
    now: () => now++,
    warn: (message) => {
      throw new Error(message);
    },
  });
let serial = 0;
/** A chain of its own with so many rows. */
async function chain(db: Database, rows: number): Promise<string> {
  const org = `org-${++serial}`;
  const log = logOf(db);
  await Promise.all(
    Array.from({ length: rows }, (_, n) =>
      log.append({ org, actor: 'key-1', action: 'customers.view', purpose: 'обращение', details: { b: n, a: [n] } }),
    ),
  );
  await log.drain();
  return org;
}

onEachDatabase('the audit log', [], (store) => {
  test('an unbroken chain is found whole, and its head can be kept elsewhere', async () => {
    const org = await chain(store.db, 25);
    const [head] = await auditHeads(store.db, org);
    expect(head).toMatchObject({ org, no: 25, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await verifyAudit(store.db, cipher, org, [head as never])).toMatchObject({ rows: 25, unlinked: 0 });
    expect((await verifyAudit(store.db, cipher, org, [head as never])).fault).toBeUndefined();
    expect((await listAudit(store.db, cipher, org, { action: 'customers.*' }, 10)).map((r) => r.no)).toEqual([
      25, 24, 23, 22, 21, 20, 19, 18, 17, 16,
    ]);
  });

  describe('names the first row', () => {
    test.each([
      [
        'whose details were altered',
        `update audit set details = '{"a":[1],"b":99}' where org = $1 and no = 7`,
        'altered',
        7,
      ],
      ['whose actor was altered', `update audit set actor = 'key-2' where org = $1 and no = 7`, 'altered', 7],
      ['whose time was altered', `update audit set at = at - interval '1 day' where org = $1 and no = 7`, 'altered', 7],
      [
        'whose purpose was exchanged for that of another',
        'update audit set purpose = (select purpose from audit where org = $1 and no = 8) where org = $1 and no = 7',
        'altered',
        7,
      ],
      ['that was removed', 'delete from audit where org = $1 and no = 7', 'missing', 7],
      ['that was removed at the beginning', 'delete from audit where org = $1 and no = 1', 'missing', 1],
      ['that is cut off while the head stays', 'delete from audit where org = $1 and no > 11', 'cut', 12],
    ] as const)('%s', async (_title, sql, fault, no) => {
      const org = await chain(store.db, 12);
      await store.db.query(sql, [org]);
      expect((await verifyAudit(store.db, cipher, org)).fault).toMatchObject({ fault, no });
    });

    test('that changed places with another', async () => {
      const org = await chain(store.db, 12);
      await store.db.transact([
        { sql: 'update audit set no = -5 where org = $1 and no = 5', params: [org] },
        { sql: 'update audit set no = 5 where org = $1 and no = 9', params: [org] },
        { sql: 'update audit set no = 9 where org = $1 and no = -5', params: [org] },
      ]);
      expect((await verifyAudit(store.db, cipher, org)).fault).toMatchObject({ fault: 'reordered', no: 5 });
    });

    test('after which everything was numbered anew to hide a removed one', async () => {
      const org = await chain(store.db, 12);
      await store.db.query('delete from audit where org = $1 and no = 4', [org]);
      await store.db.query('update audit set no = -(no - 1) where org = $1 and no > 4', [org]);
      await store.db.query('update audit set no = -no where org = $1 and no < 0', [org]);
      expect((await verifyAudit(store.db, cipher, org)).fault).toMatchObject({ fault: 'reordered', no: 4 });
    });
  });

  test('a tail that was cut off together with the head is told by a head that was kept elsewhere', async () => {
    const org = await chain(store.db, 10);
    const [kept] = await auditHeads(store.db, org);
    await store.db.transact([
      {
        sql: 'update audit_head h set no = 6, hash = (select hash from audit where org = $1 and no = 6) where h.org = $1',
        params: [org],
      },
      { sql: 'delete from audit where org = $1 and no > 6', params: [org] },
    ]);
    expect((await verifyAudit(store.db, cipher, org)).fault).toBeUndefined();
    expect((await verifyAudit(store.db, cipher, org, [kept as never])).fault).toMatchObject({ fault: 'cut', no: 7 });
  });

  test('a chain that was rewritten from the middle on is told by a head that was kept elsewhere', async () => {
    const org = await chain(store.db, 10);
    const [kept] = await auditHeads(store.db, org);
    await store.db.transact([
      {
        sql: 'update audit_head h set no = 6, hash = (select hash from audit where org = $1 and no = 6) where h.org = $1',
        params: [org],
      },
      { sql: 'delete from audit where org = $1 and no > 6', params: [org] },
    ]);
    const log = logOf(store.db);
    for (let n = 0; n < 6; n++) await log.append({ org, actor: 'x', action: 'y', details: {} });
    await log.drain();
    expect((await verifyAudit(store.db, cipher, org, [kept as never])).fault).toMatchObject({
      fault: 'altered',
      no: 10,
    });
  });

  test('entries of a process that was killed before it linked them are linked by the next one, in one chain', async () => {
    const org = await chain(store.db, 3);
    await store.db.query(`update audit set no = null, hash = null where org = $1 and no = 3`, [org]);
    await store.db.query(
      'update audit_head h set no = 2, hash = (select hash from audit where org = $1 and no = 2) where org = $1',
      [org],
    );
    expect(await verifyAudit(store.db, cipher, org)).toMatchObject({ rows: 2, unlinked: 1 });
    await logOf(store.db).link();
    expect(await verifyAudit(store.db, cipher, org)).toMatchObject({ rows: 3, unlinked: 0 });
  });

  test('several chain writers at once leave one chain without gaps', async () => {
    const org = `org-${++serial}`;
    const logs = [1, 2, 3, 4].map(() => logOf(store.db));
    for (let round = 0; round < 5; round++)
      await Promise.all(
        logs.flatMap((log, l) =>
          Array.from({ length: 20 }, (_, n) => log.append({ org, actor: `p${l}`, action: 'a', details: { n } })),
        ),
      );
    await Promise.all(logs.map((log) => log.drain()));
    const result = await verifyAudit(store.db, cipher, org);
    expect(result).toMatchObject({ rows: 400, unlinked: 0 });
    expect(result.fault).toBeUndefined();
  }, 30_000);

  test('what retention removes from the beginning is no fault, what somebody else removes there is', async () => {
    const org = await chain(store.db, 10);
    const { rows } = await store.db.query<{ at: Date }>('select at from audit where org = $1 and no = 5', [org]);
    expect(await trimAudit(store.db, cipher, rows[0]?.at as Date)).toBeGreaterThanOrEqual(4);
    expect(await verifyAudit(store.db, cipher, org)).toMatchObject({ rows: 6 });
    expect((await verifyAudit(store.db, cipher, org)).fault).toBeUndefined();
    await store.db.transact([
      {
        sql: 'update audit_head h set start_no = 6, start_hash = (select hash from audit where org = $1 and no = 6) where org = $1',
        params: [org],
      },
      { sql: 'delete from audit where org = $1 and no <= 6', params: [org] },
    ]);
    expect((await verifyAudit(store.db, cipher, org)).fault).toMatchObject({ fault: 'start', no: 7 });
  });

  test('a hundred entries at once cost a few commits, and a NUL is no reason to lose one', async () => {
    const org = `org-${++serial}`;
    let statements = 0;
    const counting = {
      ...store.db,
      query: (...a: Parameters<Database['query']>) => {
        statements++;
        return store.db.query(...a);
      },
      transact: (s: never) => {
        statements++;
        return store.db.transact(s);
      },
    } as Database;
    const log = logOf(counting);
    await Promise.all(
      Array.from({ length: 100 }, () => log.append({ org, actor: 'a\0b', action: 'x', details: { c: 'd\0' } })),
    );
    await log.drain();
    expect(statements).toBeLessThan(10);
    expect(await verifyAudit(store.db, cipher, org)).toMatchObject({ rows: 100, unlinked: 0 });
  });
});
