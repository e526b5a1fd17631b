import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Cipher } from './cipher.ts';
import { ensureEntities, type StoredEntity } from './entities.ts';
import { type KeySource, keySource, openCipher } from './master-key.ts';
import { migrate } from './migrate.ts';
import { refuseMoved } from './moved.ts';
import { openPglite } from './pglite/database.ts';
import { type Database, StoreInDoubt } from './port.ts';
import { openPostgres } from './postgres/database.ts';
import { settleRestored } from './restored.ts';

const RETRY_MS = 500;

export interface StoreOptions {
  dataDir: string;
  /** A PostgreSQL server; without it the embedded store in `dataDir`. */
  databaseUrl?: string;
  /** Schema on the server. */
  schema?: string;
  entities: readonly StoredEntity[];
  env: NodeJS.ProcessEnv;
  durability?: 'fsync' | 'none';
  /** Longest wait for a server that does not answer yet, milliseconds; 0 by default. */
  patienceMs?: number;
  warn?(message: string, fields: Readonly<Record<string, unknown>>): void;
}

export interface Store {
  db: Database;
  cipher: Cipher;
  keySource: KeySource;
  close(): Promise<void>;
}

/** Opens the store, brings its schema up to date, and proves the master key. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const until = performance.now() + (options.patienceMs ?? 0);
  for (let isTold = false; ; isTold = true) {
    try {
      return await openOnce(options);
    } catch (error) {
      if (!(error instanceof StoreInDoubt) || performance.now() >= until) throw error;
      if (!isTold) options.warn?.('PostgreSQL does not answer yet; waiting for it', { error });
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

async function openOnce(options: StoreOptions): Promise<Store> {
  const { dataDir, databaseUrl, schema, durability } = options;
  if (!databaseUrl) refuseMoved(dataDir);
  const fresh = !databaseUrl && !existsSync(join(dataDir, 'store'));
  const db = databaseUrl
    ? await openPostgres({ url: databaseUrl, ...(schema ? { schema } : {}) })
    : await openPglite({ dataDir, ...(durability ? { durability } : {}) });
  try {
    await migrate(db);
    await ensureEntities(db, options.entities);
    if (await settleRestored(db))
      options.warn?.(
        'this database was restored from a backup; what was not final in it is asked about before anything is sent',
        {},
      );
    const used = await db.query(`select 1 from hub_meta where name = 'master-key-check'`);
    const source = keySource(options.env, dataDir, fresh || used.count === 0);
    const cipher = await openCipher(db, source.read(), source);
    return { db, cipher, keySource: source, close: () => db.close() };
  } catch (error) {
    await db.close();
    throw error;
  }
}
