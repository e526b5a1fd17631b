import { createHash } from 'node:crypto';
import type { EntityDefinition } from '../canonical/entity.ts';
import { HubError, isHubError, toHubError, toProblem } from '../canonical/errors.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import type { Clock, Context, Logger, NativeObject, NativeRecord, Pull } from '../connectors/port.ts';
import type { CompiledMapping } from '../mappings/compile.ts';
import { RecordFault } from '../mappings/faults.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database, Statement } from '../storage/port.ts';
import { eventsStatement, type NewEvent } from '../storage/repositories/events.ts';
import type { NewRecord, RecordRepository } from '../storage/repositories/records.ts';
import type { XrefRepository } from '../storage/repositories/xref.ts';
import { fetchLookups } from './lookups.ts';

export interface EntityRun {
  db: Database;
  cipher: Cipher;
  clock: Clock;
  log: Logger;
  records: RecordRepository;
  xrefs: XrefRepository;
  org: string;
  instance: string;
  definition: EntityDefinition;
  mapping: CompiledMapping;
  pull: Pull<never>;
  ctx: Context<never>;
  timezone: string;
  full: boolean;
  /** Let a sweep remove more than the limit this once. */
  acceptRemovals: boolean;
  signal: AbortSignal;
  onProgress(progress: Progress): void;
}

export interface Progress {
  instance: string;
  entity: string;
  phase: 'pull' | 'delta' | 'sweep' | 'done' | 'failed';
  seen: number;
  changed: number;
  quarantined: number;
  removed: number;
  /** Set when a sweep wanted to remove too much and waits for a person. */
  held?: { wouldRemove: number; of: number };
  error?: string;
}

/** A sweep that would remove more than this share of an entity asks a person first. */
export const REMOVAL_LIMIT = 0.02;
/** Below so many removals the share says nothing. */
const REMOVAL_MINIMUM = 5;
const KEYS_PER_READ = 100;
const ROWS_PER_COMMIT = 2_000;

interface State {
  run: string;
  mode: string | null;
  cursor: string | null;
  runStarted: Date;
  firstLoadDone: boolean;
  mappingHash: string | null;
}

/** Brings one entity of one instance up to date; goes on where an earlier run was interrupted. */
export async function runEntity(r: EntityRun): Promise<Progress> {
  const progress: Progress = {
    instance: r.instance,
    entity: r.definition.name,
    phase: 'pull',
    seen: 0,
    changed: 0,
    quarantined: 0,
    removed: 0,
  };
  const state = await begin(r);
  try {
    const changedMapping = state.mappingHash !== null && state.mappingHash !== r.mapping.hash;
    const comparable =
      r.pull.versions !== undefined &&
      r.pull.byKeys !== undefined &&
      (r.mapping.source.delta as { by?: string } | undefined)?.by === 'DataVersion';
    const full = r.full || !state.firstLoadDone || changedMapping || !comparable || state.mode === 'full';
    await r.db.query(
      `update sync_state set mode = $4, mapping_hash = $5, error = null, updated_at = $6 where org = $1 and instance = $2 and entity = $3`,
      [r.org, r.instance, r.definition.name, full ? 'full' : 'delta', r.mapping.hash, now(r)],
    );
    const seen = full ? await pullAll(r, state, progress) : undefined;
    if (comparable) await compareVersions(r, state, progress);
    else if (seen) await sweep(r, state, progress, seen);
    await finish(r, state, progress, full);
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

const now = (r: EntityRun): Date => new Date(r.clock.now());

/** Takes up an interrupted run, or begins a new one. */
async function begin(r: EntityRun): Promise<State> {
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
  };
}

/** All pages, each committed together with the place to go on from. Returns the keys seen, unless part of them was seen by an earlier process. */
async function pullAll(r: EntityRun, state: State, progress: Progress): Promise<Set<string> | undefined> {
  const resumed = state.cursor !== null;
  const seen = new Set<string>();
  for await (const page of r.pull.pages(r.ctx, r.mapping.source, state.cursor, { asOf: state.runStarted })) {
    r.signal.throwIfAborted();
    for (const record of page.records) seen.add(record.key);
    await store(r, state, page.records, progress, page.cursor);
    progress.seen += page.records.length;
    r.onProgress(progress);
  }
  return resumed ? undefined : seen;
}

/** Translates records and commits them, in portions that keep memory flat; the last portion moves the checkpoint. */
async function store(
  r: EntityRun,
  state: State,
  natives: readonly NativeRecord[],
  progress: Progress,
  cursor: string | null,
): Promise<void> {
  const alive = natives.filter((n) => n.deleted !== true);
  const gone = natives.filter((n) => n.deleted === true).map((n) => n.key);
  // Shifting pages may bring a record twice; the later one counts, and one statement may touch a row once only.
  const byKey = new Map<string, Part>();
  for (const n of alive)
    for (const p of r.mapping.parts(n.key, n.data)) byKey.set(p.key, { ...p, version: n.version ?? null });
  const parts = [...byKey.values()];
  // In a first load there is nothing that could have gone.
  const replaced = r.mapping.source.each === undefined || !state.firstLoadDone ? [] : alive.map((n) => n.key);
  const lookups = await fetchLookups(
    r,
    parts.map((p) => p.native),
  );
  for (let i = 0; i < Math.max(1, parts.length); i += ROWS_PER_COMMIT) {
    const portion = parts.slice(i, i + ROWS_PER_COMMIT);
    const last = i + ROWS_PER_COMMIT >= parts.length;
    const { good, bad } = await translate(r, portion, lookups);
    const statements: Statement[] = [];
    if (good.length > 0)
      statements.push(
        r.records.upsertStatement(r.org, r.definition, r.instance, r.mapping.hash, good, state.runStarted, now(r)),
      );
    statements.push(...bad.map((b) => quarantineStatement(r, b)));
    if (good.length > 0)
      statements.push({
        sql: 'delete from quarantine where org = $1 and instance = $2 and entity = $3 and native_key = any($4::text[])',
        params: [r.org, r.instance, r.definition.name, good.map((g) => g.nativeKey)],
      });
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
        sql: 'update sync_state set cursor = $4, seen = seen + $5, quarantined = quarantined + $6, updated_at = $7 where org = $1 and instance = $2 and entity = $3',
        params: [r.org, r.instance, r.definition.name, cursor, natives.length, bad.length, now(r)],
      });
    }
    const results = await r.db.transact(statements);
    const touched = good.length > 0 ? (results[0]?.rows ?? []) : [];
    progress.changed += touched.length;
    progress.quarantined += bad.length;
    if (state.firstLoadDone && touched.length > 0)
      await announce(
        r,
        touched.map((row) => row.id as string),
        'changed',
      );
  }
}

