import { openPglite } from '../storage/pglite/database.ts';
import type { Database } from '../storage/port.ts';
import { openPostgres } from '../storage/postgres/database.ts';
import type { GlobalOptions } from './globals.ts';

/** The store of the command line's options, as it is: nothing is migrated. */
export function openForCommand(options: GlobalOptions): Promise<Database> {
  const url = process.env.DATABASE_URL;
  return url ? openPostgres({ url }) : openPglite({ dataDir: options.data });
}
