import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Database, Statement } from './port.ts';

/** The store was written by a newer version of the hub. */
export class NewerStore extends Error {}

export interface Migration {
  version: number;
  name: string;
  statements: readonly string[];
}

/** The numbered SQL files beside this module, in order. */
export function readMigrations(folder = new URL('./migrations/', import.meta.url)): Migration[] {
  const path = fileURLToPath(folder);
  return readdirSync(path)
    .filter((name) => /^\d{4}-.+\.sql$/.test(name))
    .sort()
    .map((name) => ({
      version: Number(name.slice(0, 4)),
      name: name.slice(5, -4),
      statements: split(readFileSync(`${path}/${name}`, 'utf8')),
    }));
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

/**
 * Brings the schema up to this version of the hub, one transaction a migration.
 * @returns versions that were applied now
 * @throws NewerStore when the store knows migrations that this code doesn't
 */
export async function migrate(db: Database, migrations: readonly Migration[] = readMigrations()): Promise<number[]> {
  await db.transact([
    LOCK,
    {
      sql: 'create table if not exists hub_migration (version int primary key, name text not null, applied_at timestamptz not null)',
    },
  ]);
  const applied: number[] = [];
  for (const migration of migrations) {
    const done = new Set(
      (await db.query<{ version: number }>('select version from hub_migration')).rows.map((r) => r.version),
    );
    const newest = Math.max(0, ...done);
    const known = migrations.at(-1)?.version ?? 0;
    if (newest > known)
      throw new NewerStore(
        `The store has schema ${newest}, this hub knows ${known}. Start the newer hub, or restore a backup made by this version.`,
      );
    if (done.has(migration.version)) continue;
    try {
      await db.transact([
        LOCK,
        // Fails when another process was faster, and then nothing of this transaction remains.
        {
          sql: 'insert into hub_migration (version, name, applied_at) values ($1, $2, now())',
          params: [migration.version, migration.name],
        },
        ...migration.statements.map((sql) => ({ sql })),
      ]);
      applied.push(migration.version);
    } catch (error) {
      if ((error as { code?: string }).code !== '23505') throw error;
    }
  }
  return applied;
}
