import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseConfig } from '../../config/load.ts';
import { connectorSchemas } from '../../connectors/registry.ts';
import { type Hub, startHub } from '../../hub.ts';
import type { Role } from '../../queues/membership.ts';
import { onRedis, redisUrl, removeKeys } from '../../queues/testing/engines.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { startOnecSimulator } from '../../simulators/onec/simulator.ts';
import { startSmsSimulator } from '../../simulators/sms/simulator.ts';
import { CONTROL_KEY, configText, eventually } from '../hub/harness.ts';
import { ownDatabase } from './own-database.ts';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

onRedis('a hub of several processes', () => {
  const redis = { url: redisUrl, prefix: `hubtest-server-${randomBytes(5).toString('hex')}` };
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-roles-'));
  const started: Hub[] = [];
  let onec: Simulator;
  let sms: Simulator;
  let database: Awaited<ReturnType<typeof ownDatabase>>;
  const start = async (role: Role, drainMs = 0): Promise<Hub> => {
    const hub = await startHub({
      config: parseConfig(configText(onec.url, sms.url), 'hub.yaml', connectorSchemas(), {}),
      dataDir,
      databaseUrl: database.url,
      redis,
      port: 0,
      host: '127.0.0.1',
      active: true,
      role,
      drainMs,
      controlKey: CONTROL_KEY,
      log,
    });
    started.push(hub);
    return hub;
  };
  const ask = async (hub: Hub, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${hub.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${CONTROL_KEY}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of any shape
      body: (text.startsWith('{') ? JSON.parse(text) : text) as any,
    };
  };
  let api: Hub;
  let worker: Hub;

  beforeAll(async () => {
    onec = await startOnecSimulator({ port: 0, accounts: 30, buildings: 2 });
    sms = await startSmsSimulator({ port: 0 });
    database = await ownDatabase();
    api = await start('api');
  }, 120_000);
  afterAll(async () => {
    await Promise.all(started.map((hub) => hub.close()));
    await onec.close();
    await sms.close();
    await database.remove();
    await removeKeys(redis);
    rmSync(dataDir, { recursive: true, force: true });
  }, 120_000);

  const message = (n: number) => ({ channel: 'sms', to: `+7916123${String(n).padStart(4, '0')}`, text: 'Привет' });

  test('an api process accepts and does not work; a worker carries out and takes no requests', async () => {
    const accepted = await ask(api, 'POST', '/v1/messages', message(1));
    expect(accepted.status).toBe(202);
    const pull = await ask(api, 'POST', '/v1/connectors/onec-main/sync', { entity: 'Meter' });
    expect(pull.status).toBe(202);
    const states = async () => (await ask(api, 'GET', '/v1/sync')).body.items;
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect((await ask(api, 'GET', `/v1/operations/${accepted.body.id}`)).body.status).toBe('accepted');
    expect(await states()).toEqual([]);

    worker = await start('worker');
    const done = await eventually(
      async () => (await ask(api, 'GET', `/v1/operations/${accepted.body.id}`)).body.status,
      (status) => status === 'succeeded',
    );
    expect(done).toBe('succeeded');
    const [meters] = await eventually(states, (s) => s.length === 1 && !s[0].running && s[0].progress !== null);
    expect(meters).toMatchObject({ entity: 'Meter', firstLoadDone: true, progress: { phase: 'done' } });
    expect((await ask(api, 'GET', '/v1/meters')).body.items.length).toBeGreaterThan(0);
    expect((await ask(worker, 'GET', '/v1/meters')).status).toBe(404);
    expect((await ask(worker, 'GET', '/openapi.json')).status).toBe(404);
    expect((await ask(worker, 'GET', '/health/ready')).status).toBe(200);
    expect((await ask(worker, 'GET', '/metrics')).body).toContain('hub_operations');
  }, 90_000);

  test('who waits at an api process gets what a worker has ended', async () => {
    for (let n = 10; n < 13; n++)
      expect(await ask(api, 'POST', '/v1/messages', message(n), { prefer: 'wait=30' })).toMatchObject({
        status: 200,
        body: { status: 'succeeded' },
      });
  }, 90_000);

  test('a stopping process fails its readiness first, still answers and asks for new connections, then shuts', async () => {
    const leaving = await start('api', 1_500);
    const { port } = new URL(leaving.url);
    const slow = ask(
      leaving,
      'POST',
      '/v1/messages',
      { ...message(20), notBefore: '2099-01-01T00:00:00Z' },
      { prefer: 'wait=60' },
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    const closing = leaving.close();
    const ready = await ask(leaving, 'GET', '/health/ready');
    expect(ready).toMatchObject({ status: 503, body: { code: 'DRAINING' } });
    expect(ready.headers.get('connection')).toBe('close');
    const late = await ask(leaving, 'POST', '/v1/messages', message(21));
    expect(late.status).toBe(202);
    expect(late.headers.get('connection')).toBe('close');
    // Whoever waits gets what is known, not a cut connection.
    expect((await slow).status).toBe(202);
    await closing;
    const refused = await new Promise((resolve) => {
      connect(Number(port), '127.0.0.1')
        .once('error', () => resolve(true))
        .once('connect', () => resolve(false));
    });
    expect(refused).toBe(true);
    await eventually(
      async () => (await ask(api, 'GET', `/v1/operations/${late.body.id}`)).body.status,
      (status) => status === 'succeeded',
    );
  }, 60_000);
});

test('a role needs a store that processes can share', async () => {
  await expect(
    startHub({
      config: parseConfig(configText('http://127.0.0.1:1', 'http://127.0.0.1:1'), 'hub.yaml', connectorSchemas(), {}),
      dataDir: join(tmpdir(), 'hub-roles-never'),
      port: 0,
      host: '127.0.0.1',
      active: true,
      role: 'worker',
      controlKey: CONTROL_KEY,
      log,
    }),
  ).rejects.toMatchObject({ code: 'ROLE_NEEDS_SERVER' });
});
