import { adviceOf } from './advice.ts';
import { answersOf } from './answers.ts';
import type { People } from './people.ts';
import type { Task } from './task.ts';
import { closingOf, reasonOf, titleOf } from './texts.ts';

/** The API form of a task. */
export function showTask(task: Task, people: People, now: Date): Record<string, unknown> {
  const isOpen = task.status === 'open';
  return {
    id: task.id,
    kind: task.kind,
    status: task.status,
    title: titleOf(task),
    reason: reasonOf(task),
    advice: adviceOf(task.code, task.kind),
    code: task.code === '' ? null : task.code,
    upstreamCode: task.upstreamCode,
    organisation: task.org,
    subject: task.subject,
    operation: task.operation,
    count: task.count,
    filter: filterOf(task),
    instance: task.instance,
    entity: task.entity,
    facts: task.facts,
    answers: isOpen ? answersOf[task.kind] : [],
    deadline: task.deadline.toISOString(),
    overdue: isOpen && task.deadline <= now,
    assignee: task.assignee,
    substitute: isOpen ? people.substitute(task.assignee, task.org, now) : null,
    escalatedTo: task.escalatedTo,
    createdAt: task.createdAt.toISOString(),
    updatedAt: task.updatedAt.toISOString(),
    answer: task.answer,
    note: task.note,
    answeredBy: task.answeredBy,
    answeredAt: task.answeredAt?.toISOString() ?? null,
    refusal: task.refusal,
    closedAt: task.closedAt?.toISOString() ?? null,
    closedReason: closingOf(task),
    progress: task.progress
      ? {
          done: task.progress.done,
          failed: task.progress.failed,
          total: task.progress.total,
          running: task.isPending,
          stopped: task.progress.stopped,
          codes: task.progress.codes,
        }
      : null,
    version: task.version,
  };
}

/** How the operations of a task about several are found by `GET /v1/operations`. */
function filterOf(task: Task): Record<string, string> | null {
  if (!task.isGroup || task.opKind === null || task.instance === null) return null;
  const where = { kind: task.opKind, instance: task.instance };
  if (task.kind === 'approval') return { ...where, waitingFor: 'approval' };
  if (task.kind === 'operator') return { ...where, waitingFor: 'operator' };
  return { ...where, status: task.kind };
}
