import { deliveryCommands } from '../../canonical/commands/deliver-webhook.ts';
import type { Clock, Logger } from '../../connectors/port.ts';
import { type Database, ExpectationFailed } from '../../storage/port.ts';

/** Events counted in one transaction. */
const PAGE = 5_000;
/** Transactions of one round, so that a long past is caught up with without holding up the beat. */
const PAGES = 20;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** An operation is committed within this time after the moment that its id bears; until then its minute may still grow. */
const SETTLED_MS = 3 * MINUTE_MS;
/** How often the open minutes are counted anew. */
const ACCEPTED_EVERY_MS = 5_000;
/** Minutes counted at once when the hub was off, or is new to a store. */
const CHUNK_MS = 24 * 60 * MINUTE_MS;
/** A store that was in use before the counting began is counted so far back. */
const PAST_MS = 30 * 24 * 60 * MINUTE_MS;

const TYPES = [
  'operation.succeeded',
  'operation.failed',
  'operation.dead',
  'operation.cancelled',
  'operation.uncertain',
];

const ADD = `
  insert into operation_stat as s (org, span, start, kind, instance, status, n)
  select $1, p.span, date_trunc(p.span, e.at, 'UTC'), coalesce(e.data->>'kind', ''), coalesce(o.instance, ''), split_part(e.type, '.', 2), count(*)
  from event e left join operation o on o.org = e.org and o.id = e.operation cross join (values ('minute'), ('hour')) as p(span)
  where e.org = $1 and e.no > $2 and e.no <= $3 and e.type = any($4::text[])
  group by 2, 3, 4, 5, 6
  on conflict (org, span, start, kind, instance, status) do update set n = s.n + excluded.n`;

/**
 * Ids begin with the moment of acceptance, so a span of time is a range of the primary key. They never go back, and so run
 * ahead after a clock was set back: the range is longer than the span.
 */
const ACCEPTED = `
  with counted as (
    select date_trunc('minute', accepted_at, 'UTC') as start, kind, instance, count(*) as n from operation
    where org = $1 and id >= $2::uuid and id < $3::uuid and accepted_at >= $4 and accepted_at < $5 and kind <> all($6::text[])
    group by 1, 2, 3
  )
  insert into operation_stat (org, span, start, kind, instance, status, n)
  select $1, 'minute', start, kind, instance, 'accepted', n from counted
  on conflict (org, span, start, kind, instance, status) do update set n = excluded.n`;

/** Whole hours that the minutes lie in, made anew from the minutes of those hours. */
const HOURS = `
  insert into operation_stat (org, span, start, kind, instance, status, n)
  select org, 'hour', date_trunc('hour', start, 'UTC'), kind, instance, status, sum(n) from operation_stat
  where org = $1 and span = 'minute' and status = 'accepted' and start >= $2 and start < $3
  group by 1, 3, 4, 5, 6
  on conflict (org, span, start, kind, instance, status) do update set n = excluded.n`;

/**
 * Counts operations by minute and by hour. How they ended comes from the change feed: the position moves in the
 * transaction that counts, and only from where it stood, so that nothing is counted twice or left out whatever becomes of
 * a process. How many were accepted is counted anew for the last minutes, which gives the same however often it is done.
 */
export class StatCounter {
  readonly #o: { db: Database; clock: Clock; log: Logger; organisations: readonly string[] };

  #acceptedAt = Number.NEGATIVE_INFINITY;

  constructor(options: { db: Database; clock: Clock; log: Logger; organisations: readonly string[] }) {
    this.#o = options;
  }

  /** Counts what is new; call it every second or so. */
  async round(): Promise<void> {
    const now = this.#o.clock.now();
    const withAccepted = Math.abs(now - this.#acceptedAt) >= ACCEPTED_EVERY_MS;
    for (const org of this.#o.organisations) {
      await this.#steps(() => this.#ended(org));
      if (withAccepted) await this.#steps(() => this.#accepted(org));
    }
    if (withAccepted) this.#acceptedAt = now;
  }

  /** Steps on while there is more. Of several processes one counts, and the others begin anew at its position. */
  async #steps(step: () => Promise<boolean>): Promise<void> {
    try {
      for (let page = 0; page < PAGES && (await step()); page++);
    } catch (error) {
      if (!(error instanceof ExpectationFailed)) throw error;
      this.#o.log.debug('another process has counted already', {});
    }
  }

  async #ended(org: string): Promise<boolean> {
    const { event_no: after, last } = await this.#position(org);
    if (last <= after) return false;
    const until = Math.min(last, after + PAGE);
    await this.#o.db.transact([
      {
        sql: 'update operation_stat_position set event_no = $2 where org = $1 and event_no = $3',
        params: [org, until, after],
        expect: { rows: 1, name: 'position' },
      },
      { sql: ADD, params: [org, after, until, TYPES] },
    ]);
    return until < last;
  }

  async #accepted(org: string): Promise<boolean> {
    const now = this.#o.clock.now();
    const { accepted_until: begin } = await this.#position(org);
    const from = begin.getTime();
    const to = Math.min(now + MINUTE_MS, from + CHUNK_MS);
    // What may still grow stays open and is counted again.
    const closed = Math.max(from, Math.min(to, floor(now - SETTLED_MS, MINUTE_MS)));
    await this.#o.db.transact([
      {
        sql: 'update operation_stat_position set accepted_until = $2 where org = $1 and accepted_until = $3',
        params: [org, new Date(closed), begin],
        expect: { rows: 1, name: 'position' },
      },
      {
        sql: ACCEPTED,
        params: [
          org,
          firstId(from - MINUTE_MS),
          firstId(to + HOUR_MS),
          begin,
          new Date(to),
          [...deliveryCommands.keys()],
        ],
      },
      { sql: HOURS, params: [org, new Date(floor(from, HOUR_MS)), new Date(to)] },
    ]);
    return to < now;
  }

  async #position(org: string): Promise<{ event_no: number; accepted_until: Date; last: number }> {
    const { db } = this.#o;
    const select = `select event_no, accepted_until, coalesce((select last_no from event_counter where org = $1), 0) as last
      from operation_stat_position where org = $1`;
    const { rows } = await db.query<{ event_no: number; accepted_until: Date; last: number }>(select, [org]);
    if (rows[0]) return rows[0];
    await db.query(
      'insert into operation_stat_position (org, event_no, accepted_until) values ($1, 0, $2) on conflict do nothing',
      [org, await this.#beginning(org)],
    );
    return this.#position(org);
  }

  async #beginning(org: string): Promise<Date> {
    const now = this.#o.clock.now();
    const { rows } = await this.#o.db.query<{ at: Date | null }>(
      'select accepted_at as at from operation where org = $1 order by id limit 1',
      [org],
    );
    const oldest = rows[0]?.at?.getTime() ?? now;
    return new Date(floor(Math.max(oldest, now - PAST_MS), HOUR_MS));
  }
}

const floor = (ms: number, unit: number): number => Math.floor(ms / unit) * unit;

/** The smallest UUIDv7 of a millisecond. */
export function firstId(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
