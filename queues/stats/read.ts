import type { Database } from '../../storage/port.ts';

/** A row of figures: one per kind, instance and status; `counts` has a number per bucket. */
export interface StatSeries {
  kind: string;
  instance: string;
  status: string;
  counts: number[];
}

export interface StatRequest {
  /** Beginning of the first bucket and end of the last, epoch milliseconds. */
  from: number;
  to: number;
  /** Length of a bucket, milliseconds: whole minutes, or whole hours. */
  stepMs: number;
}

/** Minutes are kept so long; older figures are known by the hour only. */
export const MINUTES_KEPT_MS = 3 * 24 * 3_600_000;
/** Hours are kept so long. */
export const HOURS_KEPT_MS = 400 * 24 * 3_600_000;

const HOUR_MS = 3_600_000;

/** What was accepted and how it ended, in buckets from `from` on. */
export async function readStats(db: Database, org: string, { from, to, stepMs }: StatRequest): Promise<StatSeries[]> {
  const { rows } = await db.query(
    `select kind, instance, status, floor(extract(epoch from start - $3::timestamptz) * 1000 / $5)::int as bucket, sum(n)::int8 as n
     from operation_stat where org = $1 and span = $2 and start >= $3 and start < $4 group by 1, 2, 3, 4`,
    [org, stepMs % HOUR_MS === 0 ? 'hour' : 'minute', new Date(from), new Date(to), stepMs],
  );
  const buckets = Math.ceil((to - from) / stepMs);
  const series = new Map<string, StatSeries>();
  for (const row of rows) {
    const [kind, instance, status] = [row.kind as string, row.instance as string, row.status as string];
    const key = JSON.stringify([kind, instance, status]);
    let found = series.get(key);
    if (!found) {
      found = { kind, instance, status, counts: new Array<number>(buckets).fill(0) };
      series.set(key, found);
    }
    found.counts[row.bucket as number] = Number(row.n);
  }
  return [...series.values()];
}
