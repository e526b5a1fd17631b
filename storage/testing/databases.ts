import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { createCipher } from '../cipher.ts';
import { ensureEntities, type StoredEntity } from '../entities.ts';
import { migrate } from '../migrate.ts';
import { openPglite } from '../pglite/database.ts';
import type { Database } from '../port.ts';
import { answers, openPostgres } from '../postgres/database.ts';
import { type Content, prepareStore } from './prepared-store.ts';

export const testCipher = createCipher([{ version: 1, key: new Uint8Array(32).fill(7) }]);
export const serverUrl = process.env.HUB_TEST_DATABASE_URL ?? 'postgres://127.0.0.1:5432/test';
const serverThere = await answers(serverUrl);
/** Server back ends are mandatory: what is missing fails instead of being skipped. */
export const mandatory = process.env.HUB_REQUIRE_SERVERS === '1';

export interface TestStore {
  readonly db: Database;
}

/**
 * Runs a suite on both back ends, each with a migrated store of its own that disappears afterwards. Without a server
 * the second run is skipped visibly, or fails where HUB_REQUIRE_SERVERS=1.
 */
export function onEachDatabase(
  title: string,
  entities: readonly StoredEntity[],
  suite: (store: TestStore, kind: 'pglite' | 'postgres') => void,
): void {
  describe(`${title} (embedded)`, () =>
    suite(
      openBefore(() => openTestPglite(), entities),
      'pglite',
    ));
  onServer(title, (open) => suite(openBefore(open, entities), 'postgres'));
}

/** Runs a suite on PostgreSQL only: what one session can't show. */
export function onServer(title: string, suite: (open: () => Promise<OpenedTestDatabase>) => void): void {
  if (serverThere || mandatory) describe(`${title} (PostgreSQL)`, () => suite(openTestPostgres));
  else describe(`${title} (PostgreSQL)`, () => test.skip(`needs a server at ${serverUrl}`, () => {}));
}

export interface OpenedTestDatabase {
  db: Database;
  remove(): Promise<void>;
}

/** A migrated store that is there from before the first test until after the last. */
export function openBefore(open: () => Promise<OpenedTestDatabase>, entities: readonly StoredEntity[]): TestStore {
  let opened: OpenedTestDatabase | undefined;
  beforeAll(async () => {
    opened = await open();
    await migrate(opened.db);
    await ensureEntities(opened.db, entities);
  }, 60_000);
  afterAll(async () => {
    await opened?.remove();
  }, 30_000);
  return {
    get db() {
      if (!opened) throw new Error('The store opens before the first test.');
      return opened.db;
    },
  };
}

export async function openTestPglite(content: Content = 'schema'): Promise<OpenedTestDatabase> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-store-'));
  await prepareStore(dataDir, content);
  const db = await openPglite({ dataDir, durability: 'none' });
  return {
    db,
    remove: async () => {
      await db.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export async function openTestPostgres(): Promise<OpenedTestDatabase> {
  const schema = `hub_test_${randomBytes(6).toString('hex')}`;
  const db = await openPostgres({ url: serverUrl, schema, maxConnections: 5 });
  return {
    db,
    remove: async () => {
      await db.query(`drop schema "${schema}" cascade`);
      await db.close();
    },
  };
}
