import { HubError, isHubError, toHubError } from '../canonical/errors.ts';
import type { ChangePacket, Changes, SourceChanges } from '../connectors/port.ts';
import { byFeed, type EntityRun, type Fed, now, objectKeySql, type RunState } from './entity-run.ts';
import { storePage } from './store-page.ts';

export interface Taken {
  /** By entity, for those whose mapping wants its changes from the feed. */
  fed: ReadonlyMap<string, Fed>;
  /** Why the feed could not be read; the entities are compared meanwhile. */
  failure?: HubError;
}

const NOTHING = { seen: 0, changed: 0, quarantined: 0, removed: 0 };

/**
 * Reads the next packet of an instance's feed for all its entities, commits what is in it and then its number, and only
 * then acknowledges it. Killed anywhere, the next call gets the same changes again and stores what is still missing.
 *
 * @param runs of one instance and organisation
 * @throws HubError unauthorized; transient/SYNC_STOPPED. Any other failure is given back, since comparing still works.
 */
export async function takeChanges(runs: readonly EntityRun[]): Promise<Taken> {
  const wanting = runs.filter(byFeed);
  const [any] = wanting;
  const feed = any?.pull.changes;
  if (!any || !feed) return { fed: new Map() };
  const all = (note?: string): Map<string, Fed> =>
    new Map(
      wanting.map((r) => [r.definition.name, { ...NOTHING, complete: false, ...(note === undefined ? {} : { note }) }]),
    );
  const name = feed.feed(any.ctx);
  // An upstream without a feed is nothing to complain of: versions are compared.
  if (name === undefined) return { fed: all() };
  try {
    return { fed: await take(wanting, any, feed, name) };
  } catch (error) {
    if (any.signal.aborted)
      throw new HubError('transient', 'SYNC_STOPPED', 'The pull was stopped; the next one reads the packet again.');
    const failure = toHubError(error, 'SYNC_FAULT');
    if (!isHubError(error)) any.log.error('a packet of changes was not taken', { instance: any.instance, error });
    if (failure.kind === 'unauthorized') throw failure;
    return { fed: all(failure.message), failure };
  }
}

async function take(
  wanting: readonly EntityRun[],
  any: EntityRun,
  feed: Changes<never>,
  name: string,
): Promise<Map<string, Fed>> {
  const unfit = new Map(wanting.map((r) => [r, feed.unfit(r.mapping.source)]));
  const fit = wanting.filter((r) => unfit.get(r) === undefined);
  const known = await committed(any, name);
  // Before the packet is made: what the hub writes from now on may be newer than what the packet holds.
  const startedAt = now(any);
  const packet = await feed.next(
    any.ctx,
    fit.map((r) => r.mapping.source),
  );
  any.signal.throwIfAborted();
  const counts = new Map<EntityRun, Fed>();
  let overwritten = false;
  for (const r of fit) {
    const changes = packet.of(r.mapping.source);
    if (!changes) continue;
    const fed = { ...NOTHING, seen: changes.records.length, complete: false };
    counts.set(r, fed);
    await storePage(r, await stateFor(r, startedAt), changes.records, fed, { whole: changes.whole });
    overwritten ||= await writtenSince(r, changes, startedAt);
    any.signal.throwIfAborted();
  }
  await commitNumber({ any, name, known, packet, fit, reported: [...counts.keys()] });
  // What the hub wrote meanwhile was left as it is: the packet comes again and is then newer than that. An empty packet is
  // acknowledged too: all that was in it may have been deleted, and later changes wait behind it.
  if (!overwritten) await acknowledge(any, feed, name, packet);
  return outcome(any, wanting, unfit, counts, packet);
}

interface Committed {
  no: number;
  entities: readonly string[];
}

/**
 * Writes down that the data of a packet are in, and which entities must be compared because packets can't have told
 * them all: a number that we did not leave there means another reader, or a base that was put back from a copy.
 */
