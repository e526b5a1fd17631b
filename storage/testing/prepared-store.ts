import { createHash, randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { migrate, readMigrations } from '../migrate.ts';
import { openPglite } from '../pglite/database.ts';

/** Version of the embedded engine: another one makes other files. */
const engine = (
  JSON.parse(
    readFileSync(
      join(dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite')), '..', 'package.json'),
      'utf8',
    ),
  ) as { version: string }
).version;

/** What a prepared store holds: the tables of all migrations, or nothing. */
export type Content = 'schema' | 'nothing';

/** A store that was made once on this machine for all tests: making one takes seconds of processor time. */
async function template(content: Content): Promise<string> {
  const migrations = readMigrations();
  const state =
    content === 'nothing'
      ? 'empty'
      : createHash('sha256').update(JSON.stringify(migrations)).digest('hex').slice(0, 12);
  const path = join(tmpdir(), `hub-store-${engine}-${state}-${process.getuid?.() ?? 0}`);
  if (existsSync(path)) return path;
  const own = `${path}.${randomBytes(4).toString('hex')}`;
  const db = await openPglite({ dataDir: own, durability: 'none' });
  if (content === 'schema') await migrate(db, migrations);
  await db.query('checkpoint');
  await db.close();
  try {
    renameSync(join(own, 'store'), path);
  } catch {
    // Another test process was faster; its store is as good.
    if (!existsSync(path)) throw new Error(`The store for tests can't be kept at ${path}.`);
  }
  rmSync(own, { recursive: true, force: true });
  return path;
}

/** Gives a data directory an initialised store without data, so that a test need not wait for one to be made. */
export async function prepareStore(dataDir: string, content: Content = 'schema'): Promise<void> {
  mkdirSync(dataDir, { recursive: true });
  cpSync(await template(content), join(dataDir, 'store'), { recursive: true });
}
