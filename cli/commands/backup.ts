import type { Command } from 'commander';
import { entities } from '../../canonical/registry.ts';
import { remarkStatement } from '../../storage/audit/pending.ts';
import { backupStore, restoreStore } from '../../storage/backup.ts';
import { ensureEntities, storedEntities } from '../../storage/entities.ts';
import { migrate } from '../../storage/migrate.ts';
import type { Database } from '../../storage/port.ts';
import type { GlobalOptions } from '../globals.ts';
import { createOutput, grouped } from '../output.ts';
import { openForCommand } from '../store.ts';

/** `hub backup` and `hub restore`: the whole store in one file, from and into either kind of store. */
export function addBackup(program: Command): void {
  program
    .command('backup <file>')
    .description('write the whole store to a file; stop the hub first when the store is embedded')
    .addHelpText(
      'after',
      '\nThe master key (data/master.key or HUB_MASTER_KEY) is not in the file; keep it apart.\n\nExample:\n  hub backup /backup/hub-2026-11-24.ndjson.gz',
    )
    .action(async (file: string, _own: unknown, command: Command) => {
      await withStore(command, async (db, options) => {
        const rows = await backupStore(db, file, new Date());
        await db.transact([remarkStatement('store.backup', new Date())]);
        createOutput(options.json).result(
          { file, rows },
          () => `Wrote ${file}: ${grouped(Object.values(rows).reduce((a, b) => a + b, 0))} rows.`,
        );
      });
    });
  program
    .command('restore <file>')
    .description(
      'fill an empty store from a backup; operations that were under way become uncertain and are settled first',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  hub restore /backup/hub.ndjson.gz --data ./new-data\n  DATABASE_URL=postgres://… hub restore /backup/hub.ndjson.gz     (an embedded store moves to a server)',
    )
    .action(async (file: string, _own: unknown, command: Command) => {
      await withStore(command, async (db, options) => {
        const rows = await restoreStore(db, file, new Date());
        createOutput(options.json).result(
          { file, rows },
          () =>
            `Restored ${grouped(Object.values(rows).reduce((a, b) => a + b, 0))} rows. Put master.key in place before the start.`,
        );
      });
    });
}

async function withStore(
  command: Command,
  work: (db: Database, options: GlobalOptions) => Promise<void>,
): Promise<void> {
  const options = command.optsWithGlobals() as GlobalOptions;
  const db = await openForCommand(options);
  try {
    await migrate(db);
    await ensureEntities(db, storedEntities(entities.values()));
    await work(db, options);
  } finally {
    await db.close();
  }
}