async function announce(r: EntityRun, ids: readonly string[], what: 'changed' | 'removed'): Promise<void> {
  const at = now(r);
  const events: NewEvent[] = ids.map((id) => ({
    org: r.org,
    id: uuidv7(at.getTime()),
    type: `${r.definition.resource}.${what}`,
    entity: r.definition.name,
    entityId: id,
    data: {},
    at,
  }));
  for (let i = 0; i < events.length; i += ROWS_PER_COMMIT)
    await r.db.transact([eventsStatement(events.slice(i, i + ROWS_PER_COMMIT))]);
}

interface Part {
  key: string;
  native: NativeObject;
  version: string | null;
}

async function translate(
  r: EntityRun,
  parts: readonly Part[],
  lookups: ReadonlyMap<string, ReadonlyMap<string, NativeObject>>,
): Promise<{ good: NewRecord[]; bad: { part: Part; fault: RecordFault }[] }> {
  const entity = r.definition.name;
  const references = parts.flatMap((p) => [{ entity, key: p.key }, ...r.mapping.references(p.native)]);
  const ids = await r.xrefs.resolve(r.org, r.instance, references);
  const scope = {
    timezone: r.timezone,
    asOf: now(r),
    resolve: (to: string, key: string): string => ids.get(`${to}\0${key}`) ?? '',
    lookup: (name: string, key: string): NativeObject | undefined => lookups.get(name)?.get(key),
  };
  const good: NewRecord[] = [];
  const bad: { part: Part; fault: RecordFault }[] = [];
  for (const part of parts) {
    try {
      if (r.mapping.asynchronous) await r.mapping.prepare(part.native);
      const canonical = r.mapping.read(part.native, scope);
      good.push({
        id: ids.get(`${entity}\0${part.key}`) ?? '',
        nativeKey: part.key,
        version: part.version,
        nativeHash: part.version === null ? digest(part.native) : null,
        canonical,
        native: part.native,
      });
    } catch (error) {
      if (!(error instanceof RecordFault)) throw error;
      bad.push({ part, fault: error });
    }
  }
  return { good, bad };
}

function digest(native: NativeObject): string {
  return createHash('sha1').update(JSON.stringify(native)).digest('base64url');
}

function quarantineStatement(r: EntityRun, { part, fault }: { part: Part; fault: RecordFault }): Statement {
  const at = now(r);
  return {
    sql: `insert into quarantine as q (org, instance, entity, native_key, reason, field, mapping, native_enc, first_at, last_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
          on conflict (org, instance, entity, native_key) do update set reason = excluded.reason, field = excluded.field, native_enc = excluded.native_enc, last_at = excluded.last_at, tries = q.tries + 1`,
    params: [
      r.org,
      r.instance,
      r.definition.name,
      part.key,
      fault.message,
      fault.fault.field,
      r.mapping.name,
      r.cipher.seal(JSON.stringify(part.native), `quarantine:${r.org}:${r.instance}:${r.definition.name}:${part.key}`),
      at,
    ],
  };
}

