import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { connectorConformance } from '../../connectors/kit/conformance/conformance.ts';
import { type TestContext, testContext } from '../../connectors/kit/testing/context.ts';
import type { OperationView } from '../../connectors/port.ts';
import { SmsAeroConfig } from '../../connectors/smsaero/config.ts';
import { smsaero } from '../../connectors/smsaero/connector.ts';
import { codes, smsAeroError, statuses } from '../../connectors/smsaero/errors.ts';
import { sendMessage } from '../../connectors/smsaero/send-message.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { startSmsAeroSimulator } from '../../simulators/smsaero/simulator.ts';

const auth = { email: 'hub@example.org', apiKey: 'hub-sandbox-key' };
const readme = new URL('../../connectors/smsaero/README.md', import.meta.url);
const NOBODY = 'http://127.0.0.1:1';

let sim: Simulator;
let bench: TestContext<SmsAeroConfig>;
const open = (more: object = {}): void => {
  bench = testContext(SmsAeroConfig.parse({ url: sim.url, spares: [], auth, perSecond: 0, ...more }), {
    clock: sim.clock,
  });
};
beforeEach(async () => {
  sim = await startSmsAeroSimulator({ port: 0, ...auth });
  open();
});
afterEach(async () => {
  bench.close();
  await sim.close();
});

const op = (payload: Record<string, unknown> = {}, more: Partial<OperationView> = {}): OperationView => ({
  id: '0192f0c4-7a1b-7c3d-8e4f-000000000001',
  kind: 'messages.send',
  organisation: 'test',
  subject: null,
  attempt: 1,
  acceptedAt: sim.clock.now(),
  payload: { channel: 'sms', to: '+79160000001', text: 'Ёлка № 5 «дом» 😀', ...payload },
  ...more,
});
const kindOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (e: { kind?: string; code?: string }) => `${e.kind}/${e.code}`,
  );

// The account may answer refusals in either form.
describe.each([true, false])('with refusals in the old forms: %s', (oldForms) => {
  connectorConformance({
    connector: smsaero,
    readme,
    errors: { table: codes, toError: smsAeroError },
    start: () => startSmsAeroSimulator({ port: 0, ...auth, oldForms }),
    settings: (url) => ({ url, spares: [], auth, perSecond: 0 }),
    commands: {
      'messages.send': {
        payload: { channel: 'sms', to: '+79160000001', text: 'Долг по счёту 4417 оплатите до 10-го' },
        effect: 'sms.sent',
      },
    },
    personal: ['9160000001', 'Долг по счёту'],
  });

  test.each([
    [{ sender: 'NOBODY' }, 'rejected/SMSAERO_SIGN'],
    [{ text: 'x'.repeat(1001) }, 'rejected/SMSAERO_TEXT'],
    [{ to: '+74951234567' }, 'rejected/SMSAERO_NUMBER'],
  ])('%j is %s', async (payload, kind) => {
    await control('settings', { oldForms });
    expect(await kindOf(sendMessage.send(bench.ctx, op(payload)))).toBe(kind);
    await control('settings', { balance: 0 });
    expect(await kindOf(sendMessage.send(bench.ctx, op()))).toBe('needs-operator/SMSAERO_NO_MONEY');
    expect(sim.effects.report()).toEqual({});
  });
});

const control = (name: string, body: object) =>
  fetch(`${sim.url}/__sim/${name}`, { method: 'POST', body: JSON.stringify(body) }).then((r) => r.json());

