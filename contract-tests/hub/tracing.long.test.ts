import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseConfig } from '../../config/load.ts';
import { connectorKinds, connectorSchemas } from '../../connectors/registry.ts';
import { type Hub, startHub } from '../../hub.ts';
import { startOnecSimulator } from '../../simulators/onec/simulator.ts';
import { startSmsSimulator } from '../../simulators/sms/simulator.ts';
import { onServer } from '../../storage/testing/databases.ts';
import { prepareStore } from '../../storage/testing/prepared-store.ts';
import { ownDatabase } from '../server/own-database.ts';
import { CONTROL_KEY, configText, eventually, startTestHub, type TestHub } from './harness.ts';
import { type ReceivedSpan, startOtlpReceiver } from './otlp-receiver.ts';

const newTrace = (): string => randomBytes(16).toString('hex');
const parentOf = (traceId: string, flags = '01'): string => `00-${traceId}-${'b7'.repeat(8)}-${flags}`;
const planted = [
  '+79031112233',
  '79031112233',
  '9031112233',
  'Загребайло',
  '9205771133',
  'evlampia@example.ru',
  'hub-sandbox',
];
const leaks = (text: string): string[] =>
  planted.filter((p) => text.includes(p) || text.includes(encodeURIComponent(p)));

/** Stands between the hub and its upstream, and notes the trace header of each call. */
async function startTap(
  target: string,
): Promise<{ url: string; server: Server; traceparents: (string | undefined)[] }> {
  const traceparents: (string | undefined)[] = [];
  const to = new URL(target);
  const server = createServer((req, res) => {
    traceparents.push(req.headers.traceparent as string | undefined);
    const onward = httpRequest(
      { host: to.hostname, port: to.port, method: req.method, path: req.url, headers: req.headers },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
      },
    );
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, traceparents };
}

/** Names of the spans from the outermost to one of this name. */
function pathTo(spans: readonly ReceivedSpan[], name: string): string[] {
  const path: string[] = [];
  for (let at = spans.find((s) => s.name === name); at; at = spans.find((s) => s.spanId === at?.parentSpanId))
    path.unshift(at.name);
  return path;
}

