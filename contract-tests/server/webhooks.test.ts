import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseConfig } from '../../config/load.ts';
import { connectorSchemas } from '../../connectors/registry.ts';
import { type Hub, startHub } from '../../hub.ts';
import type { Role } from '../../queues/membership.ts';
import { onRedis, redisUrl, removeKeys } from '../../queues/testing/engines.ts';
import { CONTROL_KEY, eventually } from '../hub/harness.ts';
import { ownDatabase } from './own-database.ts';

const EVENTS = 300;
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

onRedis('webhooks of a hub of several processes', () => {
  const redis = { url: redisUrl, prefix: `hubtest-webhooks-${randomBytes(5).toString('hex')}` };
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-server-webhooks-'));
  const hubs: Hub[] = [];
  /** Numbers of the events and ids of the deliveries as they arrived, by path. */
  const received = new Map<string, { n: number; id: string }[]>();
  const refusals = new Map<string, number>();
  let database: Awaited<ReturnType<typeof ownDatabase>>;
  let receiver: Server;
  let base: string;

  const start = async (role: Role): Promise<Hub> => {
    const hub = await startHub({
      config: parseConfig(
        `organisations:\n  - { id: uk, name: УК }\nconnectors: {}\nwebhooks: { allowAddresses: [127.0.0.1/32], timeoutMs: 2000, retryDelaysMs: [50, 100, 200, 400, 800, 1600] }\n`,
        'hub.yaml',
        connectorSchemas(),
        {},
      ),
      dataDir,
      databaseUrl: database.url,
      redis,
      port: 0,
      host: '127.0.0.1',
      active: true,
      role,
      controlKey: CONTROL_KEY,
      log,
    });
    hubs.push(hub);
    return hub;
  };

  beforeAll(async () => {
    receiver = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        const path = req.url ?? '';
        const n = Number(JSON.parse(Buffer.concat(chunks).toString('utf8')).data.details.n);
        const id = String(req.headers['webhook-id']);
        // Every tenth is refused once, before it is counted.
        const refused = `${path} ${id}`;
        if (n % 10 === 0 && !refusals.has(refused)) {
          refusals.set(refused, 1);
          res.writeHead(503).end();
          return;
        }
        received.set(path, [...(received.get(path) ?? []), { n, id }]);
        res.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    database = await ownDatabase();
    await start('api');
    await start('worker');
    await start('worker');
  }, 120_000);
  afterAll(async () => {
    await Promise.all(hubs.map((hub) => hub.close()));
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
    await database.remove();
    await removeKeys(redis);
    rmSync(dataDir, { recursive: true, force: true });
  }, 120_000);

  const endpoint = async (path: string, more: object = {}): Promise<void> => {
    const answer = await fetch(`${hubs[0]?.url}/v1/webhooks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${CONTROL_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ url: `${base}${path}`, ...more }),
    });
    expect(answer.status).toBe(201);
  };
  const numbers = (path: string): number[] => (received.get(path) ?? []).map((r) => r.n);

  test('deliver each event once, in order where that is asked for, though the queue is emptied half-way', async () => {
    await endpoint('/free');
    await endpoint('/ordered', { ordered: true });
    await hubs[0]?.store.db.query(
      `insert into event (org, id, type, entity, data, at)
       select 'uk', gen_random_uuid(), 'accounts.changed', 'PersonalAccount', jsonb_build_object('n', n), now() from generate_series(1, $1::int) n order by n`,
      [EVENTS],
    );
    await eventually(
      async () => Math.min(numbers('/free').length, numbers('/ordered').length),
      (n) => n >= 20,
      60_000,
    );
    await removeKeys(redis);
    await eventually(
      async () => new Set(numbers('/free')).size + new Set(numbers('/ordered')).size,
      (n) => n === 2 * EVENTS,
      120_000,
    );
    const all = Array.from({ length: EVENTS }, (_, i) => i + 1);
    // Nobody cut a delivery after it arrived, so there is nothing that may come twice.
    expect([...numbers('/free')].sort((a, b) => a - b)).toEqual(all);
    expect(numbers('/ordered')).toEqual(all);
    for (const path of ['/free', '/ordered'])
      expect(new Set((received.get(path) ?? []).map((r) => r.id)).size).toBe(EVENTS);
    expect(refusals.size).toBe(EVENTS / 5);
  }, 240_000);
});
