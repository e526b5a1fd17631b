import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../config/load.ts';
import { connectorKinds, connectorSchemas } from '../connectors/registry.ts';
import { type Hub, startHub } from '../hub.ts';
import { ownDatabase } from './peers/server-database.ts';
import type { Report } from './report.ts';

const DEAD = 100_000;
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const CONFIG = `
organisations: [{ id: uk, name: УК, timezone: Europe/Moscow }]
connectors:
  sms-main: { system: smsc, organisation: uk, url: "http://127.0.0.1:9", auth: { login: hub, password: hub-sandbox } }
`;

interface Job {
  id: string;
  status: string;
  total: number;
  done: number;
  refused: number;
}

/**
 * 100,000 dead operations of one cause, on both stores: all are retried by cause as the console asks for it, the hub is
 * restarted in the middle, the job is stopped, and the answer to the task takes the rest. Every count is compared with
 * the store. The connector is paused, so that only the retrying is measured.
 */
export async function bulkBenchmark(report: Report, { dead = DEAD }: { dead?: number } = {}): Promise<void> {
  for (const store of ['postgres', 'pglite'] as const) {
    const dataDir = mkdtempSync(join(tmpdir(), 'hub-bench-bulk-'));
    const database = store === 'postgres' ? await ownDatabase() : undefined;
    try {
      await onStore(report, dead, dataDir, database?.url);
    } finally {
      await database?.drop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
}

async function onStore(report: Report, dead: number, dataDir: string, databaseUrl: string | undefined): Promise<void> {
  const controlKey = `hub_${randomBytes(16).toString('hex')}`;
  const start = (): Promise<Hub> =>
    startHub({
      config: parseConfig(CONFIG, 'hub.yaml', connectorSchemas(), {}, connectorKinds()),
      dataDir,
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
      port: 0,
      host: '127.0.0.1',
      active: true,
      controlKey,
      log: quiet,
    });
  let hub = await start();
  const call = async <T>(path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(`${hub.url}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${controlKey}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text.slice(0, 300)}`);
    return JSON.parse(text) as T;
  };
  const title = `${dead.toLocaleString('en-US')} dead operations, ${databaseUrl ? 'PostgreSQL' : 'embedded'}`;
  try {
    await call('/v1/connectors/sms-main/pause', { reason: 'bench' });
    for (let from = 0; from < dead; from += 10_000) await insert(hub, Math.min(10_000, dead - from));
    await hub.store.db.query('analyze operation');
    const causes = await timed(() => call<{ items: { count: number }[] }>('/v1/operations/causes?status=dead'));
    if (causes.value.items[0]?.count !== dead) throw new Error(`${causes.value.items[0]?.count} in the first group`);
    report.row(`${title}: grouped by cause`, `${causes.ms.toFixed(0)} ms`);
    const asked = await timed(() =>
      call<Job>('/v1/operations/bulk', { action: 'retry', filter: { status: 'dead', code: 'NETWORK' } }),
    );
    const { id } = asked.value;
    report.row('— the job is taken down and answered in', `${asked.ms.toFixed(0)} ms`);
    const look = (): Promise<Job> => call<Job>(`/v1/operations/bulk/${id}`);
    const began = performance.now();
    const polls: number[] = [];
    const until = async (wanted: (job: Job) => boolean): Promise<Job> => {
      for (;;) {
        const { value, ms } = await timed(look);
        polls.push(ms);
        if (wanted(value)) return value;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    };
    const third = await until((j) => j.done >= dead / 3);
    report.row('— operations a second', (third.done / ((performance.now() - began) / 1000)).toFixed(0));
    const down = performance.now();
    await hub.close();
    hub = await start();
    const back = await until((j) => j.done > third.done + 1_000);
    report.row(
      '— restart of the hub in the middle: goes on after',
      `${((performance.now() - down) / 1000).toFixed(1)} s, from ${back.done.toLocaleString('en-US')}`,
    );
    const stop = await timed(() => call<Job>(`/v1/operations/bulk/${id}/stop`, {}));
    report.row('— stopped in', `${stop.ms.toFixed(0)} ms, ${stop.value.done.toLocaleString('en-US')} done`);
    await compare(hub, 'retrying', stop.value.done);
    polls.sort((a, b) => a - b);
    report.row('— looking how far it is, p50 / p95', `${at(polls, 0.5)} / ${at(polls, 0.95)} ms`);
    await byTask(report, call, dead - stop.value.done);
    await compare(hub, 'dead', 0);
  } finally {
    await hub.close();
  }
}

/** The rest by the answer to the task about it, which the same jobs carry out. */
async function byTask(
  report: Report,
  call: <T>(path: string, body?: unknown) => Promise<T>,
  rest: number,
): Promise<void> {
  interface Task {
    id: string;
    version: number;
    count: number;
    progress: { running: boolean; done: number; failed: number } | null;
  }
  for (;;) {
    const [task] = (await call<{ items: Task[] }>('/v1/tasks?status=open&kind=dead')).items;
    if (task?.count === rest) {
      const began = performance.now();
      await call(`/v1/tasks/${task.id}/answer`, { answer: 'retry', version: task.version });
      for (;;) {
        const { progress } = await call<Task>(`/v1/tasks/${task.id}`);
        if (progress && !progress.running) {
          if (progress.done !== rest) throw new Error(`the task tells ${JSON.stringify(progress)} of ${rest}`);
          const seconds = (performance.now() - began) / 1000;
          report.row(
            '— the rest by the answer to its task',
            `${rest.toLocaleString('en-US')} in ${seconds.toFixed(0)} s, ${(rest / seconds).toFixed(0)} a second`,
          );
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function compare(hub: Hub, status: string, wanted: number): Promise<void> {
  const { rows } = await hub.store.db.query<{ n: number }>('select count(*) as n from operation where status = $1', [
    status,
  ]);
  if (Number(rows[0]?.n) !== wanted) throw new Error(`${rows[0]?.n} operations are ${status}; ${wanted} were told`);
}

async function insert(hub: Hub, n: number): Promise<void> {
  await hub.store.db.query(
    `insert into operation (org, id, kind, client, instance, payload, status, error, accepted_at, updated_at, finished_at)
     select 'uk', gen_random_uuid(), 'messages.send', 'app', 'sms-main', '{"channel":"sms"}', 'dead', '{"kind":"transient","code":"NETWORK","message":"The other system does not answer.","retryable":true}',
       now() - interval '1 hour', now() - interval '1 hour', now() - interval '1 hour' from generate_series(1, $1::int)`,
    [n],
  );
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const began = performance.now();
  return { value: await work(), ms: performance.now() - began };
}

const at = (sorted: readonly number[], share: number): string =>
  (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(0);