/** Records whose upstream says itself that they are deleted. */
function tombstones(r: EntityRun, state: State, keys: readonly string[]): Statement[] {
  if (keys.length === 0) return [];
  return [
    {
      sql: `update record set deleted_at = $5, changed_at = $5, revision = revision + 1 where org = $1 and entity = $2 and instance = $3 and native_key = any($4::text[]) and deleted_at is null and (written_at is null or written_at < $6)`,
      params: [r.org, r.definition.name, r.instance, keys, now(r), state.runStarted],
    },
  ];
}

/** Rows that a document does not have any more; found by the range of keys that begin with the document's. */
function rowsGone(r: EntityRun, state: State, parents: readonly string[], present: readonly string[]): Statement {
  return {
    sql: `update record r set deleted_at = $5, changed_at = $5, revision = revision + 1
          from unnest($4::text[]) as p(parent)
          where r.org = $1 and r.entity = $2 and r.instance = $3 and r.native_key collate "C" >= p.parent || ':' and r.native_key collate "C" < p.parent || ';'
            and not exists (select 1 from unnest($6::text[]) as k(key) where k.key = r.native_key)
            and r.deleted_at is null and (r.written_at is null or r.written_at < $7)`,
    params: [r.org, r.definition.name, r.instance, parents, now(r), present, state.runStarted],
  };
}

/** Compares keys and versions of everything, fetches what differs, and sweeps. */
async function compareVersions(r: EntityRun, state: State, progress: Progress): Promise<void> {
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
      } else if (stored !== version) different.push(key);
    }
  }
  for (let i = 0; i < different.length; i += KEYS_PER_READ) {
    r.signal.throwIfAborted();
    const records = await byKeys(r.ctx, r.mapping.source, different.slice(i, i + KEYS_PER_READ));
    await store(r, state, records, progress, null);
    progress.seen += records.length;
    r.onProgress(progress);
  }
  if (gone.length > 0) await r.db.transact(tombstones(r, state, gone));
  await sweep(r, state, progress, seen);
}

/** Version by the key of the native object; rows of one document share their document's. */
async function storedVersions(r: EntityRun): Promise<Map<string, string>> {
  const { rows } = await r.db.query<{ k: string; v: string }>(
    `select split_part(native_key, ':', 1) as k, min(coalesce(version, '')) as v from record where org = $1 and entity = $2 and instance = $3 and deleted_at is null group by 1`,
    [r.org, r.definition.name, r.instance],
  );
  return new Map(rows.map((row) => [row.k, row.v]));
}

/**
 * Removes what the upstream has no more, and is slow to believe it: a direct read must confirm, or two sweeps in a row
 * must have missed it; and a sweep that would remove too much keeps everything and asks.
 */
async function sweep(r: EntityRun, state: State, progress: Progress, seen: ReadonlySet<string>): Promise<void> {
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
      sql: `update record set missed = 0 where org = $1 and entity = $2 and instance = $3 and missed > 0 and not split_part(native_key, ':', 1) = any($4::text[])`,
      params: [...scope, missing],
    },
    {
      sql: `update record set missed = missed + 1 where org = $1 and entity = $2 and instance = $3 and split_part(native_key, ':', 1) = any($4::text[]) and deleted_at is null`,
      params: [...scope, doubted],
    },
    {
      sql: `update record set deleted_at = $5, changed_at = $5, revision = revision + 1 where org = $1 and entity = $2 and instance = $3 and deleted_at is null and (written_at is null or written_at < $6)
            and (missed >= 2 or split_part(native_key, ':', 1) = any($4::text[])) returning id`,
      params: [...scope, [...confirmed], now(r), state.runStarted],
    },
  ];
  const results = await r.db.transact(statements);
  const removed = (results.at(-1)?.rows ?? []).map((row) => row.id as string);
  progress.removed += removed.length;
  if (removed.length > 0) await announce(r, removed, 'removed');
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

async function finish(r: EntityRun, state: State, progress: Progress, full: boolean): Promise<void> {
  const at = now(r);
  const statements: Statement[] = [
    {
      sql: `update sync_state set run = null, mode = null, cursor = null, first_load_done = true, full_at = case when $4 then $5 else full_at end, delta_at = $5, changed = changed + $6, error = null, updated_at = $5
            where org = $1 and instance = $2 and entity = $3`,
      params: [r.org, r.instance, r.definition.name, full, at, progress.changed],
    },
  ];
  // The first load is one piece of news, not one per record.
  if (!state.firstLoadDone)
    statements.push(
      eventsStatement([
        {
          org: r.org,
          id: uuidv7(at.getTime()),
          type: `${r.definition.resource}.loaded`,
          entity: r.definition.name,
          data: { instance: r.instance, records: progress.changed },
          at,
        },
      ]),
    );
  await r.db.transact(statements);
}
