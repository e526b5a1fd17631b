import { uuidv7 } from '../canonical/values/uuid.ts';
import type { Statement } from '../storage/port.ts';

/** The most operations of a kind, and whole roubles, that pass in a clock hour or a day without a person's approval. */
export interface BrakeLimits {
  perHour?: number | undefined;
  perDay?: number | undefined;
  roublesPerHour?: number | undefined;
  roublesPerDay?: number | undefined;
}

export interface BrakeOptions {
  /** By operation kind. */
  limits: Readonly<Record<string, BrakeLimits>>;
  /** First moment of the day that it is for an organisation. */
  dayStart(org: string, now: Date): Date;
  random(): number;
}

/** An operation of a group that is being accepted. */
export interface Braked {
  org: string;
  kind: string;
  id: string;
  /** Whole kopecks; 0 for kinds that move no money. */
  kop: bigint;
}

const HOUR_MS = 3_600_000;

/**
 * Goes through the new operations in order: each that every limit has room for passes and is counted, each other one
 * waits for approval, so a large one does not hold back the small ones after it. The counters are locked before.
 */
const WALK = `
  with recursive item as (
    select row_number() over (order by u.n) as r, u.id, u.kop, u.event
    from unnest($3::uuid[], $4::bigint[], $5::uuid[]) with ordinality as u(id, kop, event, n)
    where exists (select 1 from operation o where o.org = $1 and o.id = u.id)
  ), walk as (
    select 0::bigint as r, null::uuid as id, 0::bigint as kop, null::uuid as event, true as passes,
      h.passed as hour_n, d.passed as day_n, h.kop as hour_kop, d.kop as day_kop
    from brake_counter h, brake_counter d
    where h.org = $1 and h.kind = $2 and h.span = 'hour' and h.start = $6 and d.org = $1 and d.kind = $2 and d.span = 'day' and d.start = $7
    union all
    select i.r, i.id, i.kop, i.event, ok.v,
      w.hour_n + ok.n, w.day_n + ok.n, w.hour_kop + ok.n * i.kop, w.day_kop + ok.n * i.kop
    from walk w join item i on i.r = w.r + 1
    cross join lateral (
      select p.v, p.v::int as n from (select (w.hour_n < coalesce($8::bigint, w.hour_n + 1)) and (w.day_n < coalesce($9::bigint, w.day_n + 1))
        and (w.hour_kop + i.kop <= coalesce($10::bigint, w.hour_kop + i.kop)) and (w.day_kop + i.kop <= coalesce($11::bigint, w.day_kop + i.kop)) as v) p) ok
  ), counted as (
    update brake_counter c set passed = c.passed + t.n, kop = c.kop + t.kop
    from (select count(*) as n, coalesce(sum(kop), 0) as kop from walk where passes and r > 0) t
    where c.org = $1 and c.kind = $2 and ((c.span = 'hour' and c.start = $6) or (c.span = 'day' and c.start = $7))
  ), stopped as (
    update operation o set status = 'waiting', waiting_for = 'approval', due_at = null
    from walk w where w.r > 0 and not w.passes and o.org = $1 and o.id = w.id
    returning o.id, w.event
  )
  insert into event (org, id, type, operation, data, at)
  select $1, s.event, 'operation.needs-approval', s.id, jsonb_build_object('kind', $2::text, 'status', 'waiting'), $12::timestamptz from stopped s
  returning operation as id`;

/** Holds operations back for approval when more of their kind come than a company ever wants unseen. */
export class Brakes {
  readonly #o: BrakeOptions;

  constructor(options: BrakeOptions) {
    this.#o = options;
  }

  /**
   * Statements to run after the operations were inserted; what they stop is never due. What has passed stays counted even
   * if it is cancelled later: the brake guards against a flood, it is no budget.
   */
  statements(items: readonly Braked[], now: Date): Statement[] {
    const groups = new Map<string, Braked[]>();
    for (const item of items) {
      if (!this.#o.limits[item.kind]) continue;
      const key = `${item.org}\0${item.kind}`;
      groups.set(key, [...(groups.get(key) ?? []), item]);
    }
    // In one order, so that two transactions never wait for each other.
    return [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, group]) => this.#walk(group, now));
  }

  /** Operations of the results of {@link statements} that were stopped. */
  static stopped(results: readonly { rows: readonly Record<string, unknown>[] }[]): string[] {
    return results.flatMap((r) => r.rows.map((row) => row.id as string));
  }

  #walk(group: readonly Braked[], now: Date): Statement[] {
    const { org, kind } = group[0] as Braked;
    const limits = this.#o.limits[kind] ?? {};
    const hour = new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS);
    const day = this.#o.dayStart(org, now);
    const kop = (roubles: number | undefined): number | null => (roubles === undefined ? null : roubles * 100);
    return [
      {
        sql: `insert into brake_counter as c (org, kind, span, start, passed, kop) values ($1, $2, 'day', $4, 0, 0), ($1, $2, 'hour', $3, 0, 0)
              on conflict (org, kind, span, start) do update set passed = c.passed`,
        params: [org, kind, hour, day],
      },
      {
        sql: WALK,
        params: [
          org,
          kind,
          group.map((g) => g.id),
          group.map((g) => g.kop),
          group.map(() => uuidv7(now.getTime(), this.#o.random)),
          hour,
          day,
          limits.perHour ?? null,
          limits.perDay ?? null,
          kop(limits.roublesPerHour),
          kop(limits.roublesPerDay),
          now,
        ],
      },
    ];
  }
}
