import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { alone } from '../queues/share.ts';
import { ensureEntities } from '../storage/entities.ts';
import { migrate } from '../storage/migrate.ts';
import { openPostgres } from '../storage/postgres/database.ts';
import { command, journalHub } from './peers/journal-hub.ts';
import { ownDatabase } from './peers/server-database.ts';
import type { Report } from './report.ts';

const CALLERS = 500;

/**
 * Operations that wait, due, when Redis loses everything it has: seconds until all are carried out, against the same
 * without the loss. A Redis of its own is started, so that nothing else is flushed.
 */
export async function flushBenchmark(report: Report, { operations = 100_000 }: { operations?: number }): Promise<void> {
  const calm = await run(report, operations, false);
  const flushed = await run(report, operations, true);
  report.row(`${operations} waiting operations carried out, Redis as it was, s`, calm.toFixed(1));
  report.row('— Redis flushed when a twentieth was done, s', flushed.toFixed(1));
  report.row('— the flush cost, s', (flushed - calm).toFixed(1));
}

async function run(report: Report, operations: number, flush: boolean): Promise<number> {
  const database = await ownDatabase();
  const redis = await ownRedis();
  const db = await openPostgres({ url: database.url });
  try {
    await migrate(db);
    await ensureEntities(db, []);
    const hub = journalHub({ db, redis: { url: redis.url, prefix: 'hubbench' }, share: alone });
    report.progress(`flush: accepting ${operations} operations`);
    let next = 0;
    await Promise.all(
      Array.from({ length: CALLERS }, async () => {
        while (next < operations) {
          const payload = { n: next++ };
          await hub.journal.accept({ org: 'uk', client: 'bench', command, instance: 'bench', payload, body: payload });
        }
      }),
    );
    const done = async (): Promise<number> => {
      const { rows } = await db.query<{ n: number }>(`select count(*) as n from operation where status = 'succeeded'`);
      return rows[0]?.n ?? 0;
    };
    const began = performance.now();
    hub.dispatcher.start();
    let flushed = !flush;
    for (let n = 0; n < operations; n = await done()) {
      if (!flushed && n >= operations / 20) {
        flushed = true;
        const client = new Redis(redis.url);
        await client.flushall();
        client.disconnect();
        report.progress(`flush: Redis lost everything when ${n} were done`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const seconds = (performance.now() - began) / 1000;
    const { rows } = await db.query<{ n: number }>('select count(*) as n from attempt');
    if (rows[0]?.n !== operations) throw new Error(`${rows[0]?.n} attempts for ${operations} operations.`);
    await hub.settled();
    await hub.dispatcher.stop();
    return seconds;
  } finally {
    await db.close();
    await redis.stop();
    await database.drop();
  }
}

/** A Redis that keeps nothing on disk. */
export async function ownRedis(): Promise<{ url: string; stop(): Promise<void> }> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    {
      stdio: 'ignore',
    },
  );
  const url = `redis://127.0.0.1:${port}/0`;
  const client = new Redis(url, { maxRetriesPerRequest: null });
  client.on('error', () => {});
  await client.ping();
  client.disconnect();
  return {
    url,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
