import { HubError, isHubError, toHubError, toProblem } from '../canonical/errors.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import { partitionOf } from '../storage/entities.ts';
import type { Statement } from '../storage/port.ts';
import {
  type EntityRun,
  isComparable,
  KEYS_PER_READ,
  newsOf,
  now,
  type Progress,
  type RunState,
  tableOf,
} from './entity-run.ts';
import { unlinkGone } from './foreign-record.ts';
import { canRemap, remap } from './remap.ts';
import { tombstones } from './removals.ts';
import { storePage } from './store-page.ts';
import { storedVersions, sweep } from './sweep.ts';

/** Brings one entity of one instance up to date; goes on where an earlier run was interrupted. */
export async function runEntity(r: EntityRun): Promise<Progress> {
  const progress: Progress = {
    instance: r.instance,
    entity: r.definition.name,
    phase: 'pull',
    seen: r.fed?.seen ?? 0,
    changed: r.fed?.changed ?? 0,
    quarantined: r.fed?.quarantined ?? 0,
    removed: r.fed?.removed ?? 0,
  };
  const before = progress.changed;
  const state = await begin(r);
  try {
    const changedMapping = state.mappingHash !== null && state.mappingHash !== r.mapping.hash;
    const comparable = isComparable(r);
    if (changedMapping && state.mode !== 'full' && canRemap(r, state)) await remap(r, progress);
    else if (changedMapping) state.mode = 'full';
    const fed = r.fed?.complete === true && !state.compareDue;
    const full =
      r.full || !state.firstLoadDone || !(comparable || fed) || state.mode === 'full' || state.mode === 'compare';
    const pulled = state.mode === 'compare';
    await r.db.query(
      `update sync_state set mode = $4, mapping_hash = $5, mapping_shape = $7, mapping_uses = $8::jsonb, error = null, updated_at = $6 where org = $1 and instance = $2 and entity = $3`,
      [
        r.org,
        r.instance,
        r.definition.name,
        pulled ? 'compare' : full ? 'full' : 'delta',
        r.mapping.hash,
        now(r),
        r.mapping.shape,
        JSON.stringify(r.mapping.uses),
      ],
    );
    const pull = full && !pulled ? await pullAll(r, state, progress, comparable) : undefined;
    if (fed && !full) progress.phase = 'delta';
    else if (comparable) await compareVersions(r, state, progress, pull?.quarantined ?? new Set());
    else if (pull && !pull.resumed) await sweep(r, state, progress, pull.seen);
    const known = state.firstLoadDone && !changedMapping && !pull?.resumed;
    const missed = fed && full && known ? progress.changed - before : 0;
    await finish(r, state, progress, {
      full,
      missed,
      by: full ? (comparable ? 'versions' : 'pages') : fed ? 'changes' : 'versions',
    });
    progress.phase = 'done';
    r.onProgress(progress);
    return progress;
  } catch (error) {
    if (r.signal.aborted)
      throw new HubError(
        'transient',
        'SYNC_STOPPED',
        'The pull was stopped; the next one goes on from its checkpoint.',
        {},
        { cause: error },
      );
    const known = toHubError(error, 'SYNC_FAULT');
    if (!isHubError(error))
      r.log.error('a sync run failed', { instance: r.instance, entity: r.definition.name, error });
    await r.db.query(
      'update sync_state set error = $4::jsonb, updated_at = $5 where org = $1 and instance = $2 and entity = $3',
      [r.org, r.instance, r.definition.name, JSON.stringify(toProblem(known)), now(r)],
    );
    progress.phase = 'failed';
    progress.error = known.message;
    r.onProgress(progress);
    throw known;
  }
}

/** Takes up an interrupted run, or begins a new one. */
async function begin(r: EntityRun): Promise<RunState> {
  const at = now(r);
  const [, result] = await r.db.transact([
    {
      sql: `insert into sync_state (org, instance, entity, updated_at) values ($1, $2, $3, $4) on conflict do nothing`,
      params: [r.org, r.instance, r.definition.name, at],
    },
    {
      sql: `update sync_state set run = coalesce(run, $4), run_started = case when run is null then $5 else run_started end, mode = case when run is null then null else mode end,
              cursor = case when run is null or mapping_hash is distinct from $6 then null else cursor end, seen = case when run is null then 0 else seen end, updated_at = $5
            where org = $1 and instance = $2 and entity = $3 returning *`,
      params: [r.org, r.instance, r.definition.name, uuidv7(at.getTime()), at, r.mapping.hash],
    },
  ]);
  const row = result?.rows[0] ?? {};
  return {
    run: row.run as string,
    mode: row.mode as string | null,
    cursor: row.cursor as string | null,
    runStarted: row.run_started as Date,
    firstLoadDone: row.first_load_done as boolean,
    mappingHash: row.mapping_hash as string | null,
    mappingShape: row.mapping_shape as string | null,
    mappingUses: row.mapping_uses as readonly string[] | null,
    compareDue: row.compare_due as boolean,
    copying: row.first_load_done !== true && !r.mapping.linking,
  };
}

