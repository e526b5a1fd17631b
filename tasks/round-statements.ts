import type { Statement } from '../storage/port.ts';
import type { Cause } from './causes.ts';
import type { LivingTask } from './plan.ts';

export interface NewTask {
  cause: Cause;
  id: string;
  /** Ids of what is written with it. */
  event: string;
  mail: string;
  assignee: string | null;
  /** Who is told by mail; nobody when null. */
  reader: string | null;
  deadline: Date;
}

/**
 * Opens tasks with their events and mails. A cause that has a living task by now is passed over, and so is one whose task
 * was changed since the round began: what the round has read of it may be old, and the next one decides.
 */
export function openStatement(rows: readonly NewTask[], began: Date, now: Date): Statement {
  const of = <T>(pick: (row: NewTask) => T): T[] => rows.map(pick);
  return {
    sql: `with fresh as (
        insert into task (org, id, cause, kind, status, code, upstream_code, operation, op_kind, subject, instance, entity, facts, count, is_group, assignee, deadline, created_at, updated_at)
        select u.org, u.id, u.cause, u.kind, 'open', u.code, u.upstream, u.operation, u.op_kind, u.subject, u.instance, u.entity, u.facts, u.count, u.is_group, u.assignee, u.deadline, $20::timestamptz, $20::timestamptz
        from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::text[], $9::text[], $10::text[], $11::text[], $12::jsonb[], $13::bigint[], $14::boolean[], $15::text[], $16::timestamptz[])
          as u(org, id, cause, kind, code, upstream, operation, op_kind, subject, instance, entity, facts, count, is_group, assignee, deadline)
        where not exists (select 1 from task t where t.org = u.org and t.cause = u.cause and t.updated_at >= $21)
        on conflict (org, cause) where status = 'open' or is_pending do nothing
        returning org, id, kind, operation, instance, entity, assignee, deadline
      ), told as (
        insert into event (org, id, type, entity, operation, data, at)
        select f.org, e.event, 'task.opened', f.entity, f.operation,
          jsonb_build_object('task', f.id, 'kind', f.kind, 'assignee', f.assignee, 'instance', f.instance, 'deadline', f.deadline), $20
        from fresh f join unnest($2::uuid[], $17::uuid[]) as e(id, event) on e.id = f.id
      )
      insert into task_mail (org, id, task, person, about, created_at, due_at)
      select f.org, m.mail, f.id, m.reader, 'assigned', $20, $20
      from fresh f join unnest($2::uuid[], $18::uuid[], $19::text[]) as m(id, mail, reader) on m.id = f.id where m.reader is not null`,
    params: [
      of((r) => r.cause.org),
      of((r) => r.id),
      of((r) => r.cause.cause),
      of((r) => r.cause.kind),
      of((r) => r.cause.code),
      of((r) => r.cause.upstreamCode ?? null),
      of((r) => r.cause.operation ?? null),
      of((r) => r.cause.opKind ?? null),
      of((r) => r.cause.subject ?? null),
      of((r) => r.cause.instance ?? null),
      of((r) => r.cause.entity ?? null),
      of((r) => JSON.stringify(r.cause.facts ?? {})),
      of((r) => r.cause.count),
      of((r) => r.cause.isGroup ?? false),
      of((r) => r.assignee),
      of((r) => r.deadline),
      of((r) => r.event),
      of((r) => r.mail),
      of((r) => r.reader),
      now,
      began,
    ],
  };
}

/** Closes tasks that nobody has answered and whose cause is over, with their events. */
export function closeStatement(
  rows: readonly { task: LivingTask; as: 'gone' | 'regrouped'; event: string }[],
  now: Date,
): Statement {
  return {
    sql: `with gone as (
        update task t set status = 'closed', closed_at = $5, closed_as = u.why, updated_at = $5, version = t.version + 1
        from unnest($1::text[], $2::uuid[], $3::text[]) as u(org, id, why)
        where t.org = u.org and t.id = u.id and t.status = 'open'
        returning t.org, t.id, t.kind, t.operation, t.instance, t.entity, t.closed_as
      )
      insert into event (org, id, type, entity, operation, data, at)
      select g.org, e.event, 'task.closed', g.entity, g.operation, jsonb_build_object('task', g.id, 'kind', g.kind, 'instance', g.instance, 'as', g.closed_as), $5
      from gone g join unnest($2::uuid[], $4::uuid[]) as e(id, event) on e.id = g.id`,
    params: [
      rows.map((r) => r.task.org),
      rows.map((r) => r.task.id),
      rows.map((r) => r.as),
      rows.map((r) => r.event),
      now,
    ],
  };
}

/** What a person sees of an open task; its version stays, so that nobody's answer is refused because a number grew. */
export function refreshStatement(rows: readonly { task: LivingTask; cause: Cause }[], now: Date): Statement {
  return {
    sql: `update task t set count = u.count, operation = u.operation, subject = u.subject, code = u.code, facts = u.facts, updated_at = $8
          from unnest($1::text[], $2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::jsonb[]) as u(org, id, count, operation, subject, code, facts)
          where t.org = u.org and t.id = u.id and t.status = 'open'`,
    params: [
      rows.map((r) => r.task.org),
      rows.map((r) => r.task.id),
      rows.map((r) => r.cause.count),
      rows.map((r) => r.cause.operation ?? null),
      rows.map((r) => r.cause.subject ?? null),
      rows.map((r) => r.cause.code),
      rows.map((r) => JSON.stringify(r.cause.facts ?? {})),
      now,
    ],
  };
}
