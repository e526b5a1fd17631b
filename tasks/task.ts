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
    progress: r.progress as Progress | null,
    refusal: r.refusal as string | null,
    version: r.version as number,
  };
}