interface Pulled {
  /** Keys of the native objects that came. */
  seen: ReadonlySet<string>;
  quarantined: ReadonlySet<string>;
  /** An earlier process has seen the pages before. */
  resumed: boolean;
}

/** All pages, each committed together with the place to go on from. */
async function pullAll(r: EntityRun, state: RunState, progress: Progress, comparable: boolean): Promise<Pulled> {
  const seen = new Set<string>();
  const quarantined = new Set<string>();
  for await (const page of r.pull.pages(r.ctx, r.mapping.source, state.cursor, { asOf: state.runStarted })) {
    r.signal.throwIfAborted();
    for (const record of page.records) seen.add(record.key);
    // After the last page an interrupted run goes on with the comparison.
    const mode = page.cursor === null && comparable ? 'compare' : null;
    for (const key of await storePage(r, state, page.records, progress, { checkpoint: { cursor: page.cursor, mode } }))
      quarantined.add(key);
    progress.seen += page.records.length;
    r.onProgress(progress);
  }
  return { seen, quarantined, resumed: state.cursor !== null };
}

/**
 * Compares keys and versions of everything, fetches what differs, and sweeps.
 * @param quarantined what this run has found unreadable already
 */
async function compareVersions(
  r: EntityRun,
  state: RunState,
  progress: Progress,
  quarantined: ReadonlySet<string>,
): Promise<void> {
  progress.phase = 'delta';
  const { versions, byKeys } = r.pull;
  if (!versions || !byKeys) return;
  const seen = new Set<string>();
  const known = await storedVersions(r);
  const different: string[] = [];
  const gone: string[] = [];
  for await (const page of versions(r.ctx, r.mapping.source, null)) {
    r.signal.throwIfAborted();
    for (const { key, version, deleted } of page.records) {
      seen.add(key);
      const stored = known.get(key);
      if (deleted) {
        if (stored !== undefined) gone.push(key);
      } else if (stored !== version && !quarantined.has(key)) different.push(key);
    }
  }
  for (let i = 0; i < different.length; i += KEYS_PER_READ) {
    r.signal.throwIfAborted();
    const records = await byKeys(r.ctx, r.mapping.source, different.slice(i, i + KEYS_PER_READ));
    await storePage(r, state, records, progress, { checkpoint: { cursor: null, mode: null } });
    progress.seen += records.length;
    r.onProgress(progress);
  }
  if (gone.length > 0) {
    const [removed] = await r.db.transact(tombstones(r, state, gone));
    progress.removed += removed?.rows.length ?? 0;
  }
  await sweep(r, state, progress, seen);
}

interface Ending {
  full: boolean;
  by: 'changes' | 'versions' | 'pages';
  /** Changes that a reading of everything found although the feed should have brought them. */
  missed: number;
}

async function finish(r: EntityRun, state: RunState, progress: Progress, { full, by, missed }: Ending): Promise<void> {
  const at = now(r);
  if (missed > 0)
    r.log.warn('the feed of changes did not report everything; the entity is compared until it reports again', {
      instance: r.instance,
      entity: r.definition.name,
      missed,
    });
  const statements: Statement[] = [
    {
      sql: `update sync_state set run = null, mode = null, cursor = null, first_load_done = true, full_at = case when $4 then $5 else full_at end, delta_at = $5, changed = changed + $6, error = null, updated_at = $5,
              compare_due = false, delta_by = $7, delta_note = $8, reported_at = case when $9 then null else reported_at end
            where org = $1 and instance = $2 and entity = $3`,
      params: [r.org, r.instance, r.definition.name, full, at, progress.changed, by, r.fed?.note ?? null, missed > 0],
    },
  ];
  if (r.mapping.linking) statements.push(unlinkGone(r));
  // The first load is one piece of news, not one per record; its earlier part may have come with another process.
  // The embedded store gathers no statistics by itself, and plans badly for what has grown from nothing.
  if (!state.firstLoadDone)
    statements.push(
      { sql: `analyze ${r.mapping.linking ? tableOf(r) : partitionOf(r.definition.name)}` },
      { sql: 'analyze xref' },
      {
        sql: `insert into event (org, id, type, entity, data, at)
            select $1::text, $4::uuid, $5::text, $2::text, jsonb_build_object('instance', $3::text, 'records', count(*)), $6::timestamptz from ${tableOf(r)}
            where org = $1 and entity = $2 and instance = $3 and deleted_at is null`,
        params: [r.org, r.definition.name, r.instance, uuidv7(at.getTime()), newsOf(r, 'loaded').type, at],
      },
    );
  await r.db.transact(statements);
}