describe('SMS Aero against its simulator', () => {
  test('every sign arrives, and parts and price are told', async () => {
    expect(await sendMessage.send(bench.ctx, op())).toEqual({
      status: 'done',
      result: { upstreamId: '12345', segments: 1, cost: { amount: '5.49', currency: 'RUB' } },
    });
    expect(await control('messages', { number: '79160000001' })).toMatchObject({
      messages: [{ text: op().payload.text, from: 'SMS Aero' }],
    });
  });

  test.each([
    ['unauthorized', 'unauthorized/SMSAERO_CREDENTIALS'],
    ['no-money', 'needs-operator/SMSAERO_NO_MONEY'],
    ['throttle', 'rate-limited/SMSAERO_TOO_OFTEN'],
    ['http-500', 'uncertain/ANSWER_LOST'],
    ['html', 'uncertain/ANSWER_LOST'],
    ['empty-answer', 'uncertain/ANSWER_LOST'],
  ])('fault %s is %s', async (fault, kind) => {
    sim.faults.add({ fault });
    expect(await kindOf(sendMessage.send(bench.ctx, op()))).toBe(kind);
  });

  test('a spare gate takes what could not reach the main one, and never what may have reached it', async () => {
    open({ url: NOBODY, spares: [`${sim.url}/org`] });
    expect(await sendMessage.send(bench.ctx, op())).toMatchObject({ status: 'done' });
    open({ spares: [`${sim.url}/org`, `${sim.url}/net`] });
    sim.faults.add({ fault: 'cut-after-commit', times: 1 });
    expect(await kindOf(sendMessage.send(bench.ctx, op({ text: 'second' })))).toBe('uncertain/ANSWER_LOST');
    expect(sim.effects.report()['sms.sent']).toEqual({ count: 2, distinct: 2 });
  });

  test('a question goes on to the next gate', async () => {
    open({ spares: [`${sim.url}/org`] });
    sim.faults.add({ fault: 'cut-before-commit', times: 1 });
    expect(await smsaero.probe(bench.ctx)).toMatchObject({ ok: true, details: { balance: '100000.00', signs: 2 } });
  });

  test.each(['http://gate.smsaero.ru', 'ftp://127.0.0.2'])('%s would show the key on its way and is refused', (url) =>
    expect(SmsAeroConfig.safeParse({ url, auth }).success).toBe(false),
  );

  test('an earlier text of the same words, another number and other words are not taken for this operation’s', async () => {
    await sendMessage.send(bench.ctx, op());
    sim.clock.advance(600_000);
    await sendMessage.send(bench.ctx, op({ to: '+79160000002' }));
    await sendMessage.send(bench.ctx, op({ text: `${op().payload.text}!` }));
    const since = sim.clock.now();
    const late = op({}, { acceptedAt: since, uncertainSince: since });
    const ask = (waitedMs: number) =>
      sendMessage.reconcile?.({ ...bench.ctx, clock: { now: () => since + waitedMs } }, late);
    expect(await ask(0)).toEqual({ status: 'unknown', askAfterMs: 90_000 });
    expect(await ask(91_000)).toEqual({ status: 'absent' });
  });

  test.each([
    ['a restart counts the attempt anew', { uncertainSince: 40 * 60_000 }, 40 * 60_000, 0],
    ['the hub was ahead when it sent', { acceptedAt: 5_400_000, uncertainSince: 5_400_000 }, 0, 0],
    ['the hub is ahead of the gateway', { acceptedAt: 5_400_000, uncertainSince: 5_400_000 }, 0, 5_400_000],
    ['the hub is behind the gateway', { acceptedAt: -5_400_000, uncertainSince: -5_400_000 }, 0, -5_400_000],
  ])('what was sent is found when %s', async (_when, times, later, ahead) => {
    const sentAt = sim.clock.now();
    await sendMessage.send(bench.ctx, op());
    sim.clock.advance(later);
    const lost = op(
      {},
      Object.fromEntries(Object.entries({ acceptedAt: 0, ...times }).map(([name, ms]) => [name, sentAt + ms])),
    );
    const ctx = { ...bench.ctx, clock: { now: () => sim.clock.now() + ahead } };
    expect(await sendMessage.reconcile?.(ctx, lost)).toMatchObject({ status: 'happened' });
  });

  test('a text behind a page of others is found', async () => {
    const lost = op({}, { uncertainSince: sim.clock.now() });
    await sendMessage.send(bench.ctx, lost);
    for (let i = 0; i < 60; i++) await sendMessage.send(bench.ctx, op({ text: `later ${i}` }));
    expect(await sendMessage.reconcile?.(bench.ctx, lost)).toMatchObject({
      status: 'happened',
      result: { upstreamId: '12345' },
    });
  });

  test('a warning tells of a sign that the account lacks and of little money', async () => {
    open({ sign: 'NOBODY' });
    await control('settings', { balance: 10 });
    expect((await smsaero.probe(bench.ctx)).warnings).toEqual([
      expect.stringContaining('balance'),
      expect.stringContaining('NOBODY'),
    ]);
  });

  test('a preview tells the request and sends nothing', async () => {
    expect(await sendMessage.dryRun?.(bench.ctx, op({ text: 'я'.repeat(71) }))).toMatchObject({
      segments: 2,
      request: { json: { number: '79160000001', sign: 'SMS Aero' } },
    });
    expect(sim.effects.report()).toEqual({});
  });
});

