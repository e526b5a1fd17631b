import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contender, runRounds } from './peers/contenders.ts';
import type { InsertOptions } from './peers/express-insert.ts';
import type { HubAnswer, HubOptions } from './peers/hub.ts';
import { type Peer, startPeer } from './peers/process.ts';
import { ownDatabase } from './peers/server-database.ts';
import { ratios, spread } from './rates.ts';
import type { Report } from './report.ts';

const ROUNDS = { name: 'accept', connections: 50, rounds: 3, slice: 4, warmUp: 8, status: 202 };
/** Nobody listens there: nothing is carried out. */
const NOWHERE = 'http://127.0.0.1:9';

/**
 * Text messages accepted over HTTP with an idempotency key each: validated, written to the journal and committed before
 * the answer. Against a service of express and pg that inserts one row a request.
 *
 * @param options.profile folder that takes a processor profile of each hub
 */
export async function acceptBenchmark(report: Report, options: { profile?: string } = {}): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-peers-'));
  const database = await ownDatabase();
  const peers: Peer[] = [];
  const profiling = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${options.profile}`] : [];
  const start = async (script: string, argument: unknown, argv: readonly string[] = []): Promise<Peer> => {
    const peer = await startPeer(script, argument, argv);
    peers.push(peer);
    return peer;
  };
  try {
    report.progress('accept: starting two hubs and express + pg');
    const settings = { onecUrl: NOWHERE, concurrency: 4, active: false, entities: [] };
    const server: HubOptions = { ...settings, dataDir: join(dataDir, 'server'), databaseUrl: database.url };
    const embedded: HubOptions = { ...settings, dataDir: join(dataDir, 'embedded') };
    const contenders = {
      'hub, PostgreSQL': await hubContender(await start('./hub.ts', server, profiling)),
      'hub, embedded with fsync': await hubContender(await start('./hub.ts', embedded, profiling)),
      'express + pg, one insert a request': contender(
        await start('./express-insert.ts', { databaseUrl: database.url } satisfies InsertOptions),
        (n) => message(n, 'insert', {}),
      ),
    };
    report.row('accept: durability', database.durability);
    await runRounds(report, contenders, ROUNDS);
    report.row(
      'accept, hub on PostgreSQL against one insert a request',
      spread(
        ratios(contenders['hub, PostgreSQL'].perSecond, contenders['express + pg, one insert a request'].perSecond),
        2,
      ),
    );
  } finally {
    for (const peer of peers.reverse()) await peer.stop();
    await database.drop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function hubContender(hub: Peer) {
  const { key } = await hub.ask<HubAnswer>('key');
  return contender(hub, (n) => message(n, `hub-${hub.url}`, { authorization: `Bearer ${key}` }));
}

/** A message to one of ten million phones. */
export function message(n: number, run: string, headers: Readonly<Record<string, string>>) {
  return {
    method: 'POST',
    path: '/v1/messages',
    headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': `${run}-${n}-${performance.now()}` },
    body: JSON.stringify({
      channel: 'sms',
      to: `+7916${String(n % 10_000_000).padStart(7, '0')}`,
      text: 'Завтра с 10 до 14 часов не будет горячей воды.',
    }),
  };
}
