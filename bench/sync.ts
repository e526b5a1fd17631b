import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SimulatorsReady } from '../cli/simulator-process.ts';
import type { HubChildMessage, HubChildOptions } from './hub-child.ts';
import type { Report } from './report.ts';

const KEY = 'hub_control_bench';
/** Pause between two reads of an account, ms: a call-centre, not a load test. */
const READ_PAUSE_MS = 25;

type Done = Extract<HubChildMessage, { type: 'done' }>;

/** The first load of a whole company from the simulated 1C, each in its own process, while a client reads accounts. */
export async function syncBenchmark(report: Report, { accounts }: { accounts: number }): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-bench-'));
  const children: ChildProcess[] = [];
  try {
    report.progress(`sync: generating a company of ${accounts} accounts`);
    const simulator = start(
      '../cli/main.ts',
      ['sim', 'onec', '--port', '0', '--accounts', String(accounts), '--with-parent'],
      // The stand-in keeps its whole base in memory; the hub has the limit that any process has.
      ['--max-old-space-size=14000'],
    );
    children.push(simulator);
    const [{ ready }] = (await once(simulator, 'message')) as [SimulatorsReady];
    const options: HubChildOptions = { dataDir, onecUrl: ready.onec ?? '', key: KEY, durability: 'fsync' };
    const hub = start('./hub-child.ts', [JSON.stringify(options)]);
    children.push(hub);
    const { done, latencies } = await load(hub, report);
    show(report, accounts, done, latencies);
  } finally {
    for (const child of children) child.kill('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function start(script: string, args: readonly string[], flags: readonly string[] = []): ChildProcess {
  const file = new URL(script, import.meta.url).pathname;
  return fork(file, args, { execArgv: ['--import', 'tsx', ...flags], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

function load(hub: ChildProcess, report: Report): Promise<{ done: Done; latencies: number[] }> {
  const stop = new AbortController();
  let reading: Promise<number[]> = Promise.resolve([]);
  let done: Done | undefined;
  return new Promise((resolve, reject) => {
    hub.once('exit', (code) => {
      stop.abort();
      const end = done;
      if (end) reading.then((latencies) => resolve({ done: end, latencies }), reject);
      else reject(new Error(`The hub of the benchmark ended before its load did (code ${code}).`));
    });
    hub.on('message', (message: HubChildMessage) => {
      if (message.type === 'ready') {
        reading = readAccounts(message.url, stop.signal);
        reading.catch(reject);
        hub.send('sync');
      } else if (message.type === 'progress') {
        report.progress(
          `sync: ${message.seconds.toFixed(0)} s, ${message.entity}: ${message.seen} objects, ${message.rssMb} MB`,
        );
      } else {
        done = message;
        stop.abort();
      }
    });
  });
}

/** Milliseconds of each read of one account by its id, as soon as there are accounts and until the load has ended. */
async function readAccounts(url: string, stop: AbortSignal): Promise<number[]> {
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${KEY}` } });
    if (!response.ok) throw new Error(`${path} answered ${response.status}.`);
    return response.json();
  };
  const latencies: number[] = [];
  let ids: string[] = [];
  while (!stop.aborted) {
    if (ids.length === 0) {
      const page = (await get('/v1/accounts?limit=100')) as { items: { id: string }[] };
      ids = page.items.map((i) => i.id);
    } else {
      const started = performance.now();
      await get(`/v1/accounts/${ids[latencies.length % ids.length]}`);
      latencies.push(performance.now() - started);
    }
    await new Promise((r) => setTimeout(r, READ_PAUSE_MS));
  }
  return latencies;
}

function show(report: Report, accounts: number, done: Done, latencies: readonly number[]): void {
  const records = done.entities.reduce((sum, e) => sum + e.records, 0);
  const sorted = [...latencies].sort((a, b) => a - b);
  const at = (share: number): string => `${(sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(1)} ms`;
  report.row(`first load, ${accounts} accounts: records`, `${records} (${done.quarantined} in quarantine)`);
  report.row('first load: seconds', done.seconds.toFixed(0));
  report.row('first load: records/s', (records / done.seconds).toFixed(0));
  report.row(
    'first load: processor time of the hub',
    `${done.cpuSeconds.toFixed(0)} s, ${((done.cpuSeconds * 1e6) / records).toFixed(0)} µs a record`,
  );
  for (const e of done.entities)
    report.row(
      `— ${e.entity}`,
      `${e.records} in ${e.seconds.toFixed(1)} s, ${(e.records / e.seconds).toFixed(0)}/s, at most ${e.rssMb} MB`,
    );
  report.row('peak RSS of the hub (idle before)', `${done.peakRssMb} MB (${done.idleRssMb} MB)`);
  report.row('event-loop delay p99 (largest)', `${done.delayP99Ms.toFixed(1)} ms (${done.delayMaxMs.toFixed(0)} ms)`);
  report.row(`account by id while it loads, p50 / p99 of ${latencies.length}`, `${at(0.5)} / ${at(0.99)}`);
}
