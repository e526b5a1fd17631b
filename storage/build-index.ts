import { identifier } from './encode.ts';
import type { Database } from './port.ts';

const WAIT_MS = 500;
/** A build of a large table takes minutes; more than hours means that something is wrong. */
const LIMIT_MS = 6 * 3_600_000;

/**
 * Runs `create index concurrently` or `drop index concurrently`, so that it is done when this resolves: an index that
 * another process builds is waited for, and one that a dead process left unfinished is built anew. On the embedded
 * store, which has one session, the word is left out.
 */
export async function buildIndex(db: Database, sql: string): Promise<void> {
  if (db.kind === 'pglite') {
    await db.query(sql.replace(/\bconcurrently\b/i, ''));
    return;
  }
  const name = /\bindex concurrently (?:if (?:not )?exists )?"?([a-z0-9_]+)/i.exec(sql)?.[1];
  if (name === undefined) throw new Error(`This index has no name: ${sql}`);
  if (/^drop\b/i.test(sql)) {
    await db.query(sql, [], { unlimited: true });
    return;
  }
  const until = performance.now() + LIMIT_MS;
  let before: string | undefined;
  while (performance.now() < until) {
    const state = await stateOf(db, name);
    if (state === 'whole') return;
    if (state === 'absent') await db.query(sql, [], { unlimited: true });
    // Seen twice, since the end of a build is not shown in one piece.
    else if (state === 'unfinished' && before === 'unfinished')
      await db.query(`drop index concurrently if exists ${identifier(name)}`, [], { unlimited: true });
    else await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    before = state;
  }
  throw new Error(`The index ${name} was not built within six hours.`);
}

async function stateOf(db: Database, name: string): Promise<'absent' | 'whole' | 'being-built' | 'unfinished'> {
  const { rows } = await db.query<{ whole: boolean; building: boolean }>(
    `select i.indisvalid as whole, exists (select 1 from pg_stat_progress_create_index p where p.index_relid = i.indexrelid) as building
     from pg_index i where i.indexrelid = to_regclass($1)`,
    [name],
  );
  const [row] = rows;
  if (!row) return 'absent';
  return row.whole ? 'whole' : row.building ? 'being-built' : 'unfinished';
}
