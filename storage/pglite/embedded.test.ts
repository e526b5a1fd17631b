import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { StoreInDoubt } from '../port.ts';
import { prepareStore } from '../testing/prepared-store.ts';
import { openPglite } from './database.ts';
import { DataDirectoryLocked } from './lock.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'hub-embedded-'));
  await prepareStore(dataDir);
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

describe('the embedded store', () => {
  test('reaches the disk with every commit: 100 commits make at least 100 fsyncs', async () => {
    const db = await openPglite({ dataDir });
    await db.query('create table t (n int)');
    const before = await db.syncs();
    for (let n = 0; n < 100; n++) await db.query('insert into t values ($1)', [n]);
    expect((await db.syncs()) - before).toBeGreaterThanOrEqual(100);
    await db.close();
  });

  test('is opened by one process only, and the refusal names the directory and what to do', async () => {
    const db = await openPglite({ dataDir, durability: 'none' });
    await expect(openPglite({ dataDir, durability: 'none' })).rejects.toThrow(DataDirectoryLocked);
    await expect(openPglite({ dataDir, durability: 'none' })).rejects.toThrow(/in use by another hub.*--data/);
    await db.close();
    const again = await openPglite({ dataDir, durability: 'none' });
    await again.close();
  });

  test('keeps what it acknowledged when its process is killed, and can be opened at once', async () => {
    const script = `
      import { openPglite } from './storage/pglite/database.ts';
      const db = await openPglite({ dataDir: ${JSON.stringify(dataDir)} });
      await db.query('create table t (n int)');
      for (let n = 0; ; n++) { await db.query('insert into t values ($1)', [n]); process.stdout.write(n + '\\n'); }`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    let last = -1;
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        last = Math.max(last, ...chunk.toString().trim().split('\n').map(Number));
        if (last >= 50) resolve();
      });
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    const db = await openPglite({ dataDir });
    const { rows } = await db.query<{ n: number }>('select max(n) as n, count(*) as c from t');
    expect(Number(rows[0]?.n)).toBeGreaterThanOrEqual(last);
    await db.close();
  }, 60_000);

  test('a call that takes too long is in doubt, and the store comes back by itself', async () => {
    const db = await openPglite({ dataDir, durability: 'none', callTimeoutMs: 1_500 });
    await db.query('create table t (n int)');
    await db.query('insert into t values (1)');
    await expect(db.query('select count(*) from generate_series(1, 100000000000)')).rejects.toThrow(StoreInDoubt);
    expect((await db.query('select n from t')).rows).toEqual([{ n: 1 }]);
    await db.close();
  }, 60_000);
});
