import { entity } from '../../canonical/registry.ts';
import { Erasures } from '../../queues/erasure/erasures.ts';
import { Journal } from '../../queues/journal.ts';
import { AuditLog } from '../../storage/audit/log.ts';
import { createCipher } from '../../storage/cipher.ts';
import { openPostgres } from '../../storage/postgres/database.ts';
import { RecordRepository } from '../../storage/repositories/records.ts';

/** A process that erases a person and may be killed at any moment: `node erasing-child.ts <database url> <customer>`. */
const [url = '', customer = ''] = process.argv.slice(2);
const db = await openPostgres({ url, maxConnections: 2 });
const cipher = createCipher([{ version: 1, key: new Uint8Array(32).fill(7) }]);
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const audit = new AuditLog({ db, cipher, now: Date.now, warn: () => {} });
const erasures = new Erasures({
  db,
  cipher,
  clock: Date,
  log: quiet,
  records: new RecordRepository(db, cipher),
  journal: new Journal({ db, cipher, clock: Date, random: Math.random, onAccepted: () => {} }),
  cancelled: () => [],
  asked: (org, id, by) =>
    audit.statement({
      org,
      actor: by,
      action: 'customers.erase-asked',
      subject: `${entity('Customer').name}:${id}`,
      details: {},
    }),
  onChange: () => {},
});
process.stdout.write('begun\n');
const erasure = await erasures.erase('uk', customer, { by: 'key-1', reason: 'заявление', files: [] });
process.stdout.write(`${JSON.stringify(erasure)}\n`);
await db.close();
