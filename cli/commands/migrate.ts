import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { entities } from '../../canonical/registry.ts';
import { backupStore, countRows, restoreStore } from '../../storage/backup.ts';
import { ensureEntities, type StoredEntity, storedEntities } from '../../storage/entities.ts';
import { migrate, pendingMigrations } from '../../storage/migrate.ts';
import { markMoved, refuseMoved } from '../../storage/moved.ts';
import { openPglite } from '../../storage/pglite/database.ts';
import type { Database } from '../../storage/port.ts';
import { openPostgres } from '../../storage/postgres/database.ts';
import { afterRestore } from '../../storage/restored.ts';
import { type GlobalOptions, UsageError } from '../globals.ts';
import { createOutput, grouped, table } from '../output.ts';
import { openForCommand } from '../store.ts';

interface MigrateOptions {
  check: boolean;
  from?: string;
  restored: boolean;
}

/** `hub migrate`: the schema, the way from the embedded store to a server, and what a restored database needs. */
export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description("bring the store's schema up to this version; a start of the hub does the same")
    .option('--check', 'only tell what is missing; exit code 1 when something is', false)
    .option('--from <data>', 'copy the embedded store of this data directory into the empty database of DATABASE_URL')
    .option(
      '--restored',
      'the database was restored in place: ask about everything that is not final before it is sent',
      false,
    )
    .addHelpText(
      'after',
      '\nExamples:\n  hub migrate --check\n  DATABASE_URL=postgres://… hub migrate --from ./data\n  DATABASE_URL=postgres://… hub migrate --restored',
    )
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals() as GlobalOptions & MigrateOptions;
      if ([options.check, options.restored, options.from !== undefined].filter(Boolean).length > 1)
        throw new UsageError('Give one of --check, --from and --restored.');
      if (options.from !== undefined) return move(options, options.from);
      const db = await openForCommand(options);
      try {
        if (options.check) await check(db, options);
        else if (options.restored) await settle(db, options);
        else await apply(db, options);
      } finally {
        await db.close();
      }
    });
}

async function check(db: Database, options: GlobalOptions): Promise<void> {
  const pending = (await pendingMigrations(db)).map(({ version, name }) => ({ version, name }));
  createOutput(options.json).result({ pending }, () =>
    pending.length === 0
      ? 'The schema is up to date.'
      : `Missing:\n${table(
          ['version', 'name'],
          pending.map((m) => [m.version, m.name]),
        )}\nApply with: hub migrate`,
  );
  if (pending.length > 0) process.exitCode = 1;
}

async function apply(db: Database, options: GlobalOptions): Promise<void> {
  const applied = await migrate(db);
  await ensureEntities(db, storedEntities(entities.values()));
  createOutput(options.json).result({ applied }, () =>
    applied.length === 0 ? 'The schema was up to date.' : `Applied: ${applied.join(', ')}.`,
  );
}

async function settle(db: Database, options: GlobalOptions): Promise<void> {
  await migrate(db);
  const [operations] = await db.transact(afterRestore(new Date()));
  const count = operations?.count ?? 0;
  createOutput(options.json).result(
    { uncertain: count },
    () => `${grouped(count)} operation(s) are uncertain now; their systems are asked before anything is sent again.`,
  );
}

/** From one person's machine to servers: every row, compared by count; the old store refuses to go on afterwards. */
async function move(options: GlobalOptions, from: string): Promise<void> {
  const url = process.env.DATABASE_URL;
  if (!url) throw new UsageError('Set DATABASE_URL to the PostgreSQL database that the store moves to.');
  if (!existsSync(join(from, 'store'))) throw new UsageError(`There is no embedded store in ${from}.`);
  refuseMoved(from);
  // Fails while a hub has it open.
  const source = await openPglite({ dataDir: from });
  const file = join(from, 'moving.ndjson.gz');
  try {
    await prepare(source, storedEntities(entities.values()));
    const target = await openPostgres({ url });
    try {
      await prepare(target, storedEntities(entities.values()));
      const now = new Date();
      await backupStore(source, file, now);
      await restoreStore(target, file, now, 'move');
      const [before, after] = [await countRows(source), await countRows(target)];
      const different = Object.keys(before).filter((name) => before[name] !== after[name]);
      if (different.length > 0)
        throw new Error(
          `These tables differ after the copy: ${different.map((name) => `${name} ${before[name]} → ${after[name]}`).join(', ')}. The old store is untouched; empty the database and try again.`,
        );
      markMoved(from, new URL(url).host + new URL(url).pathname, now);
      createOutput(options.json).result(
        { rows: after },
        () => `${table(
          ['table', 'rows there', 'rows here'],
          Object.keys(before)
            .filter((name) => (before[name] ?? 0) > 0)
            .map((name) => [name, before[name], after[name]]),
        )}
Moved. Operations that were under way are uncertain and are asked about first; all others go on as they were.
Give every process the master key: HUB_MASTER_KEY=$(cat ${join(from, 'master.key')}). Keep ${from} until the hub runs on the server.`,
      );
    } finally {
      await target.close();
    }
  } finally {
    rmSync(file, { force: true });
    await source.close();
  }
}

async function prepare(db: Database, entities: readonly StoredEntity[]): Promise<void> {
  await migrate(db);
  await ensureEntities(db, entities);
}
