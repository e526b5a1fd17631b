import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commands } from '../../canonical/commands/registry.ts';
import { entities } from '../../canonical/registry.ts';
import { type ReadFindings, readScenario } from '../../connectors/kit/recording/read-scenario.ts';
import { type TestContext, testContext } from '../../connectors/kit/testing/context.ts';
import { OnecConfig } from '../../connectors/onec/config.ts';
import { onec } from '../../connectors/onec/connector.ts';
import { builtInFolder, loadMappings } from '../../mappings/load.ts';
import { startOnecSimulator } from '../../simulators/onec/simulator.ts';
import { contractMode, live, replayed, type Upstream } from '../mode.ts';

const folder = process.env.HUB_CONTRACT_MAPPINGS ?? builtInFolder('onec');
const mappings = (await loadMappings(folder, { entities, commands })).all();

async function simulated(): Promise<Upstream> {
  const sim = await startOnecSimulator({ port: 0, accounts: 40, buildings: 2 });
  return {
    url: `${sim.url}/uk`,
    login: 'hub',
    password: 'hub-sandbox',
    timezone: 'Europe/Moscow',
    clock: sim.clock,
    origin: 'simulator',
    close: () => sim.close(),
  };
}

const open = {
  sim: simulated,
  replay: async () => replayed(new URL('./recordings/simulator-small', import.meta.url).pathname),
  live: async () => live((method) => method === 'GET'),
};

describe(`reading from 1C (${contractMode()})`, () => {
  let upstream: Upstream;
  let hub: TestContext<OnecConfig>;
  let found: ReadFindings;
  beforeAll(async () => {
    upstream = await open[contractMode()]();
    const { url, timezone, login, password, clock, http } = upstream;
    const config = OnecConfig.parse({ url, timezone, auth: { login, password }, sessions: 'none' });
    hub = testContext(config, { clock, ...(http ? { http } : {}) });
    found = await readScenario(onec, hub.ctx, mappings);
  }, 600_000);
  afterAll(async () => {
    hub?.close();
    await upstream?.close();
  });

  test('the probe succeeds and something is published', () => {
    expect(found.health).toMatchObject({ ok: true });
    expect(found.health.details?.published).toBeGreaterThan(0);
  });

  test.each(mappings.map((m) => [m.name, m] as const))('%s', (name, mapping) => {
    const read = found.mappings.find((m) => m.mapping === name);
    expect(read?.faults).toEqual([]);
    if (!read) return;
    const keys = read.records.map((r) => r.key);
    expect(new Set(keys).size).toBe(keys.length);
    if (read.versions) {
      const versions = new Map(read.versions.map((v) => [v.key, v.version]));
      for (const record of read.records) expect(versions.get(record.key)).toBe(record.version);
    }
    for (const again of read.again ?? [])
      expect(again).toEqual(read.records.find((record) => record.key === again.key));
    for (const { asked, found: rows } of read.lookups.values()) expect(rows).toBe(asked);
    // Of what is read, at least half makes sense to the mapping; masked checksums and texts may not.
    const parts = read.records.flatMap((r) => mapping.parts(r.key, r.data));
    const scope = {
      timezone: upstream.timezone,
      asOf: new Date(upstream.clock.now()),
      resolve: () => '0192f0c4-7a1b-7c3d-8e4f-791612345670',
      lookup: () => undefined,
    };
    const good = parts.filter(({ native }) => {
      try {
        mapping.read(native, scope);
        return true;
      } catch {
        return false;
      }
    });
    if (Object.keys(mapping.lookups).length === 0) expect(good.length).toBeGreaterThanOrEqual(parts.length / 2);
  });
});
