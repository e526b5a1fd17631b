import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { BackupError, backupStore, restoreStore } from './backup.ts';
import { ensureEntities } from './entities.ts';
import { migrate } from './migrate.ts';
import type { Database } from './port.ts';
import { type OpenedTestDatabase, onEachDatabase, openTestPglite } from './testing/databases.ts';

const entities = [{ name: 'Building', filters: [] }];
let folder: string;
let target: OpenedTestDatabase;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hub-backup-'));
  target = await openTestPglite();
  await migrate(target.db);
  await ensureEntities(target.db, entities);
}, 90_000);
afterEach(async () => {
  await target.remove();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const at = new Date('2026-11-24T10:00:00Z');
const id = (n: number): string => `0192f0c4-7a1b-7c3d-8e4f-${String(n).padStart(12, '0')}`;

async function fill(db: Database): Promise<void> {
  for (const [n, status] of ['succeeded', 'running', 'accepted'].entries()) {
    await db.query(
      `insert into operation (org, id, kind, client, instance, payload, personal, status, due_at, accepted_at, updated_at) values ('uk', $1, 'messages.send', 'app', 'sms', $2, $3, $4, $5, $5, $5) on conflict do nothing`,
      [id(n), JSON.stringify({ text: 'ёлка "x"\n\t\\' }), Uint8Array.of(0, 255, 10), status, at],
    );
  }
  await db.query(
    `insert into record (org, entity, id, canonical, changed_at, pulled_at) select 'uk', 'Building', ('0192f0c4-7a1b-7c3d-8e4f-' || lpad(n::text, 12, '0'))::uuid, jsonb_build_object('n', n), $1::timestamptz, $1::timestamptz from generate_series(1, 4500) n on conflict do nothing`,
    [at],
  );
}

onEachDatabase('a backup', entities, (store) => {
  test('is restored into an embedded store row by row, and what was under way becomes uncertain', async () => {
    await fill(store.db);
    const file = join(folder, 'b.gz');
    const rows = await backupStore(store.db, file, at);
    expect(rows).toMatchObject({ operation: 3, record: 4500 });
    await restoreStore(target.db, file, at);
    const read = (db: Database) =>
      db.query(
        `select id, payload, personal, canonical from operation full join (select id as r, canonical from record where entity = 'Building') b on false order by id, canonical->>'n' limit 50`,
      );
    expect((await read(target.db)).rows).toEqual((await read(store.db)).rows);
    const { rows: states } = await target.db.query('select status, uncertain_since from operation order by id');
    expect(states.map((s) => s.status)).toEqual(['succeeded', 'uncertain', 'uncertain']);
    // New rows get numbers above the restored ones.
    await target.db.query(
      `insert into operation (org, id, kind, client, instance, payload, status, accepted_at, updated_at) values ('uk', $1, 'k', 'c', 'i', '{}', 'accepted', $2, $2)`,
      [id(99), at],
    );
    const { rows: seq } = await target.db.query('select count(distinct seq) as n from operation');
    expect(seq[0]?.n).toBe(4);
    await expect(restoreStore(target.db, file, at)).rejects.toThrow('holds data already');
  });

  test('into which nothing was written since leaves alone what was not under way', async () => {
    await fill(store.db);
    const file = join(folder, 'b.gz');
    await backupStore(store.db, file, at);
    await restoreStore(target.db, file, at, 'move');
    const { rows } = await target.db.query('select status, waiting_for from operation order by id');
    expect(rows).toEqual([
      { status: 'succeeded', waiting_for: null },
      { status: 'uncertain', waiting_for: 'settle' },
      { status: 'accepted', waiting_for: null },
    ]);
  });

  test('that was cut or altered restores nothing', async () => {
    await fill(store.db);
    const file = join(folder, 'b.gz');
    await backupStore(store.db, file, at);
    const text = gunzipSync(readFileSync(file)).toString();
    const damaged = [text.slice(0, -200), text.replace('"accepted"', '"dead"'), 'nonsense'];
    for (const content of damaged) {
      writeFileSync(file, gzipSync(content));
      await expect(restoreStore(target.db, file, at)).rejects.toThrow(BackupError);
    }
    expect((await target.db.query('select 1 from operation')).count).toBe(0);
  });
});
