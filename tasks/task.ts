import type { TaskKind } from '../canonical/task-kinds.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Row } from '../storage/port.ts';

export const taskStatuses = ['open', 'answered', 'closed'] as const;
export type TaskStatus = (typeof taskStatuses)[number];

/** How far the answer to a task about several operations has been carried out. */
export interface Progress {
  done: number;
  failed: number;
  total: number;
  /** Refusals by code. */
  codes: Readonly<Record<string, number>>;
  /** Id of the last operation that was taken. */
  after: string | null;
  /** A person has stopped it. */
  stopped: boolean;
}

/** Something that needs a person. */
export interface Task {
  org: string;
  id: string;
  cause: string;
  kind: TaskKind;
  status: TaskStatus;
  /** Code of the hub; '' where there is no error. */
  code: string;
  upstreamCode: string | null;
  operation: string | null;
  opKind: string | null;
  subject: string | null;
  instance: string | null;
  entity: string | null;
  facts: Readonly<Record<string, string | number>>;
  count: number;
  isGroup: boolean;
  assignee: string | null;
  escalatedTo: string | null;
  deadline: Date;
  overdueAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
  closedAt: Date | null;
  closedAs: string | null;
  answer: string | null;
  note: string | null;
  answeredBy: string | null;
  answeredAt: Date | null;
  /** The answer stands and its effect is not complete. */
  isPending: boolean;
  effectNo: number;
  effectTries: number;
  progress: Progress | null;
  refusal: string | null;
  /** The bulk job that carries the answer to many out. */
  job: string | null;
  /** A person wants the carrying out to end. */
  stopWanted: boolean;
  version: number;
}

/** Context of a sealed note: it opens in its own row only. */
export function noteContext(org: string, id: string): string {
  return `task:${org}:${id}`;
}

export function taskOf(r: Row, cipher: Cipher): Task {
  const org = r.org as string;
  const id = r.id as string;
  return {
    org,
    id,
    cause: r.cause as string,
    kind: r.kind as TaskKind,
    status: r.status as TaskStatus,
    code: r.code as string,
    upstreamCode: r.upstream_code as string | null,
    operation: r.operation as string | null,
    opKind: r.op_kind as string | null,
    subject: r.subject as string | null,
    instance: r.instance as string | null,
    entity: r.entity as string | null,
    facts: r.facts as Task['facts'],
    count: Number(r.count),
    isGroup: r.is_group as boolean,
    assignee: r.assignee as string | null,
    escalatedTo: r.escalated_to as string | null,
    deadline: r.deadline as Date,
    overdueAt: r.overdue_at as Date | null,
    createdAt: r.created_at as Date,
    updatedAt: r.updated_at as Date,
    closedAt: r.closed_at as Date | null,
    closedAs: r.closed_as as string | null,
    answer: r.answer as string | null,
    note: r.note ? cipher.openText(r.note as Uint8Array, noteContext(org, id)) : null,
    answeredBy: r.answered_by as string | null,
    answeredAt: r.answered_at as Date | null,
    isPending: r.is_pending as boolean,
    effectNo: Number(r.effect_no),
    effectTries: r.effect_tries as number,
    progress: progressOf(r),
    refusal: r.refusal as string | null,
    job: r.job as string | null,
    stopWanted: r.stop_wanted as boolean,
    version: r.version as number,
  };
}

/** How far the bulk job of a task has come, for a query that reads `task`; null once it is over, or where there is none. */
export const CARRIED = `case when job is not null and is_pending then (
  select jsonb_build_object('done', j.done, 'refused', j.refused, 'total', j.total, 'codes', case when j.refused > 0 then (
    select jsonb_object_agg(outcome, n) from (select outcome, count(*) as n from bulk_item where org = j.org and job = j.id and outcome <> 'done' group by 1) r) end)
  from bulk_job j where j.org = task.org and j.id = task.job) end as carried`;

/** What an earlier version of the hub has done of an answer is added to what the job does of it. */
function progressOf(r: Row): Progress | null {
  const before = r.progress as Progress | null;
  const carried = r.carried as
    | { done: number; refused: number; total: number; codes: Record<string, number> | null }
    | null
    | undefined;
  if (!before || !carried) return before;
  return {
    ...before,
    done: before.done + carried.done,
    failed: before.failed + carried.refused,
    total: before.done + before.failed + carried.total,
    codes: carried.codes ?? before.codes,
  };
}
