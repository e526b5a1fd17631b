import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Simulator } from '../../simulators/kit/server.ts';
import { startOnecSimulator } from '../../simulators/onec/simulator.ts';
import { startSmsSimulator } from '../../simulators/sms/simulator.ts';
import { prepareStore } from '../../storage/testing/prepared-store.ts';
import { type ChildHub, startChildHub } from './child-hub.ts';
import { companyOf, type Get } from './company.ts';
import { configText, eventually } from './harness.ts';

/** A newcomer's run shows the same in less time. */
const KILLS = process.env.CI === undefined ? 2 : 6;

let folder: string;
let onec: Simulator;
let sms: Simulator;
let child: ChildHub | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hub-sync-kill-'));
  onec = await startOnecSimulator({ port: 0, accounts: 700, buildings: 4 });
  sms = await startSmsSimulator({ port: 0 });
  writeFileSync(join(folder, 'hub.yaml'), configText(onec.url, sms.url));
  await prepareStore(join(folder, 'whole'));
  await prepareStore(join(folder, 'killed'));
});
afterAll(async () => {
  await child?.stop('SIGKILL');
  await onec.close();
  await sms.close();
  rmSync(folder, { recursive: true, force: true });
});

const get =
  ({ url, key }: { url: string; key: string }): Get =>
  async (path) => {
    const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Awaited<ReturnType<Get>>;
  };

interface SyncState {
  entity: string;
  running: boolean;
  deltaAt: string | null;
  firstLoadDone: boolean;
  error: unknown;
}

/** Starts a hub that pulls, and waits until every entity is in step. */
async function pulled(data: string): Promise<{ hub: { url: string; key: string }; states: SyncState[] }> {
  child = startChildHub({ config: join(folder, 'hub.yaml'), data, sync: true });
  const hub = await child.ready();
  const states = await eventually(
    async () => (await get(hub)('/v1/sync')).items as unknown as SyncState[],
    (items) => items.length >= 11 && items.every((s) => s.firstLoadDone && !s.running),
    300_000,
  );
  return { hub, states };
}

test(`a first pull that is killed ${KILLS} times ends with the same company, told once`, async () => {
  const whole = await pulled(join(folder, 'whole'));
  const expected = await companyOf(get(whole.hub));
  await child?.stop('SIGTERM');

  // Slow enough that every kill strikes a pull under way.
  onec.faults.add({ fault: 'latency', rate: 1, delayMs: 60 });
  const data = join(folder, 'killed');
  const unfinished: number[] = [];
  for (let i = 0; i < KILLS; i++) {
    child = startChildHub({ config: join(folder, 'hub.yaml'), data, sync: true });
    const hub = await child.ready();
    await new Promise((resolve) => setTimeout(resolve, 400 + Math.random() * 1_800));
    const states = (await get(hub)('/v1/sync')).items as unknown as SyncState[];
    unfinished.push(states.filter((s) => s.running && s.deltaAt === null).length);
    await child.stop('SIGKILL');
  }
  onec.faults.clear();
  expect(unfinished.some((n) => n > 0)).toBe(true);

  const { hub } = await pulled(data);
  const company = await companyOf(get(hub));
  for (const [resource, lines] of Object.entries(expected))
    expect([resource, company[resource]]).toEqual([resource, lines]);
  const loaded = (await get(hub)('/v1/changes?limit=500')).items.filter((e) => String(e.type).endsWith('.loaded'));
  expect(loaded.map((e) => e.type).sort()).toEqual([...new Set(loaded.map((e) => e.type))].sort());
  expect(loaded.length).toBeGreaterThanOrEqual(11);
}, 900_000);
