import type { Cipher } from '../storage/cipher.ts';
import type { Database, Row } from '../storage/port.ts';
import { type Operation, operationOf } from '../storage/repositories/operation.ts';

export interface Leased {
  op: Operation;
  /** What has to be done: a fresh attempt, or the question whether an earlier one acted. Tickets are asked by exchange. */
  action: 'send' | 'reconcile';
  /** It was found running: who had it before died, or was late, and has written no end. */
  abandoned: boolean;
}

/** On which terms operations are taken. */
export interface LeaseTerms {
  instance: string;
  /** Kinds with the highest payload version that this worker knows; others are left to a newer worker. */
  kinds: readonly LeaseKind[];
  worker: string;
  now: Date;
  /** Milliseconds; the attempt's deadline is shorter than the lease. */
  attemptMs: number;
  leaseMs: number;
}

export interface LeaseRequest extends LeaseTerms {
  /** Take only these; for batches, whose operations were chosen before. */
  ids?: readonly string[];
  limit: number;
  /** Due at this moment or before it; now, otherwise. */
  dueBy?: Date;
}

export interface LeaseKind {
  kind: string;
  version: number;
  /** It acts once: an attempt without a written end is uncertain. */
  once: boolean;
  /** Sent by batches: single leases leave its fresh attempts alone. */
  batched?: boolean;
}

/** Fifo: the oldest of a subject that still holds goes first. */
export const NOT_HELD_BACK = `(o.ordering <> 'fifo' or not exists (
        select 1 from operation p where p.org = o.org and p.kind = o.kind and p.subject = o.subject and p.holds and p.seq < o.seq))`;

/**
 * Takes due operations of an instance. The lease number fences: a worker whose lease was taken over can't write its
 * result. An operation found `running` belonged to a worker that died; when its kind acts once it becomes uncertain.
 */
const LEASE = `
  with due as (
    select o.org, o.id, o.status as before, o.status = 'running' and exists (
        select 1 from exchange x join exchange_element e on e.org = x.org and e.exchange = x.id
        where x.org = o.org and x.id = o.exchange and x.status = 'polling' and e.operation = o.id and e.outcome is null) as ticketed
    from operation o
    where o.due_at <= $12 and o.instance = $2 and (o.lease_until is null or o.lease_until <= $1)
      and exists (select 1 from unnest($3::text[], $4::int[]) k(kind, version) where k.kind = o.kind and o.payload_version <= k.version)
      and ${NOT_HELD_BACK}
      and ($10::uuid[] is null or o.id = any($10::uuid[]))
      and not (o.kind = any($11::text[]) and (o.status in ('accepted', 'waiting', 'retrying') or (o.status = 'running' and not o.kind = any($6::text[]))))
    order by o.due_at, o.seq limit $5
    for update of o skip locked
  )
  update operation o set
    status = case
      when due.ticketed then 'waiting'
      when due.before = 'uncertain' or (due.before = 'running' and o.kind = any($6::text[])) then 'uncertain'
      else 'running' end,
    waiting_for = case when due.ticketed then 'answer' else o.waiting_for end,
    uncertain_since = case when not due.ticketed and due.before = 'running' and o.kind = any($6::text[]) then coalesce(o.uncertain_since, o.attempt_deadline) else o.uncertain_since end,
    attempts = o.attempts + case when due.before in ('accepted', 'waiting', 'retrying') or (not due.ticketed and due.before = 'running' and not o.kind = any($6::text[])) then 1 else 0 end,
    lease_no = o.lease_no + 1,
    leased_by = case when due.ticketed then null else $7 end,
    lease_until = case when due.ticketed then null else $8::timestamptz end,
    attempt_deadline = case when due.ticketed then null else $9::timestamptz end,
    due_at = case when due.ticketed then null else $8::timestamptz end,
    updated_at = $1
  from due where o.org = due.org and o.id = due.id
  returning o.*, due.ticketed, due.before`;

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
    request.ids ?? null,
    request.ids ? [] : kinds.filter((k) => k.batched).map((k) => k.kind),
    request.dueBy ?? now,
  ]);
  return leasedOf(
    rows.filter((row) => !row.ticketed),
    cipher,
  );
}

/** The clock of the process that announced an operation may be ahead of this one's. */
const CLOCK_SKEW_MS = 1_000;

/**
 * The named ones are found by their key: by lists and not by a join, which the planner turned round, and with `coalesce`
 * so that the index of what is due stays out of it. Its statistics come from calmer days: it expects next to nothing to
 * be due, and read a whole backlog for each statement.
 */
const LEASE_LISTED = `
  update operation o set
    status = case when o.status = 'uncertain' then 'uncertain' else 'running' end,
    attempts = o.attempts + case when o.status = 'uncertain' then 0 else 1 end,
    lease_no = o.lease_no + 1, leased_by = $6, lease_until = $7, attempt_deadline = $8, due_at = $7, updated_at = $3
  where o.org = any($1::text[]) and o.id = any($2::uuid[]) and o.instance = $9 and coalesce(o.due_at <= $11, false) and (o.not_before is null or o.not_before <= $3) and (o.lease_until is null or o.lease_until <= $3)
    and (o.status = 'uncertain' or (o.status in ('accepted', 'waiting', 'retrying') and not o.kind = any($10::text[])))
    and exists (select 1 from unnest($4::text[], $5::int[]) k(kind, version) where k.kind = o.kind and o.payload_version <= k.version)
    and ${NOT_HELD_BACK}
  returning o.*`;

/**
 * Takes those of the named operations that are due and free. What a dead worker has left behind is not taken here: that
 * takes a closer look, see {@link lease}.
 */
export async function leaseListed(
  db: Database,
  cipher: Cipher,
  terms: LeaseTerms,
  operations: readonly { org: string; id: string }[],
): Promise<Leased[]> {
  const { now, kinds } = terms;
  const until = new Date(now.getTime() + terms.leaseMs);
  // One order for all, so that two workers with the same list don't wait for each other.
  const sorted = [...operations].sort((a, b) => (a.id < b.id ? -1 : 1));
  const { rows } = await db.query(
    LEASE_LISTED,
    [
      [...new Set(sorted.map((o) => o.org))],
      sorted.map((o) => o.id),
      now,
      kinds.map((k) => k.kind),
      kinds.map((k) => k.version),
      terms.worker,
      until,
      new Date(now.getTime() + terms.attemptMs),
      terms.instance,
      kinds.filter((k) => k.batched).map((k) => k.kind),
      new Date(now.getTime() + CLOCK_SKEW_MS),
    ],
    { prepare: true },
  );
  return leasedOf(rows, cipher);
}

function leasedOf(rows: readonly Row[], cipher: Cipher): Leased[] {
  return rows
    .map((row) => {
      const op = operationOf(row, cipher);
      return {
        op,
        action: op.status === 'uncertain' ? ('reconcile' as const) : ('send' as const),
        abandoned: row.before === 'running',
        seq: Number(row.seq),
      };
    })
    .sort((a, b) => a.seq - b.seq);
}
