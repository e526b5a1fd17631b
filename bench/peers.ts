import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { redisUrl } from './peers/server-database.ts';
import { spread } from './rates.ts';
import type { Report } from './report.ts';

const OPERATIONS = 4_000;
const ROUNDS = 3;
const WORKERS = [1, 2, 4];

/** bench/journal-vs-bullmq.ts for each number of workers, with one job for each operation and with jobs that name several. */
export async function peersBenchmark(report: Report): Promise<void> {
  for (const workers of WORKERS)
    for (const bundle of ['off', 'on']) {
      const what = `${workers} worker${workers === 1 ? '' : 's'}, ${bundle === 'off' ? 'one job each' : 'jobs of operations committed together'}`;
      report.progress(`peers: ${what}, ${ROUNDS} rounds of ${OPERATIONS} operations`);
      const script = new URL('./journal-vs-bullmq.ts', import.meta.url).pathname;
      const numbers = ['--operations', OPERATIONS, '--workers', workers, '--rounds', ROUNDS, '--bundle', bundle];
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', script, ...numbers.map(String)],
        { env: { HUB_TEST_REDIS_URL: redisUrl, ...process.env }, timeout: 600_000 },
      );
      const rounds = [...stdout.matchAll(/ours (\d+)\/s, bare BullMQ (\d+)\/s/g)];
      if (rounds.length !== ROUNDS) throw new Error(`journal-vs-bullmq.ts said something else: ${stdout.slice(-500)}`);
      const ours = rounds.map((r) => Number(r[1]));
      const bare = rounds.map((r) => Number(r[2]));
      report.row(`journaled operations/s on PostgreSQL + Redis, ${what}`, spread(ours, 0));
      report.row('— bare BullMQ, jobs/s', spread(bare, 0));
      report.row(
        '— ratio (aim ≥ 0.5)',
        spread(
          ours.map((rate, i) => rate / (bare[i] ?? Number.NaN)),
          2,
        ),
      );
    }
}
