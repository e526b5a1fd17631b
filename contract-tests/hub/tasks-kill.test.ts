import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { migrate } from '../../storage/migrate.ts';
import { openPglite } from '../../storage/pglite/database.ts';
import { prepareStore } from '../../storage/testing/prepared-store.ts';
import { startChildHub } from './child-hub.ts';
import { eventually } from './harness.ts';

test('an answer to many is carried out to its end although the hub is killed in the middle', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hub-tasks-'));
  const data = join(folder, 'data');
  const config = join(folder, 'hub.yaml');
  writeFileSync(config, 'organisations:\n  - { id: uk, name: УК }\nconnectors: {}\n');
  await prepareStore(data);
  const db = await openPglite({ dataDir: data, durability: 'none' });
  await migrate(db);
  await db.query(
    `insert into operation (org, id, kind, client, instance, payload, status, error, accepted_at, updated_at)
     select 'uk', gen_random_uuid(), 'messages.send', 'app', 'sms-main', '{}', 'dead', '{"code":"NETWORK"}', now() - interval '1 hour', now() - interval '1 hour' from generate_series(1, 500)`,
  );
  await db.close();
  let child = startChildHub({ config, data });
  try {
    let hub = await child.ready();
    // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of any shape
    const call = async (path: string, body?: unknown): Promise<any> =>
      (
        await fetch(`${hub.url}${path}`, {
          headers: { authorization: `Bearer ${hub.key}` },
          ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
        })
      ).json();
    const task = (
      await eventually(
        () => call('/v1/tasks?status=open'),
        (a) => a.items[0]?.count === 500,
      )
    ).items[0];
    // The process is killed while the answer is on its way or has just come.
    const answering = call(`/v1/tasks/${task.id}/answer`, { answer: 'cancel', version: task.version }).catch(
      () => undefined,
    );
    await eventually(
      () => call(`/v1/tasks/${task.id}`),
      (a) => (a.progress?.done ?? 0) > 0,
    );
    await child.stop('SIGKILL');
    await answering;
    child = startChildHub({ config, data });
    hub = await child.ready();
    const half = await call(`/v1/tasks/${task.id}`);
    expect(half).toMatchObject({ status: 'answered', progress: { total: 500 } });
    const whole = await eventually(
      () => call(`/v1/tasks/${task.id}`),
      (a) => a.progress.running === false,
      40_000,
    );
    expect(whole.progress).toMatchObject({ done: 500, failed: 0, total: 500 });
    // The job that was begun went on; no second one was made beside it.
    expect((await call('/v1/operations/bulk')).items).toMatchObject([{ status: 'done', done: 500, task: task.id }]);
    expect((await call('/v1/operations?status=dead')).items).toEqual([]);
    expect((await call('/v1/tasks?status=open')).items).toEqual([]);
  } finally {
    await child.stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}, 180_000);
