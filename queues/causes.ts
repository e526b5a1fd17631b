import type { Database } from '../storage/port.ts';

/** Operations that ail from the same. */
export interface Cause {
  status: string;
  kind: string;
  instance: string;
  code: string | null;
  upstreamCode: string | null;
  /** What holds those that wait; null for the others. */
  waitingFor: string | null;
  count: number;
  firstAt: string;
  lastAt: string;
  /** Id of the newest of them. */
  example: string;
  /** What is written about that one; holds no personal data. */
  message: string | null;
  /** How many hold back successors of the same subject. */
  holding: number;
}

const MAX_GROUPS = 200;

/** Groups of operations of one status, largest first. */
export async function readCauses(db: Database, org: string, status: string): Promise<Cause[]> {
  const { rows } = await db.query(
    `select g.*, o.error->>'message' as message from (
       select kind, instance, error->>'code' as code, error->'upstream'->>'code' as upstream_code, waiting_for, count(*) as n,
         max(id::text collate "C") as last, count(*) filter (where holds and ordering = 'fifo') as holding,
         min(accepted_at) as first_at, max(accepted_at) as last_at
       from operation where org = $1 and status = $2 group by 1, 2, 3, 4, 5 order by n desc limit ${MAX_GROUPS}) g
     join operation o on o.org = $1 and o.id = g.last::uuid order by g.n desc, g.last desc`,
    [org, status],
  );
  return rows.map((r) => ({
    status,
    kind: r.kind as string,
    instance: r.instance as string,
    code: r.code as string | null,
    upstreamCode: r.upstream_code as string | null,
    waitingFor: r.waiting_for as string | null,
    count: Number(r.n),
    firstAt: (r.first_at as Date).toISOString(),
    lastAt: (r.last_at as Date).toISOString(),
    example: r.last as string,
    message: r.message as string | null,
    holding: Number(r.holding),
  }));
}
