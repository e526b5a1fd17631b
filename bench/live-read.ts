import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commands } from '../canonical/commands/registry.ts';
import { entities } from '../canonical/registry.ts';
import { OnecConfig } from '../connectors/onec/config.ts';
import { pull } from '../connectors/onec/pull.ts';
import type { Context } from '../connectors/port.ts';
import { builtInFolder, loadMappings } from '../mappings/load.ts';
import { type Contender, contender, runRounds } from './peers/contenders.ts';
import type { ProxyOptions } from './peers/express-axios.ts';
import type { HubAnswer, HubOptions } from './peers/hub.ts';
import { startNodeRed } from './peers/node-red.ts';
import type { OnecOptions } from './peers/onec.ts';
import { type Peer, startPeer } from './peers/process.ts';
import { ownDatabase } from './peers/server-database.ts';
import { ratios, spread } from './rates.ts';
import type { Report } from './report.ts';

const CONNECTIONS = 50;
const ROUNDS = { name: 'live read', connections: CONNECTIONS, rounds: 3, slice: 5, warmUp: 12, status: 200 };
/** Few, since the stand-in of the base looks through all of them for each request. */
const ACCOUNTS = 10;
const ENTITY = 'PersonalAccount';
const NOBODY = '00000000-0000-4000-8000-000000000000';

/**
 * One account of 1C as it is now, through the hub (key, scope, query and body checked, one read of the store, mapping, zod)
 * and through two proxies that only pass bytes on, by turns. The upstream is the simulated 1C in a process of its own.
 * Nothing is stored, so durability plays no part; the store still says which account the caller may see.
 *
 * @param options.profile folder that takes a processor profile of each hub
 */
export async function liveReadBenchmark(report: Report, options: { profile?: string } = {}): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-peers-'));
  const database = await ownDatabase();
  const peers: Peer[] = [];
  const start = async (script: string, argument: unknown, argv: readonly string[] = []): Promise<Peer> => {
    const peer = await startPeer(script, argument, argv);
    peers.push(peer);
    return peer;
  };
  try {
    report.progress('live read: starting the simulated 1C, two hubs, express + axios, Node-RED');
    const onec = await start('./onec.ts', { accounts: ACCOUNTS } satisfies OnecOptions);
    const authorization = `Basic ${Buffer.from('hub:hub-sandbox').toString('base64')}`;
    const url = await upstreamUrl(onec.url);
    const hubOptions: HubOptions = {
      dataDir: join(dataDir, 'embedded'),
      onecUrl: onec.url,
      concurrency: CONNECTIONS,
      active: true,
      entities: [ENTITY],
    };
    const profiling = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${options.profile}`] : [];
    const embedded = await start('./hub.ts', hubOptions, profiling);
    const server = await start(
      './hub.ts',
      { ...hubOptions, dataDir: join(dataDir, 'server'), databaseUrl: database.url },
      profiling,
    );
    const proxy = await start('./express-axios.ts', { url, authorization } satisfies ProxyOptions);
    const nodeRed = await startNodeRed(url, authorization, (line) => report.progress(`live read: ${line}`));
    peers.push(nodeRed);
    const keys = await nativeKeys(embedded);
    const pass = (n: number) => ({ path: `/live?key=${keys[n % keys.length]}` });
    const contenders = {
      'hub, PostgreSQL': await hubContender(server),
      'hub, embedded': await hubContender(embedded),
      'express + axios': contender(proxy, pass),
      [`Node-RED ${nodeRed.version}`]: contender(nodeRed, pass),
    };
    await runRounds(report, contenders, ROUNDS);
    show(report, contenders);
  } finally {
    for (const peer of peers.reverse()) await peer.stop();
    await database.drop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

interface AccountPage {
  items: { id: string; source: { key: string } }[];
}

async function accounts(hub: Peer): Promise<{ key: string; page: AccountPage }> {
  const { key } = await hub.ask<HubAnswer>('key');
  const response = await fetch(`${hub.url}/v1/accounts?limit=${ACCOUNTS}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  return { key, page: (await response.json()) as AccountPage };
}

async function nativeKeys(hub: Peer): Promise<string[]> {
  return (await accounts(hub)).page.items.map((item) => item.source.key);
}

async function hubContender(hub: Peer): Promise<Contender> {
  const { key, page } = await accounts(hub);
  const headers = { authorization: `Bearer ${key}` };
  return contender(hub, (n) => ({
    path: `/v1/accounts/${page.items[n % page.items.length]?.id}?source=live`,
    headers,
  }));
}

/** What the hub asks the base for one account, so that the proxies ask the same. */
async function upstreamUrl(base: string): Promise<string> {
  const mapping = (await loadMappings(builtInFolder('onec'), { entities, commands })).get(ENTITY);
  let asked = '';
  const ctx = {
    config: OnecConfig.parse({
      url: `${base}/uk`,
      timezone: 'Europe/Moscow',
      sessions: 'none',
      auth: { login: 'hub', password: 'hub-sandbox' },
    }),
    http: {
      request: async ({ url }: { url: string }) => {
        asked = url;
        const body = Buffer.from('{"value":[]}');
        return { status: 200, headers: { 'content-type': 'application/json' }, body, text: () => body.toString() };
      },
    },
  } as unknown as Context<OnecConfig>;
  await pull.one?.(ctx, mapping?.source, NOBODY);
  return asked.replace(NOBODY, '{key}');
}

function show(report: Report, contenders: Readonly<Record<string, Contender>>): void {
  const entries = Object.entries(contenders);
  const hubs = entries.filter(([name]) => name.startsWith('hub'));
  const others = entries.filter(([name]) => !name.startsWith('hub'));
  for (const [hubName, hub] of hubs)
    for (const [name, other] of others) {
      const aim = name.startsWith('Node-RED') ? 3 : 1.5;
      report.row(
        `live read, ${hubName} against ${name} (aim ≥ ${aim})`,
        spread(ratios(hub.perSecond, other.perSecond), 2),
      );
      report.row('— by processor time', spread(ratios(other.cpu, hub.cpu), 2));
    }
}
