import { HubError } from '../canonical/errors.ts';
import type { NativeRecord } from '../connectors/port.ts';
import { type Statement, StoreFull } from '../storage/port.ts';
import { type NewRecord, newRowColumns } from '../storage/repositories/records.ts';
import { type EntityRun, newsOf, now, type Progress, ROWS_PER_COMMIT, type RunState } from './entity-run.ts';
import { keeping } from './keep.ts';
import { fetchLookups } from './lookups.ts';
import { withNews } from './news.ts';
import { quarantineStatement, releaseStatement } from './quarantine.ts';
import { beginningGone, tombstones } from './removals.ts';
import { withoutSuppressed } from './suppressed.ts';
import { type Part, translate } from './translate.ts';

/** Where the records come from, which says what else is known of them. */
export interface Place {
  /** Checkpoint of the pull after them; absent for a packet of changes, which leaves it alone. */
  checkpoint?: { cursor: string | null; mode: RunState['mode'] };
  /** Beginnings of keys of which only these records exist now. */
  whole?: readonly string[];
}

type Counts = Pick<Progress, 'changed' | 'quarantined' | 'removed'>;

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
  progress: Counts,
  { checkpoint, whole = [] }: Place,
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
  const parts = await withoutSuppressed(r, [...byKey.values()]);
  // In a first load there is nothing that could have gone, unless a packet tells of a change meanwhile.
  const rows = r.mapping.source.each === undefined || (checkpoint && !state.firstLoadDone) ? [] : alive;
  const beginnings = [...whole, ...rows.map((n) => `${n.key}:`)];
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
    const removals: Statement[] = [];
    statements.push(...bad.map((b) => quarantineStatement(r, b)));
    for (const { part } of bad)
      missed.add(r.mapping.source.each === undefined ? part.key : (part.key.split(':')[0] ?? ''));
    if (good.length > 0)
      statements.push(
        releaseStatement(
          r,
          good.map((g) => g.nativeKey),
        ),
      );
    if (last) {
      removals.push(...tombstones(r, state, gone));
      if (beginnings.length > 0)
        removals.push(
          beginningGone(
            r,
            state,
            beginnings,
            parts.map((p) => p.key),
          ),
        );
      statements.push({
        sql: `update sync_state set cursor = case when $9 then $4 else cursor end, seen = seen + $5, quarantined = quarantined + $6, mode = coalesce($8, mode), updated_at = $7 where org = $1 and instance = $2 and entity = $3`,
        params: [
          r.org,
          r.instance,
          r.definition.name,
          checkpoint?.cursor ?? null,
          checkpoint ? natives.length : 0,
          missed.size,
          now(r),
          checkpoint?.mode ?? null,
          checkpoint !== undefined,
        ],
      });
    }
    const { changed, removed } = await commit(r, state, good, removals, statements);
    progress.changed += changed;
    progress.removed += removed;
    progress.quarantined += bad.length;
  }
  return missed;
}

/**
 * Commits records together with the statements that belong to them. Returns how many were new or changed, and how many
 * went. A first load is one piece of news, not one per record.
 */
async function commit(
  r: EntityRun,
  state: RunState,
  good: readonly NewRecord[],
  removals: readonly Statement[],
  others: readonly Statement[],
): Promise<{ changed: number; removed: number }> {
  if (state.copying && good.length > 0) {
    const rows = r.records.newRows(r.org, r.definition, r.instance, r.mapping.hash, good, now(r));
    try {
      await r.db.copy('record', newRowColumns, rows, [...removals, ...others]);
      return { changed: good.length, removed: 0 };
    } catch (error) {
      if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
      // An interrupted run has stored it, or the pages have shifted. Nothing of the portion was written.
      state.copying = false;
    }
  }
  const kept = good.length > 0 ? await keeping(r, good, state.runStarted) : undefined;
  const upserts = kept ? [state.firstLoadDone ? withNews(kept.upsert, newsOf(r, 'changed')) : kept.upsert] : [];
  const results = await r.db.transact([...removals, ...upserts, ...(kept?.then ?? []), ...others]);
  const touched = results.map((result) => result.rows.length);
  return {
    changed: upserts.length > 0 ? (touched[removals.length] ?? 0) : 0,
    removed: touched.slice(0, removals.length).reduce((sum, n) => sum + n, 0),
  };
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
