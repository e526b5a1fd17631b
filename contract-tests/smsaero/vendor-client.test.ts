import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { testContext } from '../../connectors/kit/testing/context.ts';
import type { OperationView } from '../../connectors/port.ts';
import { SmsAeroConfig } from '../../connectors/smsaero/config.ts';
import { sendMessage } from '../../connectors/smsaero/send-message.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { gates, startSmsAeroSimulator } from '../../simulators/smsaero/simulator.ts';

/** The vendor's own client of npm, as an oracle: it knows nothing of our connector and of our simulator. */
interface VendorClient {
  proto: string;
  send(number: string, text: string): Promise<{ success: boolean; data: Record<string, unknown> }>;
  smsStatus(id: number): Promise<{ data: Record<string, unknown> }>;
  smsList(number: string, text: string): Promise<{ data: Record<string, Record<string, unknown>> }>;
  balance(): Promise<{ data: { balance: number } }>;
}
const { SmsAero } = createRequire(import.meta.url)('smsaero') as {
  SmsAero: new (email: string, key: string, sign: string, gates: string[]) => VendorClient;
};

const auth = { email: 'hub@example.org', apiKey: 'hub-sandbox-key' };
const text = 'Вода отключена до 18:00';

/** On loopback there is no TLS, so the client is told to speak http; its gates are addresses without the scheme. */
function vendorClient(url: string, paths: readonly string[] = ['/v2/']): VendorClient {
  const client = new SmsAero(
    auth.email,
    auth.apiKey,
    'SMS Aero',
    paths.map((path) => `@${new URL(url).host}${path}`),
  );
  client.proto = 'http';
  return client;
}

const op: OperationView = {
  id: '0192f0c4-7a1b-7c3d-8e4f-000000000001',
  kind: 'messages.send',
  organisation: 'test',
  subject: null,
  attempt: 1,
  acceptedAt: 0,
  payload: { channel: 'sms', to: '+79160000001', text },
};
const contextOf = (url: string) =>
  testContext(SmsAeroConfig.parse({ url, spares: [`${url}/org`, `${url}/net`], auth, perSecond: 0 }));

describe('the vendor’s own client', () => {
  let sim: Simulator;
  beforeEach(async () => {
    sim = await startSmsAeroSimulator({ port: 0, ...auth });
  });
  afterEach(() => sim.close());

  test('reads the simulator, and reads there what our connector has sent', async () => {
    const bench = contextOf(sim.url);
    try {
      const sent = await sendMessage.send(bench.ctx, op);
      const client = vendorClient(sim.url);
      const listed = (await client.smsList('79160000001', text)).data['0'];
      expect(sent).toMatchObject({ status: 'done', result: { upstreamId: String(listed?.id) } });
      expect(listed).toMatchObject({ text, number: '79160000001', from: 'SMS Aero' });
      expect((await client.smsStatus(Number(listed?.id))).data).toMatchObject({ id: listed?.id, text });
      expect((await client.balance()).data.balance).toBeCloseTo(100_000 - 5.49);
    } finally {
      bench.close();
    }
  });

  test('doubles a text when an answer is lost; our connector, with the same gates, does not', async () => {
    const quiet = jest.spyOn(console, 'log').mockImplementation(() => {});
    const bench = contextOf(sim.url);
    try {
      sim.faults.add({ fault: 'cut-after-commit', times: 1 });
      await vendorClient(sim.url, gates).send('79160000002', text);
      expect(sim.effects.report()['sms.sent']).toEqual({ count: 2, distinct: 1 });
      sim.effects.clear();
      sim.faults.add({ fault: 'cut-after-commit', times: 1 });
      await expect(sendMessage.send(bench.ctx, op)).rejects.toMatchObject({ kind: 'uncertain' });
      expect(sim.effects.report()['sms.sent']).toEqual({ count: 1, distinct: 1 });
    } finally {
      bench.close();
      quiet.mockRestore();
    }
  });
});

test('the connector’s request is the request of the vendor’s client', async () => {
  const seen: { method: string | undefined; path: string | undefined; key: string | undefined; fields: object }[] = [];
  const server = createServer((req, res) => {
    let body = '';
    req.on('data', (chunk) => {
      body += chunk;
    });
    req.on('end', () => {
      const fields = Object.entries(JSON.parse(body) as object).filter(([, value]) => value !== null);
      seen.push({
        method: req.method,
        path: req.url,
        key: req.headers.authorization,
        fields: Object.fromEntries(fields),
      });
      // The vendor's documented answer.
      const data = { id: 12345, from: 'SMS Aero', number: '79160000001', text, status: 0, extendStatus: 'queue' };
      const more = { channel: 'FREE SIGN', cost: 5.49, dateCreate: 1719119523, dateSend: 1719119523 };
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify({ success: true, data: { ...data, ...more }, message: null }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const bench = contextOf(url);
  try {
    await vendorClient(url).send('79160000001', text);
    await sendMessage.send(bench.ctx, op);
    expect(seen).toHaveLength(2);
    expect(seen[1]).toEqual(seen[0]);
  } finally {
    bench.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