describe('delivery', () => {
  test('is asked for message by message; one that the gateway does not know does not hold the others', async () => {
    const items = [];
    for (const [i, end] of ['0001', '0020', '0022', '0003', '0008'].entries()) {
      const one = op({ to: `+7916000${end}` });
      const sent = await sendMessage.send(bench.ctx, one);
      if (sent.status === 'done')
        items.push({ operationId: `op-${i}`, payload: one.payload, result: sent.result as Record<string, unknown> });
    }
    items.splice(1, 0, { operationId: 'unknown', payload: {}, result: { upstreamId: '999' } });
    sim.clock.advance(10_000);
    const updates = await sendMessage.track?.poll(bench.ctx, items);
    expect(updates?.map((u) => [u.operationId, u.patch.status, u.final])).toEqual([
      ['op-0', 'delivered', true],
      ['op-1', 'undelivered', true],
      ['op-2', 'failed', true],
      ['op-3', 'sent', false],
      ['op-4', 'accepted', false],
    ]);
  });

  test.each(['form', 'JSON'])(
    'a report as %s is a hint for its operation; one at another address is refused',
    async (format) => {
      const got: { query: URLSearchParams; headers: Record<string, string>; body: string }[] = [];
      const { createServer } = await import('node:http');
      const server = createServer((req, res) => {
        let body = '';
        req.on('data', (chunk) => {
          body += chunk;
        });
        req.on('end', () => {
          got.push({
            query: new URL(req.url ?? '', 'http://hub').searchParams,
            headers: { 'content-type': String(req.headers['content-type']) },
            body,
          });
          // The first one is not answered well, so it comes again.
          res.statusCode = got.length === 1 ? 500 : 200;
          res.end('OK');
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        const { port } = server.address() as { port: number };
        open({ callbackUrl: `http://127.0.0.1:${port}/hooks/sms` });
        if (format === 'JSON') {
          // The connector asks for forms; the other format is the gateway's to choose.
          const { http } = bench.ctx;
          const body = (text: unknown) => JSON.stringify({ ...JSON.parse(String(text)), callbackFormat: 'JSON' });
          await sendMessage.send(
            { ...bench.ctx, http: { request: (r) => http.request({ ...r, body: body(r.body) }) } },
            op(),
          );
        } else await sendMessage.send(bench.ctx, op());
        sim.clock.advance(10_000);
        for (let i = 0; i < 100 && got.length < 2; i++) await new Promise((r) => setTimeout(r, 50));
        const [first, second] = got;
        expect(second?.body).toBe(first?.body);
        const request = {
          method: 'POST',
          path: '',
          query: Object.fromEntries(first?.query ?? []),
          headers: first?.headers ?? {},
          body: Buffer.from(first?.body ?? ''),
        };
        const received = await smsaero.hook?.receive(bench.ctx, request);
        expect(received?.answer.status).toBe(200);
        expect(received?.events).toEqual([
          { kind: 'messages.send', operationId: op().id, hint: true, dedupeKey: `${op().id}:12345:1` },
        ]);
        const forged = { ...request, query: { ...request.query, operation: '0192f0c4-7a1b-7c3d-8e4f-000000000002' } };
        await expect(smsaero.hook?.receive(bench.ctx, forged)).rejects.toMatchObject({ kind: 'unauthorized' });
        await expect(smsaero.hook?.receive(bench.ctx, { ...request, body: Buffer.from('id=x') })).rejects.toMatchObject(
          { code: 'SMSAERO_REPORT_MALFORMED' },
        );
      } finally {
        await new Promise((resolve) => server.close(resolve));
      }
    },
  );

  const text = readFileSync(readme, 'utf8');
  test.each(Object.entries(statuses))('status %s stands in the README', (code, { status }) =>
    expect(text).toMatch(new RegExp(`\\| ${code} +\\| ${status} +\\|`)),
  );
});
