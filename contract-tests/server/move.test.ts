import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { migrate } from '../../storage/migrate.ts';
import { openPglite } from '../../storage/pglite/database.ts';
import { openPostgres } from '../../storage/postgres/database.ts';
import { onServer } from '../../storage/testing/databases.ts';
import { prepareStore } from '../../storage/testing/prepared-store.ts';
import { ownDatabase } from './own-database.ts';

const run = promisify(execFile);

onServer('the way from the embedded store to a server', () => {
  test('copies every row, compares counts, refuses a source in use and a target with data, and shuts the old store', async () => {
    const data = mkdtempSync(join(tmpdir(), 'hub-move-'));
    const database = await ownDatabase();
    const hub = async (...args: string[]) => {
      const env = { ...process.env, NODE_OPTIONS: '', DATABASE_URL: database.url };
      try {
        const { stdout } = await run(process.execPath, ['--import', 'tsx', 'cli/main.ts', ...args], { env });
        return { code: 0, out: stdout };
      } catch (error) {
        const { code, stderr } = error as { code: number; stderr: string };
        return { code, out: stderr };
      }
    };
    try {
      await prepareStore(data);
      const source = await openPglite({ dataDir: data, durability: 'none' });
      await migrate(source);
      await source.query(
        `insert into operation (org, id, kind, client, instance, payload, status, due_at, accepted_at, updated_at)
         select 'uk', ('0192f0c4-7a1b-7c3d-8e4f-' || lpad(n::text, 12, '0'))::uuid, 'messages.send', 'app', 'sms', '{}',
           case n when 1 then 'running' else 'accepted' end, now(), now(), now() from generate_series(1, 2500) n`,
      );
      expect(await hub('migrate', '--from', data)).toMatchObject({ code: 1, out: expect.stringMatching(/use|lock/i) });
      await source.close();
      const moved = await hub('migrate', '--from', data);
      expect(moved).toMatchObject({ code: 0, out: expect.stringMatching(/operation\s+2500\s+2500/) });
      const target = await openPostgres({ url: database.url });
      const { rows } = await target.query('select status, count(*) as n from operation group by 1 order by 1');
      await target.close();
      expect(rows).toEqual([
        { status: 'accepted', n: 2499 },
        { status: 'uncertain', n: 1 },
      ]);
      expect(JSON.parse(readFileSync(join(data, 'moved.json'), 'utf8')).to).toContain(new URL(database.url).pathname);
      expect(await hub('migrate', '--from', data)).toMatchObject({
        code: 1,
        out: expect.stringContaining('was moved'),
      });
      rmSync(join(data, 'moved.json'));
      expect(await hub('migrate', '--from', data)).toMatchObject({
        code: 1,
        out: expect.stringContaining('holds data already'),
      });
      expect(await hub('migrate', '--check')).toMatchObject({ code: 0, out: expect.stringContaining('up to date') });
    } finally {
      await database.remove();
      rmSync(data, { recursive: true, force: true });
    }
  }, 240_000);
});
