import { commands } from '../canonical/commands/registry.ts';
import { entities } from '../canonical/registry.ts';
import { HttpTransport } from '../connectors/kit/http.ts';
import { OnecConfig } from '../connectors/onec/config.ts';
import { pull } from '../connectors/onec/pull.ts';
import type { Context } from '../connectors/port.ts';
import { builtInFolder, loadMappings } from '../mappings/load.ts';
import { startOnecSimulator } from '../simulators/onec/simulator.ts';

/**
 * What finding the same changes costs a 1C base: by comparing versions, and by exchange plan. The company is the
 * simulated one of 34,588 accounts, or of as many as the first argument says.
 */
const accounts = Number(process.argv[2] ?? 34_588);
const CHANGED = 100;
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const sim = await startOnecSimulator({ port: 0, accounts });
const transport = new HttpTransport();
let requests = 0;
let bytes = 0;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const inner = transport.client({ clock: sim.clock, log: silent });
const ctx: Context<OnecConfig> = {
  instance: 'bench',
  organisation: 'bench',
  config: OnecConfig.parse({
    url: `${sim.url}/uk`,
    timezone: 'Europe/Moscow',
    auth: { login: 'hub', password: 'hub-sandbox' },
    exchangePlan: { plan: 'ExchangePlan_ХабОбмен', node: 'HUB' },
  }),
  http: {
    request: async (request) => {
      const response = await inner.request(request);
      requests++;
      bytes += response.body.byteLength;
      return response;
    },
  },
  clock: sim.clock,
  random: Math.random,
  log: silent,
  signal: new AbortController().signal,
};
const measured = async (name: string, work: () => Promise<unknown>): Promise<void> => {
  requests = bytes = 0;
  const started = performance.now();
  await work();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(
    `${name.padEnd(58)} ${String(requests).padStart(5)} requests ${(bytes / 1e6).toFixed(2).padStart(8)} MB ${seconds.padStart(6)} s`,
  );
};

const mappings = (await loadMappings(builtInFolder('onec'), { entities, commands })).all();
const versioned = mappings.filter(
  (m) => pull.changes?.unfit(m.source) === undefined && pull.changes?.comparable(m.source),
);
const known = new Map<string, Map<string, string | undefined>>();
/** Versions of everything, and the whole of what differs from the last time. */
const compare = async (): Promise<void> => {
  for (const { name, source } of versioned) {
    const before = known.get(name);
    const seen = new Map<string, string | undefined>();
    for await (const page of pull.versions?.(ctx, source, null) ?? [])
      for (const { key, version } of page.records) seen.set(key, version);
    const different = before
      ? [...seen].filter(([key, version]) => before.get(key) !== version).map(([key]) => key)
      : [];
    for (let i = 0; i < different.length; i += 100) await pull.byKeys?.(ctx, source, different.slice(i, i + 100));
    known.set(name, seen);
  }
};
const byPlan = async (): Promise<void> => {
  const sources = versioned.map((m) => m.source);
  const packet = await pull.changes?.next(ctx, sources);
  if (packet) await pull.changes?.acknowledge(ctx, packet.no);
};

try {
  say(`${accounts} accounts; ${versioned.length} entities with versions`);
  await compare();
  await measured('nothing changed, by version', compare);
  await measured('nothing changed, by plan', byPlan);
  const keys: string[] = [];
  const accountsOf = { set: 'Catalog_КВП_ЛицевыеСчета', select: ['Code'] };
  for await (const page of pull.pages(ctx, accountsOf, null)) {
    keys.push(...page.records.map((r) => r.key));
    if (keys.length >= CHANGED) break;
  }
  for (const key of keys.slice(0, CHANGED))
    await fetch(`${sim.url}/__sim/objects`, {
      method: 'POST',
      body: JSON.stringify({
        action: 'patch',
        set: 'Catalog_КВП_ЛицевыеСчета',
        key,
        body: { КоличествоПроживающих: 3 },
      }),
    });
  await measured(`${CHANGED} accounts changed, by version`, compare);
  await measured(`${CHANGED} accounts changed, by plan (with metadata, once in 6 h)`, byPlan);
  for (const key of keys.slice(0, CHANGED))
    await fetch(`${sim.url}/__sim/objects`, {
      method: 'POST',
      body: JSON.stringify({
        action: 'patch',
        set: 'Catalog_КВП_ЛицевыеСчета',
        key,
        body: { КоличествоПроживающих: 4 },
      }),
    });
  await measured(`${CHANGED} accounts changed, by plan`, byPlan);
} finally {
  transport.close();
  await sim.close();
}
