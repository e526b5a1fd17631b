import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { parseConfig } from '../../config/load.ts';
import { selfSigned } from '../../connectors/kit/testing/certificate.ts';
import { connectorSchemas } from '../../connectors/registry.ts';
import { type Hub, startHub } from '../../hub.ts';
import { type SmppSimulator, type SmppSimulatorOptions, startSmppSimulator } from '../../simulators/smpp/simulator.ts';
import { answers, openPostgres } from '../../storage/postgres/database.ts';
import { serverUrl } from '../../storage/testing/databases.ts';
import { prepareStore } from '../../storage/testing/prepared-store.ts';
import { CONTROL_KEY, eventually as soon } from '../hub/harness.ts';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
let sim: SmppSimulator | undefined;
let hub: Hub | undefined;
/** Where the hub finds the centre when something stands before it. */
let address: string | undefined;
const dataDirs: string[] = [];
let database: { url: string; drop(): Promise<void> } | undefined;
const LIMIT_MS = 60_000;
jest.setTimeout(LIMIT_MS * 2);
const eventually = <T>(ask: () => Promise<T>, wanted: (value: T) => boolean): Promise<T> => soon(ask, wanted, LIMIT_MS);
// A server opens faster than the embedded store; which of them it is makes no difference here.
const server = await answers(serverUrl);
const openssl = spawnSync('openssl', ['version']).status === 0;

/** A database of its own, which disappears afterwards. */
async function ownDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `hub_smpp_${randomBytes(6).toString('hex')}`;
  const run = async (sql: string): Promise<void> => {
    const db = await openPostgres({ url: serverUrl, maxConnections: 1 });
    await db.query(sql).finally(() => db.close());
  };
  await run(`create database ${name}`);
  return {
    url: new URL(`/${name}`, serverUrl).href,
    drop: () => run(`drop database ${name} with (force)`),
  };
}

afterEach(async () => {
  await hub?.close();
  await sim?.close();
  await database?.drop();
  database = undefined;
  for (const dir of dataDirs.splice(0)) rmSync(dir, { recursive: true, force: true });
  hub = undefined;
  sim = undefined;
  address = undefined;
}, LIMIT_MS);

async function start(simulator: Partial<SmppSimulatorOptions> = {}, settings = ''): Promise<void> {
  sim = await startSmppSimulator({ port: 0, deliveredAfterMs: 300, repeatReportMs: 3_000, ...simulator });
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-smpp-'));
  dataDirs.push(dataDir);
  database = server ? await ownDatabase() : undefined;
  if (!database) await prepareStore(dataDir);
  await startHubOn(dataDir, settings);
}

async function startHubOn(dataDir: string, settings = ''): Promise<void> {
  const text = `
organisations:
  - { id: uk, name: УК, timezone: Europe/Moscow }
connectors:
  sms-operator: { system: smpp, organisation: uk, url: "${address ?? sim?.smppUrl}", auth: { systemId: hub, password: sandbox }, sender: UK-PRIMER, perSecond: 0, timeoutMs: 1000 ${settings} }
limits: { quietHours: off }
`;
  hub = await startHub({
    config: parseConfig(text, 'hub.yaml', connectorSchemas(), {}),
    dataDir,
    port: 0,
    host: '127.0.0.1',
    active: true,
    controlKey: CONTROL_KEY,
    log,
    durability: 'none',
    ...(database ? { databaseUrl: database.url } : {}),
    clock: sim?.clock ?? { now: () => Date.now() },
  });
}

// biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of any shape
async function call(method: string, path: string, body?: unknown): Promise<any> {
  const response = await fetch(`${hub?.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${CONTROL_KEY}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.json();
}
const control = (name: string, body: unknown = {}) =>
  fetch(`${sim?.url}/__sim/${name}`, { method: 'POST', body: JSON.stringify(body) }).then((r) => r.json());
const send = async (text: string, to = '+79160000001'): Promise<string> =>
  (await call('POST', '/v1/messages', { channel: 'sms', to, text })).id as string;
const operation = (id: string) => call('GET', `/v1/operations/${id}`);
const message = (id: string) => call('GET', `/v1/messages/${id}`);
const ended = ['delivered', 'undelivered', 'failed', 'expired'];
const settled = (id: string) =>
  eventually(
    () => message(id),
    (m) => ended.includes(m.status),
  );
const eventsOf = async (id: string): Promise<string[]> =>
  (await call('GET', '/v1/changes?after=0&limit=500')).items
    // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of any shape
    .filter((e: any) => e.entityId === id && e.type.startsWith('message.'))
    // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of any shape
    .map((e: any) => e.type);

const long = 'Уважаемый житель! '.repeat(10).trim();

describe('a hub with a message centre', () => {
  test.each([
    [
      'ids in hex and reports in decimal',
      { responseIds: 'hex', reportIds: 'decimal' },
      ', responseIds: hex, reportIds: decimal',
    ],
    ['a report that is faster than the answer', { reportBeforeResponse: true }, ''],
    ['reports without fields', { reportFields: false }, ''],
  ] as const)('follows a text to its delivery: %s', async (_name, simulator, settings) => {
    await start(simulator, settings);
    const id = await send(long);
    const delivered = await settled(id);
    expect(delivered).toMatchObject({ status: 'delivered', segments: 3 });
    expect(delivered.deliveredAt).toMatch(/^\d{4}-.*Z$/);
    expect((await operation(id)).result.upstreamIds).toHaveLength(3);
    expect(sim?.effects.report()['sms.sent']).toEqual({ count: 1, distinct: 1 });
    // Every report once more: nothing happens.
    const { revision } = delivered;
    await control('repeat');
    await eventually(
      async () => sim?.effects.report()['report.acknowledged']?.count ?? 0,
      (n) => n >= 6,
    );
    expect((await message(id)).revision).toBe(revision);
    expect((await eventsOf(id)).filter((t) => t === 'message.delivered')).toEqual(['message.delivered']);
  });

  test('a text of three parts fails when one of them does, in one event', async () => {
    await start();
    const id = await send(long, '+79160000033');
    expect(await settled(id)).toMatchObject({ status: 'undelivered' });
    await eventually(
      async () => sim?.effects.report()['report.acknowledged']?.count ?? 0,
      (n) => n >= 3,
    );
    expect((await eventsOf(id)).filter((t) => t !== 'message.sent')).toEqual(['message.undelivered']);
  });

  test('a lost answer is settled by a report that names our number, and nothing is sent twice', async () => {
    await start({ echo: true }, ', referenceEcho: true');
    sim?.faults.add({ fault: 'cut-after-commit', times: 1, method: 'submit_sm' });
    const id = await send('Отключение воды 5-го');
    expect(await settled(id)).toMatchObject({ status: 'delivered' });
    const op = await eventually(
      () => operation(id),
      (o) => o.status === 'succeeded',
    );
    // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of any shape
    expect(op.attempts.map((a: any) => a.action)).not.toEqual(['send', 'send']);
    expect(sim?.effects.report()['sms.sent']).toEqual({ count: 1, distinct: 1 });
  });

  test('without such reports a lost answer waits until the validity is over, and then a person is asked', async () => {
    await start({}, ', validityMs: 60000, unanswerableMarginMs: 60000');
    sim?.faults.add({ fault: 'cut-after-commit', times: 1, method: 'submit_sm' });
    const id = await send('Отключение воды 6-го');
    await eventually(
      () => operation(id),
      (o) => o.status === 'uncertain',
    );
    sim?.clock.advance(70_000);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await operation(id)).toMatchObject({ status: 'uncertain', waitingFor: 'settle' });
    sim?.clock.advance(3_600_000);
    expect(
      await eventually(
        () => operation(id),
        (o) => o.waitingFor === 'operator',
      ),
    ).toMatchObject({ status: 'uncertain' });
    expect(sim?.effects.report()['sms.sent']).toEqual({ count: 1, distinct: 1 });
  });

  test('by the other policy it is sent again when the first one can not be delivered any more', async () => {
    await start({}, ', validityMs: 60000, unanswerableMarginMs: 60000, whenUnanswerable: resendAfterValidity');
    sim?.faults.add({ fault: 'cut-before-commit', times: 1, method: 'submit_sm' });
    const id = await send('Отключение воды 7-го');
    await eventually(
      () => operation(id),
      (o) => o.status === 'uncertain',
    );
    sim?.clock.advance(3_600_000);
    expect(await settled(id)).toMatchObject({ status: 'delivered' });
    expect(sim?.effects.report()['sms.sent']).toEqual({ count: 1, distinct: 1 });
  });

  test('a text that broke off between parts is completed after a restart, with the same number', async () => {
    await start();
    sim?.faults.add({ fault: 'throttle', method: 'submit_sm', skip: 1 });
    const id = await send(long);
    await eventually(
      () => operation(id),
      (o) => o.status === 'retrying',
    );
    expect(sim?.effects.report()['sms.part']).toEqual({ count: 1, distinct: 1 });
    await hub?.close();
    sim?.faults.clear();
    await startHubOn(dataDirs[0] ?? '');
    sim?.clock.advance(120_000);
    expect(await settled(id)).toMatchObject({ status: 'delivered' });
    expect(sim?.effects.report()['sms.part']).toEqual({ count: 3, distinct: 3 });
    expect(sim?.effects.report()['sms.sent']).toEqual({ count: 1, distinct: 1 });
  });

  test('a link that is cut loses nothing: 40 texts, each once', async () => {
    await start({ window: 5 }, ', window: 5, referenceEcho: true');
    await control('settings', { echo: true });
    const ids = await Promise.all(Array.from({ length: 40 }, (_, n) => send(`Показания до 25-го, ${n}`)));
    sim?.faults.add({ fault: 'cut-after-commit', times: 2, method: 'submit_sm', skip: 5 });
    await control('drop');
    const unsettled: string[] = [];
    for (const id of ids) {
      const status = await eventually(
        async () => {
          const op = await operation(id);
          return op.status === 'uncertain' && !op.waitingFor ? op : op.status;
        },
        (status) => status === 'succeeded' || status === 'uncertain',
      );
      if (status === 'uncertain') unsettled.push(id);
    }
    // What was cut before the centre had it stays uncertain, a window of 5 for each of the three cuts at most;
    // everything else arrived, and nothing twice.
    const { count = 0, distinct = 0 } = sim?.effects.report()['sms.sent'] ?? {};
    expect(count).toBe(distinct);
    expect(unsettled.length).toBeLessThanOrEqual(15);
    expect(count).toBeGreaterThanOrEqual(40 - unsettled.length);
    const state = (await (await fetch(`${sim?.url}/__sim/state`)).json()) as { windowPeak: number };
    expect(state.windowPeak).toBeLessThanOrEqual(5);
  });

  (openssl ? test : test.skip)('speaks TLS, and only with a centre whose certificate it can check', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hub-smpp-tls-'));
    dataDirs.push(folder);
    selfSigned(folder, 'centre', 'IP:127.0.0.1');
    const [key, cert] = ['centre.key', 'centre.pem'].map((name) => readFileSync(join(folder, name), 'utf8'));
    sim = await startSmppSimulator({ port: 0, deliveredAfterMs: 300, repeatReportMs: 3_000 });
    const centre = new URL(sim.smppUrl);
    const front = createServer({ key, cert }, (socket) => {
      const behind = connect(Number(centre.port), centre.hostname);
      socket.pipe(behind).pipe(socket);
      for (const end of [socket, behind])
        end.on('error', () => {
          socket.destroy();
          behind.destroy();
        });
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    address = `smpps://127.0.0.1:${(front.address() as AddressInfo).port}`;
    dataDirs.push(join(folder, 'trusting'), join(folder, 'strange'));
    try {
      await startHubOn(join(folder, 'strange'));
      const [connector] = (await call('GET', '/v1/connectors')).items;
      expect(connector.health).toMatchObject({ ok: false });
      expect(sim.effects.report()).toEqual({});
      await hub?.close();
      await startHubOn(join(folder, 'trusting'), `, tlsCa: ${JSON.stringify(cert)}`);
      expect(await settled(await send(long))).toMatchObject({ status: 'delivered', segments: 3 });
      expect(sim.effects.report()['sms.sent']).toEqual({ count: 1, distinct: 1 });
    } finally {
      await hub?.close();
      await new Promise((resolve) => front.close(resolve));
    }
  });

  test('a preview shows the parts and their bytes, and sends nothing', async () => {
    await start();
    const preview = await call('POST', '/v1/messages?dryRun=true', { channel: 'sms', to: '+79160000001', text: long });
    expect(preview).toMatchObject({ encoding: 'ucs2', segments: 3, concatenation: 'udh' });
    expect(preview.request).toHaveLength(3);
    expect(preview.request[0].pdu).toMatch(/^[0-9a-f]{8}00000004/);
    expect(JSON.stringify(preview)).not.toContain(Buffer.from('sandbox').toString('hex'));
    expect(sim?.effects.report()).toEqual({});
  });
});
