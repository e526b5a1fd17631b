import { uuidv7 } from '../canonical/values/uuid.ts';
import type { Clock } from '../connectors/port.ts';
import type { Database } from '../storage/port.ts';
import type { People } from './people.ts';

export interface RemindersOptions {
  db: Database;
  clock: Clock;
  random(): number;
  people: People;
  escalate?: { afterOverdueHours: number; to: string } | undefined;
}

const HOUR_MS = 3_600_000;
const AT_ONCE = 200;

/** Written in the statement that marks the task, so that each is told of once, whoever does it and whenever it is killed. */
const OVERDUE = `
  with late as (
    update task t set overdue_at = $5, updated_at = $5 from unnest($1::text[], $2::uuid[]) as u(org, id)
    where t.org = u.org and t.id = u.id and t.status = 'open' and t.overdue_at is null
    returning t.org, t.id, t.kind, t.operation, t.instance, t.entity, t.assignee, t.deadline
  ), told as (
    insert into event (org, id, type, entity, operation, data, at)
    select l.org, e.event, 'task.overdue', l.entity, l.operation,
      jsonb_build_object('task', l.id, 'kind', l.kind, 'assignee', l.assignee, 'instance', l.instance, 'deadline', l.deadline), $5
    from late l join unnest($2::uuid[], $3::uuid[]) as e(id, event) on e.id = l.id
  )
  insert into task_mail (org, id, task, person, about, created_at, due_at)
  select l.org, m.mail, l.id, m.reader, 'overdue', $5, $5
  from late l join unnest($2::uuid[], $4::uuid[], $6::text[]) as m(id, mail, reader) on m.id = l.id where m.reader is not null`;

const ESCALATED = `
  with late as (
    update task t set escalated_at = $5, escalated_to = $6, updated_at = $5 from unnest($1::text[], $2::uuid[]) as u(org, id)
    where t.org = u.org and t.id = u.id and t.status = 'open' and t.escalated_at is null
    returning t.org, t.id, t.kind, t.operation, t.instance, t.entity, t.escalated_to
  ), told as (
    insert into event (org, id, type, entity, operation, data, at)
    select l.org, e.event, 'task.escalated', l.entity, l.operation,
      jsonb_build_object('task', l.id, 'kind', l.kind, 'instance', l.instance, 'to', l.escalated_to), $5
    from late l join unnest($2::uuid[], $3::uuid[]) as e(id, event) on e.id = l.id
  )
  insert into task_mail (org, id, task, person, about, created_at, due_at)
  select l.org, m.mail, l.id, m.reader, 'escalated', $5, $5
  from late l join unnest($2::uuid[], $4::uuid[], $7::text[]) as m(id, mail, reader) on m.id = l.id where m.reader is not null`;

/** Tells of tasks whose deadline has passed, and later of those that were not answered even then. True when it told. */
export async function remind({ db, clock, random, people, escalate }: RemindersOptions): Promise<boolean> {
  const now = new Date(clock.now());
  const ids = (n: number): string[] => Array.from({ length: n }, () => uuidv7(now.getTime(), random));
  const { rows: late } = await db.query<{ org: string; id: string; assignee: string | null }>(
    `select org, id, assignee from task where status = 'open' and overdue_at is null and deadline <= $1 order by org, id limit ${AT_ONCE}`,
    [now],
  );
  if (late.length > 0)
    await db.query(OVERDUE, [
      late.map((t) => t.org),
      late.map((t) => t.id),
      ids(late.length),
      ids(late.length),
      now,
      late.map((t) => people.reader(t.assignee, t.org, now)),
    ]);
  if (!escalate) return late.length > 0;
  const { rows: worse } = await db.query<{ org: string; id: string }>(
    `select org, id from task where status = 'open' and escalated_at is null and deadline <= $1 order by org, id limit ${AT_ONCE}`,
    [new Date(now.getTime() - escalate.afterOverdueHours * HOUR_MS)],
  );
  if (worse.length > 0)
    await db.query(ESCALATED, [
      worse.map((t) => t.org),
      worse.map((t) => t.id),
      ids(worse.length),
      ids(worse.length),
      now,
      escalate.to,
      worse.map((t) => people.reader(escalate.to, t.org, now)),
    ]);
  return late.length + worse.length > 0;
}
