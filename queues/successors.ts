import type { Database } from '../storage/port.ts';
import type { Operation } from '../storage/repositories/operation.ts';
import type { Announced } from './dispatcher.ts';

const NEXT = `
  select distinct on (o.org, o.kind, o.subject) o.org, o.id, o.instance, o.lease_no, o.due_at, u.after
  from unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) as u(org, kind, subject, after)
  join operation o on o.org = u.org and o.kind = u.kind and o.subject = u.subject and o.holds
  order by o.org, o.kind, o.subject, o.seq`;

/** Which operations may go on, now that these hold nothing back any more (order `fifo`). */
export async function successors(db: Database, ended: readonly Operation[]): Promise<Announced[]> {
  const ordered = ended.filter((op) => op.subject !== null);
  if (ordered.length === 0) return [];
  const { rows } = await db.query(
    NEXT,
    [ordered.map((o) => o.org), ordered.map((o) => o.kind), ordered.map((o) => o.subject), ordered.map((o) => o.id)],
    { prepare: true },
  );
  return rows
    .filter((r) => r.due_at !== null)
    .map((r) => ({
      org: r.org as string,
      id: r.id as string,
      instance: r.instance as string,
      leaseNo: Number(r.lease_no),
      dueAt: (r.due_at as Date).getTime(),
      after: r.after as string,
    }));
}
