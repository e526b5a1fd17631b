import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildIndex } from './build-index.ts';
import type { Database, Statement } from './port.ts';

/** The store was written by a newer version of the hub, in a way that this version can't read. */
export class NewerStore extends Error {}

export interface Migration {
  version: number;
  name: string;
  statements: readonly string[];
  /** Versions of the hub that don't know it can't use the store any more. A file says so by a line `-- breaking`. */
  isBreaking?: boolean;
}

/** The numbered SQL files beside this module, in order. */
export function readMigrations(folder = new URL('./migrations/', import.meta.url)): Migration[] {
  const path = fileURLToPath(folder);
  return readdirSync(path)
    .filter((name) => /^\d{4}-.+\.sql$/.test(name))
    .sort()
    .map((name) => {
      const text = readFileSync(`${path}/${name}`, 'utf8');
      return {
        version: Number(name.slice(0, 4)),
        name: name.slice(5, -4),
        statements: split(text),
        ...(/^-- breaking\b/m.test(text) ? { isBreaking: true } : {}),
      };
    });
}

/** Statements of a file. Our migrations have no semicolon inside a literal or body. */
function split(sql: string): string[] {
  return sql
    .replace(/--.*$/gm, '')
    .split(';')
    .map((s) => s.trim())
    .filter((s) => s !== '');
}

/** Two processes of a server start at once; the second waits here. Harmless on the embedded store. */
const LOCK: Statement = { sql: 'select pg_advisory_xact_lock(7424100)' };
/** A change of a table that waits for a long reader would make everybody else wait behind it: it gives up and comes again. */
const LOCK_TIMEOUT: Statement = { sql: `set local lock_timeout = '3s'` };
const LOCK_TRIES = 40;
/** SQLSTATE unique_violation: another process was faster. lock_not_available: see above. */
const UNIQUE_VIOLATION = '23505';
const LOCK_NOT_AVAILABLE = '55P03';

const isConcurrent = (sql: string): boolean => /^(create( unique)?|drop) index concurrently\b/i.test(sql);

/**
 * Brings the schema up to this version of the hub. What a migration does to tables is one transaction; what it does to
 * indexes `concurrently` comes after it, and readers and writers go on meanwhile.
 *
 * @returns versions that were applied now
 * @throws NewerStore when the store knows a breaking migration that this code doesn't
 */
export async function migrate(db: Database, migrations: readonly Migration[] = readMigrations()): Promise<number[]> {
  await db.transact([
    LOCK,
    {
      sql: 'create table if not exists hub_migration (version int primary key, name text not null, applied_at timestamptz not null)',
    },
    { sql: 'alter table hub_migration add column if not exists is_breaking boolean not null default false' },
    { sql: 'alter table hub_migration add column if not exists is_pending boolean not null default false' },
  ]);
  const applied: number[] = [];
  for (const migration of migrations) {
    const rows = await appliedTo(db);
    refuseNewer(rows, migrations);
    const done = rows.find((r) => r.version === migration.version);
    if (done && !done.isPending) continue;
    const concurrent = migration.statements.filter(isConcurrent);
    if (!done && (await apply(db, migration, concurrent.length > 0))) applied.push(migration.version);
    // A process that died in the middle left the mark, and the next one ends what it began.
    for (const sql of concurrent) await buildIndex(db, sql);
    if (concurrent.length > 0)
      await db.query('update hub_migration set is_pending = false where version = $1', [migration.version]);
  }
  return applied;
}

/** Migrations that {@link migrate} would apply or end; nothing is changed. @throws NewerStore */
export async function pendingMigrations(
  db: Database,
  migrations: readonly Migration[] = readMigrations(),
): Promise<Migration[]> {
  const there = await db.query(`select to_regclass('hub_migration') is not null as there`);
  if (!there.rows[0]?.there) return [...migrations];
  const rows = await appliedTo(db);
  refuseNewer(rows, migrations);
  return migrations.filter((m) => rows.find((r) => r.version === m.version)?.isPending !== false);
}

interface Applied {
  version: number;
  isBreaking: boolean;
  isPending: boolean;
}

async function appliedTo(db: Database): Promise<Applied[]> {
  // By way of json, since an older version's table lacks the columns.
  const { rows } = await db.query<{ m: { version: number; is_breaking?: boolean; is_pending?: boolean } }>(
    'select to_jsonb(m) as m from hub_migration m',
  );
  return rows.map(({ m }) => ({
    version: m.version,
    isBreaking: m.is_breaking === true,
    isPending: m.is_pending === true,
  }));
}

function refuseNewer(rows: readonly Applied[], migrations: readonly Migration[]): void {
  const known = migrations.at(-1)?.version ?? 0;
  const newer = rows.find((r) => r.version > known && r.isBreaking);
  if (newer)
    throw new NewerStore(
      `The store has schema ${newer.version}, which this hub (schema ${known}) can't read. Start the newer hub, or restore a backup made by this version.`,
    );
}

/** Returns false when another process was faster. */
async function apply(db: Database, migration: Migration, isPending: boolean): Promise<boolean> {
  const statements: Statement[] = [
    LOCK,
    LOCK_TIMEOUT,
    // Fails when another process was faster, and then nothing of this transaction remains.
    {
      sql: 'insert into hub_migration (version, name, applied_at, is_breaking, is_pending) values ($1, $2, now(), $3, $4)',
      params: [migration.version, migration.name, migration.isBreaking === true, isPending],
    },
    ...migration.statements.filter((sql) => !isConcurrent(sql)).map((sql) => ({ sql })),
  ];
  for (let tries = 1; ; tries++) {
    try {
      await db.transact(statements);
      return true;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === UNIQUE_VIOLATION) return false;
      if (code !== LOCK_NOT_AVAILABLE || tries >= LOCK_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}
