import { alone } from '../queues/share.ts';
import { ensureEntities } from '../storage/entities.ts';
import { migrate } from '../storage/migrate.ts';
import { openPostgres } from '../storage/postgres/database.ts';
import { ownRedis } from './flush.ts';
import { command, journalHub } from './peers/journal-hub.ts';
import { type Peer, startPeer } from './peers/process.ts';
import { ownDatabase } from './peers/server-database.ts';
import type { WorkerOptions } from './peers/worker.ts';
import type { Report } from './report.ts';

const CALLERS = 300;
const SAMPLE_MS = 500;
const MILLION = 1_000_000;
/** About as much as a message says. */
const TEXT = 'Завтра с 10 до 14 часов не будет горячей воды.';

/** Bytes that operations take on disk with attempt, event and indexes, and memory of the accepting and the working process. */
export async function millionBenchmark(
  report: Report,
  { operations = MILLION }: { operations?: number },
): Promise<void> {
  const database = await ownDatabase();
  const redis = await ownRedis();
  const db = await openPostgres({ url: database.url });
  let worker: Peer | undefined;
  try {
    await migrate(db);
    await ensureEntities(db, []);
    const settings = { url: redis.url, prefix: 'hubbench' };
    worker = await startPeer('./worker.ts', { databaseUrl: database.url, redis: settings } satisfies WorkerOptions);
    const hub = journalHub({ db, redis: settings, share: alone });
    const memory = { api: [] as number[], worker: [] as number[] };
    const sampling = setInterval(() => {
      memory.api.push(Math.round(process.memoryUsage.rss() / 1024 / 1024));
      if (worker) memory.worker.push(worker.rssMb());
    }, SAMPLE_MS);
    const began = performance.now();
    let next = 0;
    await Promise.all(
      Array.from({ length: CALLERS }, async () => {
        while (next < operations) {
          if (next % 20_000 === 0) report.progress(`million: ${next} of ${operations} accepted`);
          const payload = { n: next++, text: TEXT };
          await hub.journal.accept({
            org: 'uk',
            client: 'bench',
            command,
            instance: 'bench',
            payload,
            body: payload,
            idempotencyKey: `key-${payload.n}`,
          });
        }
      }),
    );
    const done = async (): Promise<number> =>
      (await db.query<{ n: number }>(`select count(*) as n from operation where status = 'succeeded'`)).rows[0]?.n ?? 0;
    while ((await done()) < operations) await new Promise((resolve) => setTimeout(resolve, 500));
    const seconds = (performance.now() - began) / 1000;
    clearInterval(sampling);
    await hub.settled();
    await worker.stop();
    await hub.dispatcher.stop();
    await db.query('vacuum analyze');
    const { rows } = await db.query<{ name: string; bytes: number }>(
      `select coalesce(i.inhparent, c.oid)::regclass::text as name, sum(pg_total_relation_size(c.oid)) as bytes
       from pg_class c left join pg_inherits i on i.inhrelid = c.oid
       where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace group by 1 order by 2 desc`,
    );
    show(report, operations, seconds, rows, memory);
  } finally {
    await worker?.stop();
    await db.close();
    await redis.stop();
    await database.drop();
  }
}

function show(
  report: Report,
  operations: number,
  seconds: number,
  tables: readonly { name: string; bytes: number }[],
  memory: { api: readonly number[]; worker: readonly number[] },
): void {
  const bytes = tables.map((t) => ({ name: t.name, each: Number(t.bytes) / operations }));
  const total = bytes.reduce((sum, t) => sum + t.each, 0);
  const scaled = operations === MILLION ? '' : `, scaled from ${operations}`;
  report.row(`one million operations on disk, MB${scaled}`, ((total * MILLION) / 1024 / 1024).toFixed(0));
  for (const { name, each } of bytes.filter((t) => t.each >= 1))
    report.row(`— ${name} with its indexes, bytes an operation`, each.toFixed(0));
  report.row('— operations/s meanwhile, one process that accepts and one worker', (operations / seconds).toFixed(0));
  for (const [name, samples] of Object.entries(memory)) {
    const quarter = Math.floor(samples.length / 4);
    const most = (list: readonly number[]): number => Math.max(...list);
    report.row(
      `— resident memory of the ${name === 'api' ? 'accepting' : 'working'} process, MB, largest in the second and in the last quarter`,
      `${most(samples.slice(quarter, 2 * quarter))}, ${most(samples.slice(-quarter))}`,
    );
  }
}