describe('a hub with tracing', () => {
  let t: TestHub;
  let collector: Awaited<ReturnType<typeof startOtlpReceiver>>;

  beforeAll(async () => {
    collector = await startOtlpReceiver();
    t = await startTestHub({
      accounts: 10,
      extra: `
limits: { quietHours: off }
webhooks: { allowAddresses: [127.0.0.0/8] }
tracing: { endpoint: "${collector.url}", headers: { x-collector-key: "\${COLLECTOR_KEY:-secret}" } }`.replace(
        '${COLLECTOR_KEY:-secret}',
        'collector-secret',
      ),
    });
    await t.hub.sync.run({ instance: 'onec-main' });
  }, 90_000);
  afterAll(async () => {
    await t.stop();
    await collector.stop();
  }, 30_000);

  const message = (more: object = {}) => ({
    channel: 'sms',
    to: '+79031112233',
    text: `Евлампия Загребайло, паспорт 9205771133, evlampia@example.ru ${randomBytes(3).toString('hex')}`,
    purpose: 'accident',
    ...more,
  });
  const send = (traceId: string, body: object = message(), headers: Record<string, string> = {}) =>
    t.call('POST', '/v1/messages', body, { prefer: 'wait=10', traceparent: parentOf(traceId), ...headers });
  const received = (traceId: string, wanted: string) =>
    eventually(
      async () => collector.of(traceId),
      (spans) => spans.some((s) => s.name === wanted),
    );

  test('one trace leads from the caller to the call upstream', async () => {
    const traceId = newTrace();
    const { body } = await send(traceId);
    expect(body.status).toBe('succeeded');
    await received(traceId, 'POST /v1/messages');
    const spans = await received(traceId, 'HTTP POST');
    expect(pathTo(spans, 'HTTP POST')).toEqual([
      'POST /v1/messages',
      'accept messages.send',
      'send messages.send',
      'HTTP POST',
    ]);
    const named = (name: string) => spans.find((s) => s.name === name);
    expect(named('POST /v1/messages')).toMatchObject({
      parentSpanId: 'b7'.repeat(8),
      attributes: { 'http.route': '/v1/messages', 'http.response.status_code': 200 },
      service: { 'service.name': 'connector-hub', 'hub.role': 'all' },
    });
    expect(named('send messages.send')?.attributes).toMatchObject({
      'hub.connector': 'sms-main',
      'hub.operation.id': body.id,
      'hub.attempt': 1,
    });
    expect(named('HTTP POST')?.attributes).toEqual({
      'http.request.method': 'POST',
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(t.sms.url).port),
      'http.response.status_code': 200,
    });
  });

  test('an attempt that fails, the question that follows and the next attempt are of the same trace', async () => {
    const traceId = newTrace();
    await fetch(`${t.sms.url}/__sim/faults`, {
      method: 'POST',
      body: JSON.stringify({ fault: 'cut-after-commit', times: 1 }),
    });
    await send(traceId);
    const spans = await received(traceId, 'reconcile messages.send');
    const failed = await eventually(
      async () => collector.of(traceId).filter((s) => s.status === 2),
      (list) => list.length >= 2,
    );
    expect(failed.map((s) => s.name).sort()).toEqual(['HTTP POST', 'send messages.send']);
    expect(failed.find((s) => s.name === 'send messages.send')?.attributes['error.type']).toMatch(/^[A-Z_]+$/);
    expect(new Set(spans.map((s) => s.traceId))).toEqual(new Set([traceId]));
  });

  test('a live read is of the trace of its caller', async () => {
    const [account] = (await t.call('GET', '/v1/accounts?limit=1')).body.items;
    const traceId = newTrace();
    const live = await t.call('GET', `/v1/accounts/${account.id}?source=live`, undefined, {
      traceparent: parentOf(traceId),
    });
    expect(live.status).toBe(200);
    await received(traceId, 'GET /v1/accounts/:id');
    expect(pathTo(await received(traceId, 'HTTP GET'), 'HTTP GET')).toEqual(['GET /v1/accounts/:id', 'HTTP GET']);
  });

  test('what a caller does not want traced is not, and a traceparent that is none begins a new trace', async () => {
    const unwanted = newTrace();
    await send(unwanted, message(), { traceparent: parentOf(unwanted, '00') });
    const before = collector.spans.length;
    const { body } = await send(newTrace(), message(), { traceparent: `00-${'0'.repeat(32)}-${'b7'.repeat(8)}-01` });
    const spans = await eventually(
      async () => collector.spans.slice(before).filter((s) => s.attributes['hub.operation.id'] === body.id),
      (list) => list.length > 0,
    );
    expect(spans[0]?.traceId).not.toBe('0'.repeat(32));
    expect(collector.of(unwanted)).toEqual([]);
  });

  test('nothing of a person and no secret reaches the collector, whatever is sent', async () => {
    const last = newTrace();
    for (const [method, path, body] of [
      ['GET', `/v1/customers?phone=${encodeURIComponent('+79031112233')}`, undefined],
      ['GET', `/v1/accounts/${encodeURIComponent('Загребайло 9205771133')}`, undefined],
      ['GET', `/${encodeURIComponent('Загребайло')}?q=9205771133`, undefined],
      ['POST', '/v1/messages/bulk', [message(), message({ to: 'Загребайло' })]],
      ['POST', '/v1/messages', message({ reference: 'Загребайло 9205771133' })],
      ['POST', `/v1/operations/${encodeURIComponent('+79031112233')}/retry`, {}],
      ['POST', '/hooks/sms-main', 'phone=79031112233&status=1&id=1'],
    ] as const)
      await t.call(method, path, body, { 'x-purpose': 'evlampia@example.ru', traceparent: parentOf(last) });
    await received(last, 'POST /hooks/:instance');
    await received(last, 'send messages.send');
    expect(collector.spans.length).toBeGreaterThan(15);
    expect(leaks(collector.bodies.join('\n'))).toEqual([]);
    expect(collector.bodies.join('\n')).not.toMatch(/\?|https?:/);
    expect(new Set(collector.headers.map((h) => h['x-collector-key']))).toEqual(new Set(['collector-secret']));
  });

  test('lines of the log about an operation name its trace', async () => {
    const traceId = newTrace();
    await send(traceId);
    expect(t.lines.filter((l) => l.startsWith('attempt ') && l.includes(traceId))).toHaveLength(1);
    expect(t.lines.some((l) => l.startsWith('request ') && l.includes(traceId))).toBe(true);
  });

  test('a collector that is down holds nothing up and is told of without its address', async () => {
    collector.state.status = 500;
    const { body } = await send(newTrace());
    expect(body.status).toBe('succeeded');
    const [line = ''] = await eventually(
      async () => t.lines.filter((l) => l.startsWith('traces could not be sent')),
      (lines) => lines.length > 0,
      30_000,
    );
    expect(line).not.toContain('127.0.0.1');
    collector.state.status = 200;
  }, 60_000);
});