async function commitNumber({
  any,
  name,
  known,
  packet,
  fit,
  reported,
}: {
  any: EntityRun;
  name: string;
  known: Committed | undefined;
  packet: ChangePacket;
  fit: readonly EntityRun[];
  reported: readonly EntityRun[];
}): Promise<void> {
  const entities = fit.map((r) => r.definition.name);
  const strange = known?.no !== packet.acknowledged && known?.no !== packet.no;
  const due =
    strange || packet.skipped !== undefined ? entities : entities.filter((e) => known?.entities.includes(e) !== true);
  if (packet.skipped !== undefined || (known !== undefined && strange))
    any.log.warn('changes are compared, since packets of the feed can not tell them all', {
      instance: any.instance,
      feed: name,
      reason: packet.skipped ?? `the upstream had acknowledged ${packet.acknowledged}, the hub had taken ${known?.no}`,
    });
  const at = now(any);
  const scope = [any.org, any.instance];
  await any.db.transact([
    {
      sql: `insert into change_feed as f (org, instance, feed, message_no, entities, updated_at) values ($1, $2, $3, $4, $5::jsonb, $6)
            on conflict (org, instance, feed) do update set message_no = excluded.message_no, entities = excluded.entities, acknowledged_at = null, updated_at = excluded.updated_at`,
      params: [...scope, name, packet.no, JSON.stringify(entities), at],
    },
    {
      sql: 'update sync_state set reported_at = $4 where org = $1 and instance = $2 and entity = any($3::text[])',
      params: [...scope, reported.map((r) => r.definition.name), at],
    },
    {
      // A pull under way begins anew: what it has read already may have changed.
      sql: 'update sync_state set compare_due = true, cursor = null where org = $1 and instance = $2 and entity = any($3::text[])',
      params: [...scope, due],
    },
  ]);
}

/** The last packet whose data are committed. */
async function committed(r: EntityRun, feed: string): Promise<Committed | undefined> {
  const { rows } = await r.db.query(
    'select message_no, entities from change_feed where org = $1 and instance = $2 and feed = $3',
    [r.org, r.instance, feed],
  );
  const [row] = rows;
  return row && { no: Number(row.message_no), entities: row.entities as string[] };
}

/** Whether the hub wrote one of these records itself after the packet was asked for. */
async function writtenSince(r: EntityRun, changes: SourceChanges, at: Date): Promise<boolean> {
  const { rows } = await r.db.query(
    `select 1 from record where org = $1 and entity = $2 and instance = $3 and written_at >= $4 and ${objectKeySql(r)} = any($5::text[]) limit 1`,
    [r.org, r.definition.name, r.instance, at, changes.records.map((record) => record.key)],
  );
  return rows.length > 0;
}

async function stateFor(r: EntityRun, runStarted: Date): Promise<RunState> {
  const { rows } = await r.db.query<{ first_load_done: boolean }>(
    'select first_load_done from sync_state where org = $1 and instance = $2 and entity = $3',
    [r.org, r.instance, r.definition.name],
  );
  return {
    run: '',
    mode: null,
    cursor: null,
    runStarted,
    firstLoadDone: rows[0]?.first_load_done ?? false,
    mappingHash: r.mapping.hash,
    mappingShape: r.mapping.shape,
    mappingUses: r.mapping.uses,
    compareDue: false,
    copying: false,
  };
}

/** Lets the upstream forget the packet. When that fails the packet comes again and changes nothing. */
async function acknowledge(r: EntityRun, feed: Changes<never>, name: string, packet: ChangePacket): Promise<void> {
  try {
    await feed.acknowledge(r.ctx, packet.no);
  } catch (error) {
    if (!isHubError(error) || error.kind === 'unauthorized') throw error;
    r.log.warn('a packet of changes was stored but not acknowledged; it comes again', {
      instance: r.instance,
      feed: name,
      message: packet.no,
      code: error.code,
    });
    return;
  }
  await r.db.query(
    'update change_feed set acknowledged_at = $4 where org = $1 and instance = $2 and feed = $3 and message_no = $5',
    [r.org, r.instance, name, now(r), packet.no],
  );
}

async function outcome(
  any: EntityRun,
  wanting: readonly EntityRun[],
  unfit: ReadonlyMap<EntityRun, string | undefined>,
  counts: ReadonlyMap<EntityRun, Fed>,
  packet: ChangePacket,
): Promise<Map<string, Fed>> {
  const { rows } = await any.db.query<{ entity: string; compare_due: boolean; reported: boolean }>(
    'select entity, compare_due, reported_at is not null as reported from sync_state where org = $1 and instance = $2',
    [any.org, any.instance],
  );
  const states = new Map(rows.map((row) => [row.entity, row]));
  return new Map(
    wanting.map((r): [string, Fed] => {
      const state = states.get(r.definition.name);
      const promised = r.pull.changes?.promised(r.ctx, r.mapping.source) === true;
      const note =
        unfit.get(r) ??
        packet.skipped ??
        (state?.compare_due ? 'once, to be sure: packets may have been missed' : undefined) ??
        (state?.reported || promised ? undefined : 'the exchange plan has not reported it yet');
      return [
        r.definition.name,
        { ...NOTHING, ...counts.get(r), complete: note === undefined, ...(note === undefined ? {} : { note }) },
      ];
    }),
  );
}
