import type { Cipher } from '../storage/cipher.ts';
import type { Database } from '../storage/port.ts';
import { type Operation, operationOf } from '../storage/repositories/operation.ts';

export interface Leased {
  op: Operation;
  /** What has to be done: a fresh attempt, the question whether an earlier one acted, or a look at a ticket. */
  action: 'send' | 'reconcile' | 'poll';
}

export interface LeaseRequest {
  instance: string;
  /** Kinds with the highest payload version that this worker knows; others are left to a newer worker. */
  kinds: readonly { kind: string; version: number; once: boolean }[];
  limit: number;
  worker: string;
  now: Date;
  /** Milliseconds; the attempt's deadline is shorter than the lease. */
  attemptMs: number;
  leaseMs: number;
}

/**
 * Takes due operations of an instance. The lease number fences: a worker whose lease was taken over can't write its
 * result. An operation found `running` belonged to a worker that died; when its kind acts once it becomes uncertain.
 */
const LEASE = `
  with due as (
    select o.org, o.id, o.status as before, o.waiting_for as waited from operation o
    where o.due_at <= $1 and o.instance = $2 and (o.lease_until is null or o.lease_until <= $1)
      and exists (select 1 from unnest($3::text[], $4::int[]) k(kind, version) where k.kind = o.kind and o.payload_version <= k.version)
      and (o.ordering <> 'fifo' or not exists (
        select 1 from operation p where p.org = o.org and p.kind = o.kind and p.subject = o.subject and p.holds and p.seq < o.seq))
    order by o.due_at, o.seq limit $5
    for update of o skip locked
  )
  update operation o set
    status = case
      when due.before = 'uncertain' or (due.before = 'running' and o.kind = any($6::text[])) then 'uncertain'
      when due.waited = 'answer' then 'waiting'
      else 'running' end,
    uncertain_since = case when due.before = 'running' and o.kind = any($6::text[]) then coalesce(o.uncertain_since, o.attempt_deadline) else o.uncertain_since end,
    attempts = o.attempts + case when due.before in ('accepted', 'waiting', 'retrying') and coalesce(due.waited, '') <> 'answer' or (due.before = 'running' and not o.kind = any($6::text[])) then 1 else 0 end,
    lease_no = o.lease_no + 1, leased_by = $7, lease_until = $8, attempt_deadline = $9, due_at = $8, updated_at = $1
  from due where o.org = due.org and o.id = due.id
  returning o.*, due.waited`;

export async function lease(db: Database, cipher: Cipher, request: LeaseRequest): Promise<Leased[]> {
  const { now, kinds } = request;
  const { rows } = await db.query(LEASE, [
    now,
    request.instance,
    kinds.map((k) => k.kind),
    kinds.map((k) => k.version),
    request.limit,
    kinds.filter((k) => k.once).map((k) => k.kind),
    request.worker,
    new Date(now.getTime() + request.leaseMs),
    new Date(now.getTime() + request.attemptMs),
  ]);
  return rows
    .map((row) => {
      const op = operationOf(row, cipher);
      const action =
        op.status === 'uncertain'
          ? ('reconcile' as const)
          : row.waited === 'answer'
            ? ('poll' as const)
            : ('send' as const);
      return { op, action, seq: Number(row.seq) };
    })
    .sort((a, b) => a.seq - b.seq);
}
