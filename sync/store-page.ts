import { HubError } from '../canonical/errors.ts';
import type { NativeRecord } from '../connectors/port.ts';
import { type Statement, StoreFull } from '../storage/port.ts';
import { type NewRecord, newRowColumns } from '../storage/repositories/records.ts';
import { type EntityRun, newsOf, now, type Progress, ROWS_PER_COMMIT, type RunState } from './entity-run.ts';
import { fetchLookups } from './lookups.ts';
import { withNews } from './news.ts';
import { quarantineStatement, releaseStatement } from './quarantine.ts';
import { rowsGone, tombstones } from './removals.ts';
import { type Part, translate } from './translate.ts';

/** SQLSTATE unique_violation. */
const UNIQUE_VIOLATION = '23505';

/**
 * Translates records and commits them, in portions that keep memory flat; the last portion moves the checkpoint.
 * Returns the keys of native objects that went to quarantine.
 */
export async function storePage(
  r: EntityRun,
  state: RunState,
  natives: readonly NativeRecord[],
  progress: Progress,
  place: { cursor: string | null; mode: RunState['mode'] },
): Promise<ReadonlySet<string>> {
  await ensureRoom(r);
  const alive = natives.filter((n) => n.deleted !== true);
  // Shifting pages may bring a record twice; the later one counts, and one statement may touch a row once only.
  const byKey = new Map<string, Part>();
  const gone = natives.filter((n) => n.deleted === true).map((n) => n.key);
  for (const n of alive) {
    const found = r.mapping.parts(n.key, n.data);
    // What the mapping's `when` does not want any more is gone for us; a document may well have no rows.
    if (found.length === 0 && r.mapping.source.each === undefined) gone.push(n.key);
    for (const p of found) byKey.set(p.key, { ...p, version: n.version ?? null });
  }
  const parts = [...byKey.values()];
  // In a first load there is nothing that could have gone.
  const replaced = r.mapping.source.each === undefined || !state.firstLoadDone ? [] : alive.map((n) => n.key);
  const lookups = await fetchLookups(
    r,
    parts.map((p) => p.native),
  );
  const missed = new Set<string>();
  for (let i = 0; i < Math.max(1, parts.length); i += ROWS_PER_COMMIT) {
    const portion = parts.slice(i, i + ROWS_PER_COMMIT);
    const last = i + ROWS_PER_COMMIT >= parts.length;
    const { good, bad } = await translate(r, portion, lookups);
    const statements: Statement[] = [];
    statements.push(...bad.map((b) => quarantineStatement(r, b)));
    for (const { part } of bad) missed.add(part.key.split(':')[0] ?? '');
    if (good.length > 0)
      statements.push(
        releaseStatement(
          r,
          good.map((g) => g.nativeKey),
        ),
      );
    if (last) {
      statements.push(...tombstones(r, state, gone));
      if (replaced.length > 0)
        statements.push(
          rowsGone(
            r,
            state,
            replaced,
            parts.map((p) => p.key),
          ),
        );
      statements.push({
        sql: `update sync_state set cursor = $4, seen = seen + $5, quarantined = quarantined + $6, mode = coalesce($8, mode), updated_at = $7 where org = $1 and instance = $2 and entity = $3`,
        params: [r.org, r.instance, r.definition.name, place.cursor, natives.length, missed.size, now(r), place.mode],
      });
    }
    progress.changed += await commit(r, state, good, statements);
    progress.quarantined += bad.length;
  }
  return missed;
}

/**
 * Commits records together with the statements that belong to them. Returns how many were new or changed.
 * A first load is one piece of news, not one per record.
 */
async function commit(
  r: EntityRun,
  state: RunState,
  good: readonly NewRecord[],
  statements: readonly Statement[],
): Promise<number> {
  if (good.length === 0) {
    await r.db.transact(statements);
    return 0;
  }
  if (state.copying) {
    const rows = r.records.newRows(r.org, r.definition, r.instance, r.mapping.hash, good, now(r));
    try {
      await r.db.copy('record', newRowColumns, rows, statements);
      return good.length;
    } catch (error) {
      if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
      // An interrupted run has stored it, or the pages have shifted. Nothing of the portion was written.
      state.copying = false;
    }
  }
  const upsert = r.records.upsertStatement(
    r.org,
    r.definition,
    r.instance,
    r.mapping.hash,
    good,
    state.runStarted,
    now(r),
  );
  const [touched] = await r.db.transact([
    state.firstLoadDone ? withNews(upsert, newsOf(r, 'changed')) : upsert,
    ...statements,
  ]);
  return touched?.rows.length ?? 0;
}

/** A pull takes no room that accepted operations need; it goes on from its checkpoint when there is some again. */
async function ensureRoom(r: EntityRun): Promise<void> {
  try {
    await r.db.ensureRoom?.();
  } catch (error) {
    if (!(error instanceof StoreFull)) throw error;
    throw new HubError('transient', 'STORE_FULL', error.message, { retryAfterMs: 10_000 }, { cause: error });
  }
}
