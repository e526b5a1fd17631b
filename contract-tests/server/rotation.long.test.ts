import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { onRedis, redisUrl, removeKeys } from '../../queues/testing/engines.ts';
import { startSmsSimulator } from '../../simulators/sms/simulator.ts';
import { openPostgres } from '../../storage/postgres/database.ts';
import { sealedColumns } from '../../storage/sealed-columns.ts';
import { HubApi } from '../chaos/api.ts';
import { sleep, startChild, until } from '../chaos/child.ts';
import { createKey, HubPlace, type HubSetup } from '../chaos/hub-processes.ts';
import { recovered } from '../chaos/recovery.ts';
import { configText } from '../hub/harness.ts';
import { ownDatabase } from './own-database.ts';

onRedis('the master key of a hub of several processes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hub-rotation-server-'));
  const redis = { url: redisUrl, prefix: `hubtest-server-${randomBytes(5).toString('hex')}` };
  const closing: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
    await removeKeys(redis);
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  test('is rotated under load although the rotating process is killed: the others go on, and the old key opens nothing afterwards', async () => {
    const database = await ownDatabase();
    closing.push(database.remove);
    const sms = await startSmsSimulator({ port: 0 });
    closing.push(() => sms.close());
    writeFileSync(join(folder, 'hub.yaml'), configText('http://127.0.0.1:1', sms.url));
    const [old, fresh] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
    const setupWith = (keys: string): HubSetup => ({
      folder,
      program: ['--import', 'tsx', 'cli/main.ts'],
      roles: true,
      sharedData: false,
      fakeTime: false,
      env: { DATABASE_URL: database.url, REDIS_URL: redis.url, REDIS_PREFIX: redis.prefix, HUB_MASTER_KEY: keys },
    });
    // The store is made with the old key alone; then every process gets both, as the guide says.
    const key = createKey(setupWith(`1:${old}`));
    const setup = setupWith(`2:${fresh},1:${old}`);
    const api = await HubPlace.create('api', 'api', setup);
    const worker = await HubPlace.create('worker', 'worker', setup);
    const rotating = await HubPlace.create('rotating', 'api', setup);
    const places = [api, worker, rotating];
    closing.push(() => Promise.all(places.map((p) => p.stop())));
    for (const place of places) place.start();
    await Promise.all(places.map((p) => p.ready()));
    const hub = new HubApi([api.url], key);

    const failures: string[] = [];
    const accepted: string[] = [];
    let isOver = false;
    const load = (async () => {
      for (let i = 0; !isOver; i++) {
        const message = { channel: 'sms', to: `+7916${String(i).padStart(7, '0')}`, text: `Сообщение ${i}` };
        const sent = await hub.once('POST', '/v1/messages', message);
        if (sent.status === 202) accepted.push(String(sent.body.id));
        else failures.push(`${sent.status} ${JSON.stringify(sent.body)}`);
        const read = await hub.once('GET', '/v1/messages?limit=20');
        if (read.status !== 200) failures.push(`${read.status} ${JSON.stringify(read.body)}`);
        await sleep(40);
      }
    })();
    await until('some messages', 60_000, async () => accepted.length > 40);

    const rotate = () =>
      startChild(
        'hub keys rotate-master',
        process.execPath,
        [
          ...setup.program,
          ...['keys', 'rotate-master', '--config', join(folder, 'hub.yaml')],
          ...['--data', join(folder, 'rotating/data')],
        ],
        { env: { ...process.env, NODE_OPTIONS: '', ...setup.env } },
      );
    const db = await openPostgres({ url: database.url });
    closing.push(() => db.close());
    const state = async (): Promise<{ to: number; finishedAt: string | null } | undefined> =>
      (
        await db.query<{ value: { to: number; finishedAt: string | null } }>(
          `select value from hub_meta where name = 'rotation'`,
        )
      ).rows[0]?.value;
    const first = rotate();
    await until('the rotation has begun', 60_000, async () => (await state())?.to === 2);
    await rotating.kill();
    await first.exited;
    expect(await state()).toMatchObject({ to: 2, finishedAt: null });
    const before = accepted.length;
    await until('the others go on', 60_000, async () => accepted.length > before + 20);

    rotating.start();
    await rotating.ready();
    const second = rotate();
    await second.exited;
    expect(second.tail()).toContain('master key version 2');
    expect((await state())?.finishedAt).not.toBeNull();
    isOver = true;
    await load;
    expect(failures).toEqual([]);
    expect([api.crashes, worker.crashes]).toEqual([0, 0]);
    await recovered(hub, 60_000, () => {});
    expect(sms.effects.report()['sms.sent']).toEqual({ count: accepted.length, distinct: accepted.length });
    const versions = new Set<number>();
    for (const { table, column } of sealedColumns)
      for (const { v } of (
        await db.query<{ v: number }>(
          `select distinct get_byte(${column}, 0) as v from ${table} where ${column} is not null`,
        )
      ).rows)
        versions.add(v);
    expect(versions).toEqual(new Set([2]));

    await Promise.all(places.map((p) => p.stop()));
    const stale = startChild(
      'with the old key',
      process.execPath,
      [...setup.program, 'serve', '--config', join(folder, 'hub.yaml'), '--data', join(folder, 'stale'), '--port', '0'],
      { env: { ...process.env, NODE_OPTIONS: '', ...setupWith(`1:${old}`).env } },
    );
    await stale.exited;
    expect(stale.tail()).toContain('needs master key version 2');
    const renewed = await HubPlace.create('renewed', 'api', setupWith(`2:${fresh}`));
    closing.push(() => renewed.stop());
    renewed.start();
    await renewed.ready();
    const page = await new HubApi([renewed.url], key).sure('GET', '/v1/messages?limit=1');
    expect(JSON.stringify(page.items)).toContain('+7916');
  }, 400_000);
});
