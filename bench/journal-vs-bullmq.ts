/**
 * Operations a second from accept to written outcome, on PostgreSQL and Redis, against bare BullMQ (add, process) in the
 * same run. Ours commits a journal row, an attempt row and an event row for each, and numbers the event.
 *
 *   node --import tsx bench/journal-vs-bullmq.ts [--operations 20000] [--workers 1|2|4] [--rounds 3] [--bundle off]
 *
 * HUB_TEST_DATABASE_URL and HUB_TEST_REDIS_URL say where the servers are; a schema and a prefix of its own are used.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker as BullWorker, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { alone, type Share } from '../queues/share.ts';
import { ensureEntities } from '../storage/entities.ts';
import { migrate } from '../storage/migrate.ts';
import { openPostgres } from '../storage/postgres/database.ts';
import { CONCURRENCY, command, journalHub } from './peers/journal-hub.ts';

const databaseUrl = process.env.HUB_TEST_DATABASE_URL ?? 'postgres://127.0.0.1:5432/test';
const redisUrl = process.env.HUB_TEST_REDIS_URL ?? 'redis://127.0.0.1:6379/3';
const CALLERS = 500;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const option = (name: string, standard: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? standard : Number(process.argv[at + 1]);
};

async function callers(n: number, call: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (next < n) await call(next++);
    }),
  );
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Other processes that work; with one worker this process does it. */
async function helpers(args: readonly string[], count: number): Promise<ChildProcess[]> {
  if (count === 1) return [];
  const list = Array.from({ length: count }, (_, i) =>
    fork(fileURLToPath(import.meta.url), ['--child', ...args, String(i), String(count)], {
      execArgv: ['--import', 'tsx'],
    }),
  );
  await Promise.all(list.map((child) => once(child, 'message')));
  return list;
}

async function end(list: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    list.map((child) => {
      const ended = once(child, 'exit');
      child.send('stop');
      return ended;
    }),
  );
}

async function ours(n: number, workers: number, oneJobEach: boolean): Promise<number> {
  const schema = `hub_bench_${randomBytes(4).toString('hex')}`;
  const prefix = `hubtest-server-bench-${schema}`;
  const db = await openPostgres({ url: databaseUrl, schema });
  await migrate(db);
  await ensureEntities(db, []);
  const h = journalHub({ db, redis: { url: redisUrl, prefix }, share: alone, oneJobEach });
  const children = await helpers(['ours', schema, prefix, String(oneJobEach)], workers);
  if (children.length === 0) h.dispatcher.start();
  await pause(500);
  const began = performance.now();
  await callers(n, (i) =>
    h.journal.accept({ org: 'uk', client: 'bench', command, instance: 'bench', payload: { n: i }, body: { n: i } }),
  );
  const accepted = performance.now();
  for (;;) {
    const { rows } = await db.query(`select count(*) as n from operation where status = 'succeeded'`);
    if (rows[0]?.n === n) break;
    await pause(30);
  }
  const took = performance.now() - began;
  await h.settled();
  const { rows } = await db.query(
    'select (select count(*) from attempt) as attempts, (select count(*) from event where no is not null) as events, (select count(*) from event) as all_events',
  );
  say(
    `  ours: accepts ${((n / (accepted - began)) * 1000).toFixed(0)}/s; attempts ${rows[0]?.attempts}, events ${rows[0]?.all_events}, numbered ${rows[0]?.events}`,
  );
  if (rows[0]?.attempts !== n || rows[0]?.all_events !== n) throw new Error('rows are missing');
  await end(children);
  await h.dispatcher.stop();
  await db.query(`drop schema "${schema}" cascade`);
  await db.close();
  await clear(prefix);
  return (n / took) * 1000;
}

function bareWorker(prefix: string, done: () => void): BullWorker {
  const worker = new BullWorker('ops', async () => ({}), {
    connection: new Redis(redisUrl, { maxRetriesPerRequest: null }),
    prefix: `{${prefix}}`,
    concurrency: CONCURRENCY,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  });
  worker.on('completed', done);
  return worker;
}

async function bare(n: number, workers: number): Promise<number> {
  const prefix = `hubtest-server-bare-${randomBytes(4).toString('hex')}`;
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const queue = new Queue('ops', { connection, prefix: `{${prefix}}`, defaultJobOptions: { removeOnComplete: true } });
  await queue.waitUntilReady();
  let done = 0;
  const children = await helpers(['bare', prefix], workers);
  const own = children.length === 0 ? bareWorker(prefix, () => done++) : undefined;
  for (const child of children) child.on('message', (count) => (done += count as number));
  await own?.waitUntilReady();
  const began = performance.now();
  await callers(n, (i) => queue.add('op', { org: 'uk', id: String(i) }));
  while (done < n) await pause(10);
  const took = performance.now() - began;
  await end(children);
  await own?.close();
  await queue.close();
  connection.disconnect();
  await clear(prefix);
  return (n / took) * 1000;
}

async function clear(prefix: string): Promise<void> {
  const redis = new Redis(redisUrl);
  for await (const keys of redis.scanStream({ match: `{${prefix}*`, count: 500 }))
    if ((keys as string[]).length > 0) await redis.unlink(...(keys as string[]));
  redis.disconnect();
}

async function child([what, ...args]: string[]): Promise<void> {
  if (what === 'ours') {
    const [schema = '', prefix = '', oneJobEach, rank, count] = args;
    const db = await openPostgres({ url: databaseUrl, schema });
    const part = Math.ceil(CONCURRENCY / Number(count));
    const share: Share = { ofConcurrency: () => part, ofRate: () => 1 / Number(count) };
    const h = journalHub({ db, redis: { url: redisUrl, prefix }, share, oneJobEach: oneJobEach === 'true' });
    h.dispatcher.start();
    process.send?.(`ready ${rank}`);
    await once(process, 'message');
    await h.dispatcher.stop();
    await h.settled();
    await db.close();
  } else {
    let done = 0;
    const worker = bareWorker(args[0] ?? '', () => done++);
    await worker.waitUntilReady();
    process.send?.(0);
    const timer = setInterval(() => {
      if (done > 0) process.send?.(done);
      done = 0;
    }, 10);
    await once(process, 'message');
    clearInterval(timer);
    await worker.close();
  }
  process.exit(0);
}

const at = process.argv.indexOf('--child');
if (at >= 0) await child(process.argv.slice(at + 1));
else {
  const n = option('operations', 20_000);
  const workers = option('workers', 1);
  const oneJobEach = process.argv.includes('--bundle') && process.argv[process.argv.indexOf('--bundle') + 1] === 'off';
  const ratios: number[] = [];
  for (let round = 1; round <= option('rounds', 3); round++) {
    const peer = await bare(n, workers);
    const hubs = await ours(n, workers, oneJobEach);
    ratios.push(hubs / peer);
    say(
      `round ${round}: ours ${hubs.toFixed(0)}/s, bare BullMQ ${peer.toFixed(0)}/s, ratio ${(hubs / peer).toFixed(2)}`,
    );
  }
  ratios.sort((a, b) => a - b);
  say(
    `${workers} worker${workers === 1 ? '' : 's'}, median ratio ${ratios[Math.floor(ratios.length / 2)]?.toFixed(2)} (aim ≥ 0.5)`,
  );
  process.exit(0);
}
