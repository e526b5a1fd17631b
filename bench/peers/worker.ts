import { once } from 'node:events';
import { alone } from '../../queues/share.ts';
import { openPostgres } from '../../storage/postgres/database.ts';
import { journalHub } from './journal-hub.ts';

/** What the parent passes as JSON. */
export interface WorkerOptions {
  databaseUrl: string;
  redis: { url: string; prefix: string };
}

const { databaseUrl, redis } = JSON.parse(process.argv[2] ?? '{}') as WorkerOptions;
const db = await openPostgres({ url: databaseUrl });
const hub = journalHub({ db, redis, share: alone });
hub.dispatcher.start();
process.send?.({ url: databaseUrl });
await Promise.race([once(process, 'disconnect'), once(process, 'SIGTERM')]);
await hub.dispatcher.stop();
await hub.settled();
await db.close();
process.exit(0);
