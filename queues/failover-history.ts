import type { Database } from '../storage/port.ts';
import type { Operation } from '../storage/repositories/operation.ts';

/** What an operation has been through at one instance. */
export interface InstanceHistory {
  /** Attempts that failed there and count against the limit. */
  burnt: number;
  /** Start of the first attempt since it came there for the last time. */
  failingSince: Date | null;
}

/** By instance, from the attempts that are written down. */
export async function historyOf(db: Database, op: Operation): Promise<ReadonlyMap<string, InstanceHistory>> {
  const { rows } = await db.query(
    `select a.instance,
            (count(*) filter (where a.outcome in ('transient', 'uncertain', 'unexpected', 'rejected')))::int as burnt,
            min(a.started_at) filter (where not exists (
              select 1 from attempt l where l.org = a.org and l.operation = a.operation and l.instance <> a.instance and l.no > a.no)) as since
     from attempt a where a.org = $1 and a.operation = $2 and a.action = 'send' group by a.instance`,
    [op.org, op.id],
  );
  return new Map(
    rows.map((row) => [row.instance as string, { burnt: row.burnt as number, failingSince: row.since as Date | null }]),
  );
}

/** The instance has taken a part of a longer text: the rest belongs there, or the recipient would get the beginning twice. */
export async function isPartlyTaken(db: Database, op: Operation): Promise<boolean> {
  const { count } = await db.query(
    'select 1 from upstream_ref where org = $1 and operation = $2 and instance = $3 and ref is not null limit 1',
    [op.org, op.id, op.instance],
  );
  return count > 0;
}
