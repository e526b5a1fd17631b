import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseConfig } from '../../config/load.ts';
import { connectorKinds, connectorSchemas } from '../../connectors/registry.ts';
import { type Hub, startHub } from '../../hub.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { startOnecSimulator } from '../../simulators/onec/simulator.ts';
import { startSmsSimulator } from '../../simulators/sms/simulator.ts';
import { prepareStore } from '../../storage/testing/prepared-store.ts';
import { CONTROL_KEY, configText, eventually } from './harness.ts';

/** Stands before an upstream, and lets it say other things than it does. */
class Ventriloquist {
  rewrite: (path: string, text: string) => string = (_path, text) => text;
  /** Answers instead of the upstream, when set. */
  status: number | undefined;
  calls: string[] = [];
  readonly #server: Server;

  constructor(target: string) {
    this.#server = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', async () => {
        const path = String(req.url);
        this.calls.push(decodeURIComponent(path.split('?')[0] ?? ''));
        if (this.status !== undefined) return void res.writeHead(this.status).end();
        const { host: _host, 'content-length': _length, connection: _connection, ...headers } = req.headers;
        const answer = await fetch(`${target}${path}`, {
          method: String(req.method),
          headers: headers as Record<string, string>,
          ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
        });
        const body = this.rewrite(path, await answer.text());
        const type = answer.headers.get('content-type');
        const cookie = answer.headers.get('set-cookie');
        res.writeHead(answer.status, {
          ...(type ? { 'content-type': type } : {}),
          ...(cookie ? { 'set-cookie': cookie } : {}),
        });
        res.end(body);
      });
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

let hub: Hub;
let simulators: Simulator[];
let onec: Ventriloquist;
let sms: Ventriloquist;
const dataDir = mkdtempSync(join(tmpdir(), 'hub-drift-'));

beforeAll(async () => {
  const [base, gateway] = [
    await startOnecSimulator({ port: 0, accounts: 5, buildings: 1 }),
    await startSmsSimulator({ port: 0 }),
  ];
  simulators = [base, gateway];
  onec = new Ventriloquist(base.url);
  sms = new Ventriloquist(gateway.url);
  await prepareStore(dataDir);
  hub = await startHub({
    config: parseConfig(
      configText(await onec.listen(), await sms.listen()),
      'hub.yaml',
      connectorSchemas(),
      {},
      connectorKinds(),
    ),
    dataDir,
    port: 0,
    host: '127.0.0.1',
    active: true,
    controlKey: CONTROL_KEY,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    durability: 'none',
  });
}, 90_000);
afterAll(async () => {
  await hub.close();
  onec.close();
  sms.close();
  for (const simulator of simulators) await simulator.close();
  rmSync(dataDir, { recursive: true, force: true });
}, 60_000);

