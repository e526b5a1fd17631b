import { uuidv7 } from '../canonical/values/uuid.ts';
import type { Statement } from '../storage/port.ts';
import { eventsStatement } from '../storage/repositories/events.ts';
import {
  type EntityRun,
  idOf,
  KEYS_PER_READ,
  newsOf,
  now,
  objectKeySql,
  type Progress,
  type RunState,
  tableOf,
} from './entity-run.ts';
import { withNews } from './news.ts';

/** A sweep that would remove more than this share of an entity asks a person first. */
export const REMOVAL_LIMIT = 0.02;
/** Below so many removals the share says nothing. */
const REMOVAL_MINIMUM = 5;

/** Version by the key of the native object; rows of one document share their document's. */
export async function storedVersions(r: EntityRun): Promise<Map<string, string>> {
  const { rows } = await r.db.query<{ k: string; v: string }>(
    `select ${objectKeySql(r)} as k, min(coalesce(version, '')) as v from ${tableOf(r)} where org = $1 and entity = $2 and instance = $3 and deleted_at is null group by 1`,
    [r.org, r.definition.name, r.instance],
  );
  return new Map(rows.map((row) => [row.k, row.v]));
}

/**
 * Removes what the upstream has no more, and is slow to believe it: a direct read must confirm, or two sweeps in a row
 * must have missed it; and a sweep that would remove too much keeps everything and asks.
 */
export async function sweep(
  r: EntityRun,
  state: RunState,
  progress: Progress,
  seen: ReadonlySet<string>,
): Promise<void> {
  progress.phase = 'sweep';
  const known = await storedVersions(r);
  // Documents that left the window of a mapping have not vanished; they are just not looked at any more.
  if (r.mapping.source.window !== undefined) return;
  const missing = [...known.keys()].filter((key) => !seen.has(key));
  const scope = [r.org, r.definition.name, r.instance];
  if (missing.length > REMOVAL_MINIMUM && missing.length > known.size * REMOVAL_LIMIT && !r.acceptRemovals) {
    progress.held = { wouldRemove: missing.length, of: known.size };
    const at = now(r);
    await r.db.transact([
      {
        sql: 'update sync_state set held = $4::jsonb where org = $1 and entity = $2 and instance = $3',
        params: [...scope, JSON.stringify({ ...progress.held, since: at.toISOString() })],
      },
      eventsStatement([
        {
          org: r.org,
          id: uuidv7(at.getTime()),
          type: 'sync.held',
          entity: r.definition.name,
          data: { instance: r.instance, ...progress.held },
          at,
        },
      ]),
    ]);
    r.log.warn('a sweep would remove too much and waits for a person', {
      instance: r.instance,
      entity: r.definition.name,
      ...progress.held,
    });
    return;
  }
  const confirmed = await confirmGone(r, missing);
  const doubted = missing.filter((key) => !confirmed.has(key));
  const statements: Statement[] = [
    { sql: 'update sync_state set held = null where org = $1 and entity = $2 and instance = $3', params: scope },
    {
      sql: `update ${tableOf(r)} set missed = 0 where org = $1 and entity = $2 and instance = $3 and missed > 0 and not ${objectKeySql(r)} = any($4::text[])`,
      params: [...scope, missing],
    },
    {
      sql: `update ${tableOf(r)} set missed = missed + 1 where org = $1 and entity = $2 and instance = $3 and ${objectKeySql(r)} = any($4::text[]) and deleted_at is null`,
      params: [...scope, doubted],
    },
    withNews(
      {
        sql: `update ${tableOf(r)} set deleted_at = $5, changed_at = $5, revision = revision + 1 where org = $1 and entity = $2 and instance = $3 and deleted_at is null and (written_at is null or written_at < $6)
              and (missed >= 2 or ${objectKeySql(r)} = any($4::text[])) returning ${idOf(r)}`,
        params: [...scope, [...confirmed], now(r), state.runStarted],
      },
      newsOf(r, 'removed'),
    ),
  ];
  const results = await r.db.transact(statements);
  progress.removed += results.at(-1)?.rows.length ?? 0;
}

async function confirmGone(r: EntityRun, keys: readonly string[]): Promise<Set<string>> {
  const gone = new Set<string>();
  // Composite keys can't be asked for one by one; they wait for the second sweep.
  const askable = r.pull.byKeys && keys.every((key) => /^[0-9a-f-]{36}$/.test(key));
  if (!r.pull.byKeys || !askable) return gone;
  for (let i = 0; i < keys.length; i += KEYS_PER_READ) {
    const chunk = keys.slice(i, i + KEYS_PER_READ);
    const there = new Set(
      (await r.pull.byKeys(r.ctx, r.mapping.source, chunk)).filter((x) => x.deleted !== true).map((x) => x.key),
    );
    for (const key of chunk) if (!there.has(key)) gone.add(key);
  }
  return gone;
}
