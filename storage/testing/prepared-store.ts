import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

/** An empty store that was initialised once on this machine; making one takes seconds of processor time. */
async function template(): Promise<string> {
  const path = join(tmpdir(), `hub-empty-store-${engine}-${process.getuid?.() ?? 0}`);
  if (existsSync(path)) return path;
  const own = `${path}.${randomBytes(4).toString('hex')}`;
  const db = await openPglite({ dataDir: own, durability: 'none' });
  await db.close();
  try {
    renameSync(join(own, 'store'), path);
  } catch {
    // Another test process was faster; its store is as good.
    if (!existsSync(path)) throw new Error(`The empty store for tests can't be kept at ${path}.`);
  }
  rmSync(own, { recursive: true, force: true });
  return path;
}

/** Gives a data directory an initialised, empty store (no schema yet), so that a test need not wait for one to be made. */
export async function prepareStore(dataDir: string): Promise<void> {
  mkdirSync(dataDir, { recursive: true });
  cpSync(await template(), join(dataDir, 'store'), { recursive: true });
}
