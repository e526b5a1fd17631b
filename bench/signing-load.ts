import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoKey } from '../certs/demo-key.ts';
import type { HubAnswer, HubDelay, HubOptions } from './peers/hub.ts';
import type { OnecOptions } from './peers/onec.ts';
import { type Peer, startPeer } from './peers/process.ts';
import type { SigningClientOptions } from './peers/signing-client.ts';
import { ratios, spread } from './rates.ts';
import type { Report } from './report.ts';

const ROUNDS = 3;
const PACKAGES = 200;
/** Packages that are asked for at once. */
const AT_ONCE = 2;
/** One read each; a client that waits for an answer would ask the less the slower the hub is. */
const READ_EVERY_MS = 20;
const CALM_MS = 3_000;
const READS = ['/v1/accounts?limit=10', '/v1/operations?limit=10'];
const ACCOUNTS = 50;
const CERTIFICATE = 'director';
const INN = '7707083893';

type Phase = 'before' | 'during' | 'after';
const phases: readonly Phase[] = ['before', 'during', 'after'];

/** Milliseconds. */
interface Seen {
  p50: number;
  p99: number;
  loopP99: number;
  loopMax: number;
}

/**
 * Reads of a hub on the embedded store while it signs 200 packages of 100 KB, half of them XAdES and half CAdES with the document
 * beside it, against the same reads before and after.
 */
export async function signingLoadBenchmark(report: Report, options: { profile?: string } = {}): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-signing-'));
  const peers: Peer[] = [];
  try {
    report.progress('signing load: starting the simulated 1C and a hub');
    const onec = await startPeer('./onec.ts', { accounts: ACCOUNTS } satisfies OnecOptions);
    peers.push(onec);
    const hub = await startPeer(
      './hub.ts',
      { dataDir, onecUrl: onec.url, concurrency: 4, active: true, entities: ['PersonalAccount'] } satisfies HubOptions,
      options.profile ? ['--cpu-prof', `--cpu-prof-dir=${options.profile}`] : [],
    );
    peers.push(hub);
    const { key } = await hub.ask<HubAnswer>('key');
    const client = clientOf(hub.url, key);
    await importKey(client);
    const asker = await startPeer('./signing-client.ts', {
      url: hub.url,
      key,
      certificate: CERTIFICATE,
      packages: PACKAGES,
      atOnce: AT_ONCE,
    } satisfies SigningClientOptions);
    peers.push(asker);
    const signAll = (): Promise<void> => asker.ask('sign');
    // Threads, tables and the code of both formats are there before anything is measured.
    await signAll();
    await phase(hub, client, pause(CALM_MS));

    const seen: Record<Phase, Seen[]> = { before: [], during: [], after: [] };
    const perSecond: number[] = [];
    const cpu: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      seen.before.push(await phase(hub, client, pause(CALM_MS)));
      const [began, used] = [performance.now(), hub.cpuSeconds()];
      seen.during.push(await phase(hub, client, signAll()));
      perSecond.push(PACKAGES / ((performance.now() - began) / 1000));
      cpu.push(((hub.cpuSeconds() - used) * 1000) / PACKAGES);
      seen.after.push(await phase(hub, client, pause(CALM_MS)));
      const shown = phases.map((name) => `${name} ${seen[name].at(-1)?.p99.toFixed(1)}`).join(', ');
      report.progress(`signing load: round ${round} of ${ROUNDS}, p99 of the reads, ms: ${shown}`);
    }
    const of = (name: Phase, figure: keyof Seen): number[] => seen[name].map((one) => one[figure]);
    report.row(`packages of 100 KB signed a second over the API, ${AT_ONCE} at once`, spread(perSecond, 0));
    report.row('— processor time of the hub for one, the reads meanwhile included, ms', spread(cpu, 1));
    for (const name of phases) {
      const both = `${spread(of(name, 'p50'), 1)} / ${spread(of(name, 'p99'), 1)}`;
      report.row(`reads ${name} signing, one each ${READ_EVERY_MS} ms: p50 / p99, ms`, both);
      report.row(
        '— delay of the event loop, p99 / longest, ms',
        `${spread(of(name, 'loopP99'), 1)} / ${spread(of(name, 'loopMax'), 1)}`,
      );
    }
    report.row('— p99 during against before', spread(ratios(of('during', 'p99'), of('before', 'p99')), 2));
    report.row('— p99 after against before', spread(ratios(of('after', 'p99'), of('before', 'p99')), 2));
  } finally {
    for (const peer of peers.reverse()) await peer.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

type Client = (path: string, body?: string) => Promise<unknown>;

function clientOf(url: string, key: string): Client {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return async (path, body) => {
    const ask = () => fetch(url + path, body === undefined ? { headers } : { method: 'POST', headers, body });
    // A connection that lay idle may be closed at the very moment: clients ask once more.
    const response = await ask().catch(ask);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 300)}`);
    return JSON.parse(text);
  };
}

async function importKey(client: Client): Promise<void> {
  const { certificate, key } = demoKey('Директор', INN, Date.now());
  const files = [certificate, key].map((pem) => Buffer.from(pem).toString('base64'));
  await client('/v1/certificates', JSON.stringify({ name: CERTIFICATE, files }));
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Reads at a steady pace until something is over. A read is late from the moment it should have been sent. */
async function phase(hub: Peer, client: Client, until: Promise<void>): Promise<Seen> {
  await hub.ask<HubDelay>('delay');
  let isOver = false;
  const over = until.finally(() => {
    isOver = true;
  });
  const reads: Promise<number>[] = [];
  const began = performance.now();
  while (!isOver) {
    const due = began + reads.length * READ_EVERY_MS;
    const wait = due - performance.now();
    if (wait > 0) await pause(wait);
    const path = READS[reads.length % READS.length] as string;
    reads.push(client(path).then(() => performance.now() - due));
  }
  await over;
  const taken = (await Promise.all(reads)).sort((a, b) => a - b);
  const { p99Ms, maxMs } = await hub.ask<HubDelay>('delay');
  const at = (share: number): number => taken[Math.floor(taken.length * share)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), loopP99: p99Ms, loopMax: maxMs };
}