const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(`${hub.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${CONTROL_KEY}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of any shape
  return (await response.json()) as any;
};
const canaries = async () =>
  Object.fromEntries(
    (await call('GET', '/v1/overview')).connectors.map((c: { instance: string; canary: object }) => [
      c.instance,
      c.canary,
    ]),
  );
/** Lets the clock of the daily look strike, and waits until it has ended. */
const strike = async (name = 'canary'): Promise<void> => {
  const before = await canaries();
  await eventually(
    async () => (await hub.store.db.query('select 1 from schedule where name = $1', [name])).count,
    (n) => n === 1,
  );
  await hub.store.db.query(`update schedule set next_at = now() - interval '1 minute' where name = $1`, [name]);
  await eventually(
    canaries,
    (now) => Object.keys(now).every((c) => now[c] !== null && now[c].at !== before[c]?.at),
    30_000,
  );
};
const tasks = async () => (await call('GET', '/v1/tasks?status=open&kind=drift')).items;
const drift = async () =>
  (
    await hub.store.db.query(
      'select instance, place, kind, what, sample, count from drift order by instance, place, what',
    )
  ).rows;

test('a look at each upstream is written down, and nothing is new at the first', async () => {
  await strike();
  expect(await canaries()).toEqual({
    'onec-main': { ok: true, code: null, version: null, at: expect.any(String), okAt: expect.any(String) },
    'sms-main': { ok: true, code: null, version: null, at: expect.any(String), okAt: expect.any(String) },
  });
  expect(await drift()).toEqual([]);
  expect(sms.calls.filter((p) => p !== '/sys/balance.php')).toEqual([]);
  expect((await call('GET', '/v1/connectors')).items[0].canary).toMatchObject({ ok: true });
}, 60_000);

test('an upstream that is broken is noticed by the look, and looked at again soon', async () => {
  sms.status = 503;
  await strike();
  const { 'sms-main': broken, 'onec-main': fine } = await canaries();
  expect(broken).toMatchObject({ ok: false, code: 'SMSC_UNAVAILABLE', okAt: expect.any(String) });
  expect(fine).toMatchObject({ ok: true });
  const metric = /^hub_canary_failed\{connector="sms-main"\} (\d)$/m;
  await eventually(
    async () => metric.exec(await (await fetch(`${hub.url}/metrics`)).text())?.[1],
    (value) => value === '1',
  );
  sms.status = undefined;
  await hub.store.db.query(`update schedule set next_at = now() - interval '1 minute' where name = 'canary-again'`);
  const mended = await eventually(canaries, (now) => now['sms-main'].ok === true, 20_000);
  // What was well is left alone.
  expect(mended['onec-main']).toEqual(fine);
}, 90_000);

test('a new field, a field that is gone and a set that is gone are one task a place, and records go on', async () => {
  const account = 'Catalog_КВП_ЛицевыеСчета';
  onec.rewrite = (path, text) => {
    if (!path.includes('$metadata')) return text;
    return text
      .replace(
        new RegExp(`(<EntityType[^>]*Name="${account}"[^>]*>.*?)(<Property )`, 's'),
        '$1<Property Name="НовоеПоле" Type="Edm.Decimal"/>$2',
      )
      .replace(/<EntitySet [^>]*Name="Catalog_УПЖКХ_ПриборыУчета"[^>]*\/>/, '')
      .replaceAll('Name="ЖилаяПлощадь"', 'Name="ПлощадьЖилая"');
  };
  await strike();
  const found = await eventually(drift, (rows) => rows.some((r) => r.kind === 'field'));
  expect(found[0]).toMatchObject({
    instance: 'onec-main',
    place: account,
    what: 'НовоеПоле',
    sample: 'Edm.Decimal',
  });
  expect(found.map((r) => `${r.place}: ${r.what}`)).toEqual([
    'Catalog_КВП_ЛицевыеСчета: НовоеПоле',
    'Catalog_УПЖКХ_Помещения: ЖилаяПлощадь (gone)',
    'Catalog_УПЖКХ_Помещения: ПлощадьЖилая',
    'Catalog_УПЖКХ_ПриборыУчета: Catalog_УПЖКХ_ПриборыУчета',
  ]);
  const open = await eventually(tasks, (list) => list.length === 3);
  const task = open.find((t: { facts: { place: string } }) => t.facts.place === account);
  expect(task).toMatchObject({ kind: 'drift', instance: 'onec-main', answers: [{ id: 'known' }] });
  expect(task.reason.ru).toContain('НовоеПоле');
  expect(await hub.sync.run({ instance: 'onec-main', entity: 'PersonalAccount' })).toBeTruthy();
  expect((await call('GET', '/v1/accounts')).items.length).toBeGreaterThan(0);
  expect((await call('GET', '/v1/quarantine')).items).toEqual([]);
}, 90_000);

test('what a person knows of is not told again, however often it is seen', async () => {
  for (const task of await tasks())
    await call('POST', `/v1/tasks/${task.id}/answer`, { answer: 'known', version: task.version });
  await eventually(tasks, (list) => list.length === 0);
  await strike();
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(await tasks()).toEqual([]);
}, 60_000);

test('an unknown delivery status is told of once, and the message keeps the status it had', async () => {
  sms.rewrite = (path, text) => (path.includes('status.php') ? text.replace(/"status":-?\d+/g, '"status":77') : text);
  const send = (n: number) =>
    call('POST', '/v1/messages', { channel: 'sms', to: `+7916123000${n}`, text: `Привет ${n}` }, { prefer: 'wait=10' });
  const sent = [await send(1), await send(2)];
  expect(sent.map((op) => op.status)).toEqual(['succeeded', 'succeeded']);
  const [row] = await eventually(
    async () => (await drift()).filter((r) => r.instance === 'sms-main'),
    (rows) => Number(rows[0]?.count ?? 0) >= 3,
    40_000,
  );
  expect(row).toMatchObject({ place: 'status', kind: 'code', what: '77', sample: '00' });
  const [task] = await eventually(tasks, (list) => list.length > 0);
  expect(await tasks()).toHaveLength(1);
  expect(task).toMatchObject({ instance: 'sms-main', facts: { place: 'status', what: '77' } });
  expect((await call('GET', `/v1/messages/${sent[0].id}`)).status).toMatch(/^(accepted|sent)$/);
  const alert = await eventually(
    async () => (await call('GET', '/v1/alerts')).items.filter((a: { name: string }) => a.name === 'HubDrift'),
    (list) => list.length === 1,
    40_000,
  );
  expect(alert[0]).toMatchObject({ labels: { connector: 'sms-main' }, value: 1 });
}, 120_000);
