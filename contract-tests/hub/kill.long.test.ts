import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Simulator } from '../../simulators/kit/server.ts';
import { startOnecSimulator } from '../../simulators/onec/simulator.ts';
import { startSmsSimulator } from '../../simulators/sms/simulator.ts';
import { prepareStore } from '../../storage/testing/prepared-store.ts';
import { type ChildHub, startChildHub } from './child-hub.ts';
import { configText, eventually } from './harness.ts';

/** Everything where CI asks for it; a newcomer's run shows the same in a minute. */
const full = process.env.CI !== undefined;
const MESSAGES = full ? 2_000 : 300;
const READINGS = full ? 200 : 40;
const KILLS = full ? 10 : 3;

let folder: string;
let onec: Simulator;
let sms: Simulator;
let child: ChildHub | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hub-kill-'));
  onec = await startOnecSimulator({ port: 0, accounts: 120, buildings: 2 });
  sms = await startSmsSimulator({ port: 0, dedupe: false });
  writeFileSync(join(folder, 'hub.yaml'), configText(onec.url, sms.url));
  await prepareStore(join(folder, 'data'));
});
afterAll(async () => {
  await child?.stop('SIGKILL');
  await onec.close();
  await sms.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<{ url: string; key: string }> {
  child = startChildHub({ config: join(folder, 'hub.yaml'), data: join(folder, 'data') });
  return child.ready();
}

/** Sends a list in bulk again and again until it was answered: idempotency keys make that harmless. */
async function submit(hub: () => { url: string; key: string }, path: string, items: readonly unknown[]): Promise<void> {
  await eventually(
    async () => {
      try {
        const { url, key } = hub();
        const response = await fetch(`${url}${path}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
          body: JSON.stringify(items),
        });
        return response.status === 207 ? ((await response.json()) as { rejected: number }).rejected : -1;
      } catch {
        return -1;
      }
    },
    (rejected) => rejected === 0,
    500_000,
  );
}

test(`${MESSAGES} messages and ${READINGS} readings take effect exactly once although the hub is killed ${KILLS} times and answers are lost`, async () => {
  let hub = await start();
  const api = (path: string, init: RequestInit = {}) =>
    fetch(`${hub.url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${hub.key}`, 'content-type': 'application/json' },
    });
  await api('/v1/connectors/onec-main/sync', { method: 'POST', body: JSON.stringify({ entity: 'Meter' }) });
  const meters = await eventually(
    async () => ((await (await api('/v1/meters?limit=300')).json()) as { items: { id: string }[] }).items,
    (items) => items.length >= READINGS,
    60_000,
  );

  sms.faults.add({ fault: 'cut-after-commit', rate: 0.05 });
  sms.faults.add({ fault: 'cut-before-commit', rate: 0.02 });
  onec.faults.add({ fault: 'cut-after-commit', rate: 0.05 });
  const messages = Array.from({ length: MESSAGES }, (_, i) => ({
    channel: 'sms',
    to: `+7917${String(1_000_000 + i)}`,
    text: `Сообщение ${i}`,
    idempotencyKey: `m-${i}`,
  }));
  const readings = meters.slice(0, READINGS).map(({ id }, i) => ({
    meter: id,
    readAt: '2026-11-24T10:00:00+03:00',
    values: ['91000'],
    idempotencyKey: `r-${i}`,
  }));
  const submitted = Promise.all([
    submit(() => hub, '/v1/messages/bulk', messages),
    submit(() => hub, '/v1/meter-readings/bulk', readings),
  ]);

  for (let i = 0; i < KILLS; i++) {
    await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 1_500));
    await child?.stop('SIGKILL');
    hub = await start();
  }
  await submitted;
  sms.faults.clear();
  onec.faults.clear();

  const open = async (): Promise<number> => {
    const counts = await Promise.all(
      ['accepted', 'running', 'waiting', 'retrying', 'uncertain'].map(
        async (status) =>
          ((await (await api(`/v1/operations?status=${status}&limit=500`)).json()) as { items: unknown[] }).items
            .length,
      ),
    );
    return counts.reduce((a, b) => a + b, 0);
  };
  await eventually(open, (n) => n === 0, 240_000);
  expect(sms.effects.report()['sms.sent']).toEqual({ count: MESSAGES, distinct: MESSAGES });
  expect(onec.effects.report()['readings.posted']).toEqual({ count: READINGS, distinct: READINGS });
  const failed = (await (await api('/v1/operations?status=dead&limit=5')).json()) as { items: unknown[] };
  expect(failed.items).toEqual([]);
}, 900_000);
