import { loadCalendar } from '../../calendars/calendar.ts';
import { debtInquiries } from '../../flows/debt-inquiries/flow.ts';
import { Flows } from '../../flows/flows.ts';
import { meterReadings } from '../../flows/meter-readings/flow.ts';
import { Journal } from '../../queues/journal.ts';
import { createCipher } from '../../storage/cipher.ts';
import { openPostgres } from '../../storage/postgres/database.ts';
import { numberEvents } from '../../storage/repositories/events.ts';
import { RecordRepository } from '../../storage/repositories/records.ts';

/** A process that runs the flows and may be killed at any moment: `node flow-child.ts <database url>`. */
const [url = ''] = process.argv.slice(2);
const db = await openPostgres({ url, maxConnections: 4 });
const cipher = createCipher([{ version: 1, key: new Uint8Array(32).fill(7) }]);
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const journal = new Journal({ db, cipher, clock: Date, random: Math.random, onAccepted: () => {} });
const route = (): string => 'gis-main';
const flows = new Flows({
  db,
  clock: Date,
  random: Math.random,
  log,
  journal,
  organisations: ['uk'],
  flows: [
    meterReadings({ db, journal, isOn: () => true, route }),
    debtInquiries({
      db,
      clock: Date,
      log,
      records: new RecordRepository(db, cipher),
      journal,
      calendar: loadCalendar(),
      settings: () => ({
        mode: 'auto',
        executor: crypto.randomUUID(),
        riskHours: 24,
        maxAgeHours: 48,
        whenPaid: 'correct',
      }),
      timezone: () => 'Europe/Moscow',
      route,
      executorOf: () => undefined,
      documents: { fetch: async () => crypto.randomUUID() },
    }),
  ],
  onChange: () => {},
});
process.stdout.write('begun\n');
for (;;) {
  await numberEvents(db);
  await flows.round();
  await new Promise((resolve) => setTimeout(resolve, 20));
}
