import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Simulator } from '../../simulators/kit/server.ts';
import { startOnecSimulator } from '../../simulators/onec/simulator.ts';
import { startSmsSimulator } from '../../simulators/sms/simulator.ts';
import { openPglite } from '../../storage/pglite/database.ts';
import { sealedColumns } from '../../storage/sealed-columns.ts';
import { type ChildHub, startChildHub } from './child-hub.ts';
import { configText, eventually } from './harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'hub-rotation-'));
const config = join(folder, 'hub.yaml');
const data = join(folder, 'data');
let onec: Simulator;
let sms: Simulator;
let hub: ChildHub;
let at: { url: string; key: string };

const start = async (): Promise<void> => {
  hub = startChildHub({ config, data });
  at = await hub.ready();
};
const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(`${at.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${at.key}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of any shape
  return { status: response.status, text, body: (text.startsWith('{') ? JSON.parse(text) : undefined) as any };
};
/** Everything sealed that the API shows, in short. */
const seen = async () => {
  const of = async (path: string, ...fields: string[]): Promise<string> => {
    const { items } = (await call('GET', path)).body as { items: Record<string, unknown>[] };
    return `${items.length} ${createHash('sha256')
      .update(JSON.stringify(items.map((i) => fields.map((f) => i[f]))))
      .digest('hex')}`;
  };
  const decided = (await call('GET', `/v1/operations/${made.message}`)).body;
  return {
    customers: await of('/v1/customers?limit=500', 'name', 'phones', 'emails', 'birthDate'),
    accounts: await of('/v1/accounts?limit=500', 'number', 'unifiedNumber'),
    messages: await of('/v1/messages?limit=500', 'to', 'text'),
    operations: await of('/v1/operations?kind=messages.send', 'payload'),
    optOuts: await of('/v1/opt-outs', 'phone', 'reason'),
    webhooks: await of('/v1/webhooks', 'url'),
    file: (await call('GET', `/v1/files/${made.file}`)).text,
    fileName: (await call('GET', `/v1/files/${made.file}/metadata`)).body.name,
    approval: decided.approval.reason,
  };
};
const made = { file: '', message: '' };
const versions = async (): Promise<Record<string, number[]>> => {
  const db = await openPglite({ dataDir: data });
  const found: Record<string, number[]> = {};
  for (const { table, column } of sealedColumns) {
    const { rows } = await db.query<{ v: number }>(
      `select distinct get_byte(${column}, 0) as v from ${table} where ${column} is not null order by 1`,
    );
    if (rows.length > 0) found[`${table}.${column}`] = rows.map((r) => r.v);
  }
  await db.close();
  return found;
};

beforeAll(async () => {
  onec = await startOnecSimulator({ port: 0, accounts: 60, buildings: 2 });
  sms = await startSmsSimulator({ port: 0 });
  writeFileSync(
    config,
    configText(onec.url, sms.url, 'limits: { quietHours: off, brake: { messages.send: { perHour: 3 } } }'),
  );
  await start();
  await call('POST', '/v1/connectors/onec-main/sync', {});
  await eventually(
    () => call('GET', '/v1/sync'),
    (a) => a.body.items.filter((i: { full_at?: string; fullAt?: string }) => i.fullAt ?? i.full_at).length >= 9,
    60_000,
  );
  for (let n = 0; n < 4; n++)
    made.message = (
      await call(
        'POST',
        '/v1/messages',
        { channel: 'sms', to: `+7916000000${n}`, text: `Текст ${n}` },
        { prefer: 'wait=5' },
      )
    ).body.id;
  await call('POST', `/v1/operations/${made.message}/approve`, { reason: 'проверено' });
  await call('POST', '/v1/opt-outs', { phone: '+79165554433', scope: 'debt', reason: 'заявление' });
  await call('POST', '/v1/webhooks', { url: 'https://example.org/hook' });
  made.file = (
    await call('POST', '/v1/files', 'файл', { 'content-disposition': "attachment; filename*=UTF-8''a.pdf" })
  ).body.id;
}, 180_000);
afterAll(async () => {
  await hub.stop('SIGKILL');
  await onec.close();
  await sms.close();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

test('a rotation that is killed goes on, the hub serves meanwhile, and afterwards the new key alone opens everything', async () => {
  const before = await seen();
  expect((await call('POST', '/v1/master-key/rotation', {})).body).toMatchObject({ to: 2, finishedAt: null });
  await hub.stop('SIGKILL');
  expect(readFileSync(join(data, 'master.key'), 'utf8')).toMatch(/^2:.{44},1:.{44}\n$/);
  await start();
  expect(await seen()).toEqual(before);
  expect((await call('GET', '/v1/master-key/rotation')).body.finishedAt).toBeNull();

  expect((await call('POST', '/v1/master-key/rotation', { dropOld: true })).status).toBe(202);
  let isOver = false;
  const asked = (async () => {
    let good = 0;
    while (!isOver) {
      expect((await call('GET', '/v1/customers?limit=50')).status).toBe(200);
      const sent = await call('POST', '/v1/messages?dryRun=true', { channel: 'sms', to: '+79160000001', text: 'x' });
      expect(sent.status).toBe(200);
      good++;
    }
    return good;
  })();
  await eventually(
    () => call('GET', '/v1/master-key/rotation'),
    (a) => a.body.finishedAt !== null,
    60_000,
  );
  isOver = true;
  expect(await asked).toBeGreaterThan(3);
  expect(await seen()).toEqual(before);
  await hub.stop('SIGTERM');
  const found = await versions();
  expect(Object.keys(found).length).toBeGreaterThan(8);
  expect(new Set(Object.values(found).flat())).toEqual(new Set([2]));
  expect(readFileSync(join(data, 'master.key'), 'utf8')).toMatch(/^2:.{44}\n$/);
  await start();
  expect(await seen()).toEqual(before);
  expect((await call('POST', '/v1/audit/verify')).body.fault).toBeNull();
}, 180_000);

test('only the machine of the hub may rotate', async () => {
  const { key } = (await call('POST', '/v1/keys', { name: 'x', scopes: ['*'] })).body;
  expect((await call('POST', '/v1/master-key/rotation', {}, { authorization: `Bearer ${key}` })).status).toBe(403);
});

test('with another key the start is refused and names the version that is needed', async () => {
  await hub.stop('SIGTERM');
  const right = readFileSync(join(data, 'master.key'), 'utf8');
  writeFileSync(join(data, 'master.key'), `1:${Buffer.alloc(32, 1).toString('base64')}\n`);
  hub = startChildHub({ config, data });
  expect(await hub.exit).toBe(1);
  expect(hub.output()).toContain('needs master key version 2');
  writeFileSync(join(data, 'master.key'), right);
}, 60_000);
