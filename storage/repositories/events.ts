import type { Database, Row, Statement } from '../port.ts';

export interface NewEvent {
  org: string;
  id: string;
  type: string;
  entity?: string | null;
  entityId?: string | null;
  operation?: string | null;
  data: Readonly<Record<string, unknown>>;
  at: Date;
}

export interface FeedEvent extends NewEvent {
  no: number;
  entity: string | null;
  entityId: string | null;
  operation: string | null;
}

/** Writes events inside another transaction; their numbers are given when they are published. */
export function eventsStatement(events: readonly NewEvent[]): Statement {
  return {
    sql: `insert into event (org, id, type, entity, entity_id, operation, data, at)
          select * from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::jsonb[], $8::timestamptz[])`,
    params: [
      events.map((e) => e.org),
      events.map((e) => e.id),
      events.map((e) => e.type),
      events.map((e) => e.entity ?? null),
      events.map((e) => e.entityId ?? null),
      events.map((e) => e.operation ?? null),
      events.map((e) => JSON.stringify(e.data)),
      events.map((e) => e.at),
    ],
  };
}

/** Events that one pass of the sequencer publishes at most. */
export const NUMBERED_AT_ONCE = 5_000;

const NUMBER_EVENTS = `
  with fresh as (
    select org, id, row_number() over (partition by org order by ord) as n, count(*) over (partition by org) as total
    from (select org, id, ord from event where no is null order by ord limit ${NUMBERED_AT_ONCE}) e
  ), counter as (
    insert into event_counter (org, last_no) select org, max(total) from fresh group by org
    on conflict (org) do update set last_no = event_counter.last_no + excluded.last_no
    returning org, last_no
  )
  update event set no = counter.last_no - fresh.total + fresh.n
  from fresh join counter on counter.org = fresh.org
  where event.org = fresh.org and event.id = fresh.id`;

/** Gives numbers to committed events, in their order; one process at a time. Returns how many. */
export async function numberEvents(db: Database): Promise<number> {
  const [, result] = await db.transact([{ sql: 'select pg_advisory_xact_lock(7424101)' }, { sql: NUMBER_EVENTS }]);
  return result?.count ?? 0;
}

/** Published events of an organisation after a number, in order. */
export async function readEvents(db: Database, org: string, after: number, limit: number): Promise<FeedEvent[]> {
  const { rows } = await db.query(
    'select no, id, type, entity, entity_id, operation, data, at from event where org = $1 and no > $2 order by no limit $3',
    [org, after, limit],
  );
  return rows.map((r) => eventOf(org, r));
}

/** One published event by its number; undefined when there is none, or none any more. */
export async function readEvent(db: Database, org: string, no: number): Promise<FeedEvent | undefined> {
  const { rows } = await db.query(
    'select no, id, type, entity, entity_id, operation, data, at from event where org = $1 and no = $2',
    [org, no],
  );
  return rows[0] && eventOf(org, rows[0]);
}

/** Number of the last published event of each organisation. */
export async function lastNumbers(db: Database): Promise<Map<string, number>> {
  const { rows } = await db.query('select org, last_no from event_counter');
  return new Map(rows.map((r) => [r.org as string, Number(r.last_no)]));
}

/**
 * Ends of an organisation's feed: the oldest event that retention has left (absent when it has left none), and the
 * number of the last one published (0 before the first).
 */
export async function feedBounds(db: Database, org: string): Promise<{ oldest?: number; last: number }> {
  const { rows } = await db.query(
    `select (select no from event where org = $1 and no is not null order by no limit 1) as oldest,
            (select last_no from event_counter where org = $1) as last`,
    [org],
  );
  const { oldest, last } = rows[0] ?? {};
  return { ...(oldest == null ? {} : { oldest: Number(oldest) }), last: Number(last ?? 0) };
}

/** A row of the feed; `no` is 0 while it is not published. */
export function eventOf(org: string, r: Row): FeedEvent {
  return {
    org,
    no: Number(r.no),
    id: r.id as string,
    type: r.type as string,
    entity: r.entity as string | null,
    entityId: r.entity_id as string | null,
    operation: r.operation as string | null,
    data: r.data as Record<string, unknown>,
    at: r.at as Date,
  };
}