describe('the header traceparent', () => {
  test('goes to the upstreams that hub.yaml names, and to no other', async () => {
    const collector = await startOtlpReceiver();
    const onec = await startOnecSimulator({ port: 0, accounts: 5, buildings: 1 });
    const sms = await startSmsSimulator({ port: 0 });
    const taps = { onec: await startTap(onec.url), sms: await startTap(sms.url) };
    const dataDir = mkdtempSync(join(tmpdir(), 'hub-tracing-'));
    await prepareStore(dataDir);
    const hub = await startHub({
      config: parseConfig(
        configText(
          taps.onec.url,
          taps.sms.url,
          `limits: { quietHours: off }\ntracing: { endpoint: "${collector.url}/v1/traces", propagateTo: [sms-main] }`,
        ),
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
    try {
      await hub.sync.run({ instance: 'onec-main', entity: 'PersonalAccount' });
      const traceId = newTrace();
      const headers = {
        authorization: `Bearer ${CONTROL_KEY}`,
        'content-type': 'application/json',
        traceparent: parentOf(traceId),
      };
      const body = JSON.stringify({ channel: 'sms', to: '+79031112233', text: 'x', purpose: 'accident' });
      await fetch(`${hub.url}/v1/messages`, { method: 'POST', headers: { ...headers, prefer: 'wait=10' }, body });
      const accounts = (await (await fetch(`${hub.url}/v1/accounts?limit=1`, { headers })).json()) as {
        items: { id: string }[];
      };
      expect((await fetch(`${hub.url}/v1/accounts/${accounts.items[0]?.id}?source=live`, { headers })).status).toBe(
        200,
      );
      const sent = taps.sms.traceparents.filter((p) => p !== undefined);
      expect(sent.length).toBeGreaterThan(0);
      const calls = await eventually(
        async () => collector.of(traceId).filter((s) => s.name.startsWith('HTTP ')),
        (spans) => spans.length >= 2,
      );
      // The upstream's own spans become children of the call.
      for (const parent of sent) expect(calls.map((s) => `00-${traceId}-${s.spanId}-01`)).toContain(parent);
      expect(taps.onec.traceparents.length).toBeGreaterThan(0);
      expect(taps.onec.traceparents.filter((p) => p !== undefined)).toEqual([]);
    } finally {
      await hub.close();
      for (const { server } of Object.values(taps)) {
        server.close();
        server.closeAllConnections();
      }
      await onec.close();
      await sms.close();
      await collector.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  }, 90_000);
});

onServer('a trace through several processes', () => {
  test('goes on in the worker that carries out what an api process has accepted', async () => {
    const collector = await startOtlpReceiver();
    const sms = await startSmsSimulator({ port: 0 });
    const database = await ownDatabase();
    const dataDir = mkdtempSync(join(tmpdir(), 'hub-tracing-'));
    const start = (role: 'api' | 'worker'): Promise<Hub> =>
      startHub({
        config: parseConfig(
          configText(
            'http://127.0.0.1:9',
            sms.url,
            `limits: { quietHours: off }\ntracing: { endpoint: "${collector.url}" }`,
          ),
          'hub.yaml',
          connectorSchemas(),
          {},
          connectorKinds(),
        ),
        dataDir,
        databaseUrl: database.url,
        port: 0,
        host: '127.0.0.1',
        active: true,
        role,
        controlKey: CONTROL_KEY,
        log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      });
    const hubs = [await start('api'), await start('worker')];
    try {
      const traceId = newTrace();
      await fetch(`${hubs[0]?.url}/v1/messages`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${CONTROL_KEY}`,
          'content-type': 'application/json',
          prefer: 'wait=20',
          traceparent: parentOf(traceId),
        },
        body: JSON.stringify({ channel: 'sms', to: '+79031112233', text: 'x', purpose: 'accident' }),
      });
      const spans = await eventually(
        async () => collector.of(traceId),
        (list) => ['POST /v1/messages', 'HTTP POST'].every((name) => list.some((s) => s.name === name)),
        30_000,
      );
      expect(
        pathTo(spans, 'HTTP POST').map((name) => [name, spans.find((s) => s.name === name)?.service['hub.role']]),
      ).toEqual([
        ['POST /v1/messages', 'api'],
        ['accept messages.send', 'api'],
        ['send messages.send', 'worker'],
        ['HTTP POST', 'worker'],
      ]);
    } finally {
      await Promise.all(hubs.map((hub) => hub.close()));
      await sms.close();
      await database.remove();
      await collector.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  }, 120_000);
});
