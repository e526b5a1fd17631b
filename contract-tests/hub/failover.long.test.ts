import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { parseConfig } from '../../config/load.ts';
import { connectorKinds, connectorSchemas } from '../../connectors/registry.ts';
import { type Hub, startHub } from '../../hub.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { startSmsSimulator } from '../../simulators/sms/simulator.ts';
import { startSmsAeroSimulator } from '../../simulators/smsaero/simulator.ts';
import { prepareStore } from '../../storage/testing/prepared-store.ts';
import { CONTROL_KEY, eventually } from './harness.ts';

const MESSAGES = 30;
/** A breaker rests for up to a minute before the instance is tried again. */
jest.setTimeout(240_000);

let folder: string;
let main: Simulator;
let backup: Simulator;
let hub: Hub;
let round = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hub-failover-'));
  main = await startSmsSimulator({ port: 0, dedupe: false });
  backup = await startSmsAeroSimulator({ port: 0 });
  await prepareStore(join(folder, 'data'));
  const text = `
organisations:
  - { id: uk, name: УК, timezone: Europe/Moscow, routes: { messages.send: [sms-main, sms-backup] } }
connectors:
  sms-main: { system: smsc, organisation: uk, url: "${main.url}", auth: { login: hub, password: hub-sandbox }, settleAfterMs: 1000, perSecond: 0, concurrency: 8 }
  sms-backup: { system: smsaero, organisation: uk, url: "${backup.url}", spares: [], auth: { email: hub@example.org, apiKey: hub-sandbox }, settleAfterMs: 1000, pollEveryMs: 1000, perSecond: 0, concurrency: 8 }
limits: { quietHours: off }
failover: { messages.send: { afterSeconds: 1 } }
`;
  const quiet = (): void => {};
  hub = await startHub({
    config: parseConfig(text, 'hub.yaml', connectorSchemas(), {}, connectorKinds()),
    dataDir: join(folder, 'data'),
    port: 0,
    host: '127.0.0.1',
    active: true,
    controlKey: CONTROL_KEY,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    durability: 'none',
  });
});
afterAll(async () => {
  await hub.close();
  await main.close();
  await backup.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  round++;
  for (const sim of [main, backup]) {
    sim.faults.clear();
    sim.effects.clear();
  }
  await hub.instances.resume('sms-main');
});

// biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of any shape
async function call(method: string, path: string, body?: unknown): Promise<any> {
  const response = await fetch(`${hub.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${CONTROL_KEY}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.json();
}

/** Sends messages to numbers of their own and waits until the hub has done with all; returns how many each instance carried. */
async function sendAll(): Promise<Record<string, number>> {
  const reference = `round-${round}`;
  await Promise.all(
    Array.from({ length: MESSAGES }, (_v, n) =>
      call('POST', '/v1/messages', {
        channel: 'sms',
        to: `+7916${String(round * 100_000 + n * 10).padStart(6, '0')}1`,
        text: `Вода отключена, сообщение ${n}`,
        reference,
      }),
    ),
  );
  const list = (): Promise<{ items: { status: string; instance: string }[] }> =>
    call('GET', `/v1/operations?reference=${reference}&limit=100`);
  const { items } = await eventually(
    list,
    (page) => page.items.length === MESSAGES && page.items.every((o) => o.status === 'succeeded'),
    90_000,
  );
  const carried: Record<string, number> = { 'sms-main': 0, 'sms-backup': 0 };
  for (const { instance } of items) carried[instance] = (carried[instance] ?? 0) + 1;
  return carried;
}

/** Every message rang once, at the gateway that the hub names. */
function expectOnce(carried: Record<string, number>): void {
  const sent = (sim: Simulator) => sim.effects.report()['sms.sent'] ?? { count: 0, distinct: 0 };
  expect({ main: sent(main), backup: sent(backup) }).toEqual({
    main: { count: carried['sms-main'], distinct: carried['sms-main'] },
    backup: { count: carried['sms-backup'], distinct: carried['sms-backup'] },
  });
  expect((carried['sms-main'] ?? 0) + (carried['sms-backup'] ?? 0)).toBe(MESSAGES);
}

test('while the first gateway works, the second has nothing to do', async () => {
  const carried = await sendAll();
  expectOnce(carried);
  expect(carried['sms-backup']).toBe(0);
});

test('answers that are lost at the first gateway are looked up before its money runs out on the rest', async () => {
  // Fewer than open the breaker: here the money is what ends.
  main.faults.add({ fault: 'cut-after-commit', times: 3, match: 'send.php' });
  main.faults.add({ fault: 'cut-before-commit', times: 1, match: 'send.php' });
  await fetch(`${main.url}/__sim/settings`, { method: 'POST', body: JSON.stringify({ balance: 4.5 * 12 }) });
  const carried = await sendAll();
  expectOnce(carried);
  expect(carried['sms-main']).toBe(12);
  const { items } = await call('GET', '/v1/connectors');
  expect(items).toEqual([
    expect.objectContaining({ instance: 'sms-main', paused: true, carriesNew: [] }),
    expect.objectContaining({ instance: 'sms-backup', carriesNew: ['messages.send'] }),
  ]);
  await fetch(`${main.url}/__sim/settings`, { method: 'POST', body: JSON.stringify({ balance: 100_000 }) });
});

test('a wrong password sends everything to the second gateway, whose lost answers are looked up in its list', async () => {
  main.faults.add({ fault: 'unauthorized' });
  backup.faults.add({ fault: 'cut-after-commit', times: 5, match: 'sms/send' });
  backup.faults.add({ fault: 'cut-before-commit', times: 3, rate: 0.5, match: 'sms/send' });
  const carried = await sendAll();
  expectOnce(carried);
  expect(carried['sms-backup']).toBe(MESSAGES);
  const { items } = await call('GET', `/v1/operations?reference=round-${round}&limit=1`);
  const one = await call('GET', `/v1/operations/${items[0].id}`);
  expect(one.attempts.at(-1)).toMatchObject({ instance: 'sms-backup' });
  backup.clock.advance(10_000);
  await eventually(
    () => call('GET', `/v1/messages/${one.id}`),
    (message) => message.status === 'delivered',
    60_000,
  );
});

test('a first gateway that is gone hands over what it did not take, and gets new work when it is back', async () => {
  main.faults.add({ fault: 'cut-after-commit', times: 3, match: 'send.php' });
  const sending = sendAll();
  await eventually(
    async () => main.effects.report()['sms.sent']?.count ?? 0,
    (count) => count >= 3,
  );
  main.faults.add({ fault: 'cut-before-commit', match: 'send.php' });
  const carried = await sending;
  expectOnce(carried);
  expect(carried['sms-backup']).toBeGreaterThan(0);
  main.faults.clear();
  main.effects.clear();
  backup.effects.clear();
  round++;
  // The breaker's rest is over within a minute.
  await eventually(
    () => call('GET', '/v1/connectors'),
    ({ items }) => items[0].carriesNew.includes('messages.send'),
    90_000,
  );
  const again = await sendAll();
  expectOnce(again);
  expect(again['sms-main']).toBeGreaterThan(0);
});
