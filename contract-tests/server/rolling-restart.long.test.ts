import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { redisUrl, removeKeys } from '../../queues/testing/engines.ts';
import { startSmsSimulator } from '../../simulators/sms/simulator.ts';
import { mandatory } from '../../storage/testing/databases.ts';
import { HubApi } from '../chaos/api.ts';
import { sleep } from '../chaos/child.ts';
import { createKey, HubPlace, type HubSetup } from '../chaos/hub-processes.ts';
import { recovered } from '../chaos/recovery.ts';
import { configText } from '../hub/harness.ts';
import { haproxyIsThere, startHaproxy } from './haproxy.ts';
import { ownDatabase } from './own-database.ts';

const ours = haproxyIsThere() || mandatory ? describe : describe.skip;

ours('two api processes and two workers behind HAProxy', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hub-rolling-'));
  const redis = { url: redisUrl, prefix: `hubtest-server-${randomBytes(5).toString('hex')}` };
  const closing: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
    await removeKeys(redis);
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  test('are restarted one after the other under load: no request fails, nothing is lost, nothing happens twice', async () => {
    const database = await ownDatabase();
    closing.push(database.remove);
    const sms = await startSmsSimulator({ port: 0, maxConnections: 500 });
    closing.push(() => sms.close());
    writeFileSync(join(folder, 'hub.yaml'), configText('http://127.0.0.1:1', sms.url));
    const setup: HubSetup = {
      folder,
      program: ['--import', 'tsx', 'cli/main.ts'],
      roles: true,
      sharedData: false,
      fakeTime: false,
      env: {
        DATABASE_URL: database.url,
        REDIS_URL: redis.url,
        REDIS_PREFIX: redis.prefix,
        HUB_MASTER_KEY: randomBytes(32).toString('base64'),
        HUB_DRAIN_MS: '2500',
      },
    };
    const places: HubPlace[] = [];
    for (const [name, role] of [
      ['api-1', 'api'],
      ['worker-1', 'worker'],
      ['api-2', 'api'],
      ['worker-2', 'worker'],
    ] as const)
      places.push(await HubPlace.create(name, role, setup));
    closing.push(() => Promise.all(places.map((p) => p.stop())));
    for (const place of places) place.start();
    await Promise.all(places.map((p) => p.ready()));
    const key = createKey(setup);
    const proxy = await startHaproxy(
      folder,
      places.filter((p) => p.role === 'api').map((p) => p.url),
    );
    closing.push(() => proxy.child.stop('SIGKILL'));
    const api = new HubApi([proxy.url], key);

    const failures: string[] = [];
    const accepted = new Set<string>();
    let requests = 0;
    let isOver = false;
    /** A caller that tries nothing twice. */
    const caller = async (n: number): Promise<void> => {
      for (let i = 0; !isOver; i++) {
        const to = `+79${String(n).padStart(2, '0')}${String(i).padStart(7, '0')}`;
        const [method, path, body] =
          i % 4 === 3
            ? (['GET', '/v1/operations?limit=5', undefined] as const)
            : (['POST', '/v1/messages', { channel: 'sms', to, text: `Сообщение ${n}-${i}` }] as const);
        requests++;
        try {
          const answer = await api.once(method, path, body);
          if (method === 'POST' && answer.status === 202) accepted.add(String(answer.body.id));
          else if (answer.status !== 200)
            failures.push(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
        } catch (error) {
          failures.push(
            `${method} ${path}: ${error instanceof Error ? `${error.message} ${String(error.cause)}` : ''}`,
          );
        }
        await sleep(60);
      }
    };
    const load = Promise.all(Array.from({ length: 6 }, (_, n) => caller(n)));
    for (const place of places) {
      await place.stop();
      place.start();
      await place.ready();
      // The proxy has seen it come back before the next one leaves.
      await sleep(3_000);
    }
    isOver = true;
    await load;
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(200);
    expect(places.map((p) => p.crashes)).toEqual([0, 0, 0, 0]);
    await recovered(api, 60_000, () => {});
    const operations = await api.all('/v1/operations');
    expect(operations.filter((o) => o.status !== 'succeeded')).toEqual([]);
    expect(new Set(operations.map((o) => o.id))).toEqual(accepted);
    expect(sms.effects.report()['sms.sent']).toEqual({ count: accepted.size, distinct: accepted.size });
  }, 600_000);
});
