import { FigureBook } from '../monitoring/figures.ts';
import { Breakers } from '../queues/breakers.ts';
import { Instances } from '../queues/instances.ts';
import { migrate } from '../storage/migrate.ts';
import { openPostgres } from '../storage/postgres/database.ts';
import { ownDatabase } from './peers/server-database.ts';
import type { Report } from './report.ts';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const MILLION = 1_000_000;
const READINGS = 15;

/** What the figures behind the metrics and the alerts cost, in two hubs of a million operations each. */
export async function figuresBenchmark(
  report: Report,
  { operations = MILLION }: { operations?: number },
): Promise<void> {
  for (const [what, statusOf] of [
    ['of which one in a hundred is not final', `case when n % 100 = 0 then 'dead' else 'succeeded' end`],
    ['all due at once', `'accepted'`],
  ] as const) {
    const database = await ownDatabase();
    const db = await openPostgres({ url: database.url });
    try {
      await migrate(db);
      report.progress(`figures: writing ${operations} operations, ${what}`);
      await db.query(
        `insert into operation (org, id, kind, client, instance, payload, status, due_at, accepted_at, updated_at)
         select 'uk', gen_random_uuid(), case when n % 3 = 0 then 'meter-readings.submit' else 'messages.send' end, 'app', 'sms-' || n % 4, '{}', s, case when s = 'accepted' then now() end, now(), now()
         from generate_series(1, $1::int) n cross join lateral (select ${statusOf} as s) x`,
        [operations],
      );
      await db.query('vacuum analyze operation');
      const times: number[] = [];
      for (let n = 0; n < READINGS; n++) {
        const book = new FigureBook({
          db,
          clock: Date,
          log,
          instances: new Instances({ db, clock: Date, log, instances: [] }),
          breakers: new Breakers({ db, clock: Date, log, process: 'bench' }),
          organisations: ['uk'],
          pulls: [],
          certificates: () => [],
        });
        const began = performance.now();
        await book.read();
        times.push(performance.now() - began);
      }
      times.sort((a, b) => a - b);
      report.row(
        `figures of a hub with ${operations} operations, ${what}, ms`,
        `${times[READINGS >> 1]?.toFixed(0)} [${times[0]?.toFixed(0)}…${times.at(-1)?.toFixed(0)}]`,
      );
    } finally {
      await db.close();
      await database.drop();
    }
  }
}
