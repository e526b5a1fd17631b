import type { SqlValue } from '../storage/port.ts';
import type { NewEvent } from '../storage/repositories/events.ts';
import { finalStatuses } from '../storage/repositories/operation.ts';
import type { AttemptTrace, Entry } from './entry.ts';

export interface OutcomeRow extends Entry {
  /** The exchange that the operation keeps. */
  kept: string | null;
  trace?: AttemptTrace;
  /** At most one. */
  events: readonly NewEvent[];
}

/** Columns of the list that the statement works on: what the value is, its type, and where it comes from. */
const COLUMNS: readonly [name: string, type: string, of: (row: OutcomeRow, isFinal: boolean) => SqlValue][] = [
  ['org', 'text', (r) => r.op.org],
  ['id', 'uuid', (r) => r.op.id],
  ['lease_no', 'bigint', (r) => r.op.leaseNo],
  ['status', 'text', (r) => r.decision.status],
  ['waiting_for', 'text', (r) => r.decision.waitingFor],
  ['due_at', 'timestamptz', (r) => r.decision.dueAt],
  ['sets_since', 'boolean', (r) => r.decision.uncertainSince !== undefined],
  ['since', 'timestamptz', (r) => r.decision.uncertainSince ?? null],
  ['asks', 'int', (r) => r.decision.asks],
  ['attempts', 'int', (r) => Math.max(0, r.decision.attempts)],
  ['result', 'jsonb', (r) => (r.decision.result ? JSON.stringify(r.decision.result) : null)],
  ['error', 'jsonb', (r) => (r.decision.error ? JSON.stringify(r.decision.error) : null)],
  ['is_final', 'boolean', (_r, isFinal) => isFinal],
  ['kept', 'uuid', (r) => r.kept],
  ['move_to', 'text', (r) => r.decision.moveTo ?? null],
  ['action', 'text', (r) => r.attempt?.action ?? null],
  ['instance', 'text', (r) => r.op.instance],
  ['started_at', 'timestamptz', (r) => r.attempt?.startedAt ?? null],
  ['outcome', 'text', (r) => r.attempt?.outcome ?? null],
  ['code', 'text', (r) => r.attempt?.error?.code ?? null],
  ['upstream_code', 'text', (r) => r.attempt?.error?.facts.upstream?.code ?? null],
  ['message', 'text', (r) => r.attempt?.error?.message ?? null],
  ['request_digest', 'text', (r) => r.trace?.requestDigest ?? null],
  ['response_digest', 'text', (r) => r.trace?.responseDigest ?? null],
  ['traffic', 'bytea', (r) => r.trace?.sealed ?? null],
  ['event_id', 'uuid', (r) => r.events[0]?.id ?? null],
  ['event_type', 'text', (r) => r.events[0]?.type ?? null],
  ['event_data', 'jsonb', (r) => (r.events[0] ? JSON.stringify(r.events[0].data) : null)],
];

const NOW = `$${COLUMNS.length + 1}`;

const SQL = `
  with u as (
    select * from unnest(${COLUMNS.map(([, type], i) => `$${i + 1}::${type}[]`).join(', ')}) as u(${COLUMNS.map(([name]) => name).join(', ')})
  ), done as (
    update operation o set
      status = u.status, waiting_for = u.waiting_for, due_at = u.due_at,
      uncertain_since = case when u.sets_since then u.since else o.uncertain_since end,
      asks = u.asks, attempts = u.attempts, result = coalesce(u.result, o.result), error = u.error,
      holds = not u.is_final or u.status = 'dead', finished_at = case when u.is_final then ${NOW}::timestamptz end, updated_at = ${NOW},
      exchange = case when u.move_to is null then u.kept end, instance = coalesce(u.move_to, o.instance),
      own_id = case when u.move_to is null then o.own_id end, lease_no = o.lease_no + 1, leased_by = null, lease_until = null, attempt_deadline = null
    from u where o.org = u.org and o.id = u.id and o.lease_no = u.lease_no
    returning o.org, o.id
  ), attempts as (
    insert into attempt (org, operation, no, action, lease_no, instance, started_at, ended_at, outcome, code, upstream_code, message, request_digest, response_digest, traffic)
    select u.org, u.id, (select coalesce(max(a.no), 0) + 1 from attempt a where a.org = u.org and a.operation = u.id),
      u.action, u.lease_no, u.instance, u.started_at, ${NOW}, u.outcome, u.code, u.upstream_code, u.message, u.request_digest, u.response_digest, u.traffic
    from u join done on done.org = u.org and done.id = u.id where u.action is not null
  ), events as (
    insert into event (org, id, type, operation, data, at)
    select u.org, u.event_id, u.event_type, u.id, u.event_data, ${NOW}
    from u join done on done.org = u.org and done.id = u.id where u.event_id is not null
  )
  select org, id from done`;

/**
 * Writes many outcomes by one statement: state, attempt and event of each operation whose lease number still holds. The
 * others are left alone. Returns the ids of those that were written.
 */
export function outcomesStatement(
  rows: readonly OutcomeRow[],
  now: Date,
): { sql: string; params: readonly SqlValue[]; prepare: true } {
  const isFinal = rows.map((r) => finalStatuses.includes(r.decision.status));
  return {
    sql: SQL,
    params: [...COLUMNS.map(([, , of]) => rows.map((r, i) => of(r, isFinal[i] === true))), now],
    prepare: true,
  };
}
