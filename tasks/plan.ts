import type { Cause } from './causes.ts';
import { type GroupKey, type OperationClass, type OperationGroup, SAMPLE } from './operation-causes.ts';
import type { Task } from './task.ts';

/** With more than so many of one kind, instance and code, operations that are else answered one by one become one task. */
export const MOST_SINGLE = SAMPLE - 1;
/** And come apart again when so many are left, so that a number that sways does not open and close tasks. */
export const FEW_AGAIN = 10;

/** What of a living task decides about the next round. */
export type LivingTask = Pick<
  Task,
  | 'org'
  | 'id'
  | 'cause'
  | 'kind'
  | 'status'
  | 'isPending'
  | 'isGroup'
  | 'count'
  | 'operation'
  | 'opKind'
  | 'instance'
  | 'code'
  | 'upstreamCode'
  | 'assignee'
>;

export interface Plan {
  open: Cause[];
  /** Open tasks whose cause is over. */
  close: { task: LivingTask; as: 'gone' | 'regrouped' }[];
  /** Open tasks whose number, or only operation, is another one now. */
  refresh: { task: LivingTask; cause: Cause }[];
}

export function groupCause(g: Pick<OperationGroup, 'class' | 'kind' | 'instance' | 'code'>): string {
  return `${g.class}*/${g.kind}/${g.instance}/${g.code}`;
}

export function singleCause(g: Pick<OperationGroup, 'class'>, id: string): string {
  return `${g.class}/${id}`;
}

/**
 * What tasks a group of operations is. Dead, failed and waiting ones are always one task; where each has to be looked at
 * (approval, uncertain) each is a task as long as they are few.
 */
export function causesOf(group: OperationGroup, livesAsGroup: boolean): Cause[] {
  const { org, class: kind, kind: opKind, instance, sample } = group;
  const colon = group.code.indexOf(':');
  const code = colon < 0 ? group.code : group.code.slice(0, colon);
  const common = { org, kind, code, upstreamCode: colon < 0 ? null : group.code.slice(colon + 1), opKind, instance };
  const isOneByOne =
    (kind === 'approval' || kind === 'uncertain') && sample.length <= (livesAsGroup ? FEW_AGAIN : MOST_SINGLE);
  if (isOneByOne)
    return sample.map(({ id, subject }) => ({
      ...common,
      cause: singleCause(group, id),
      operation: id,
      subject,
      count: 1,
    }));
  const [only] = sample.length === 1 ? sample : [];
  return [
    {
      ...common,
      cause: groupCause(group),
      operation: only?.id ?? null,
      subject: only?.subject ?? null,
      count: sample.length,
      isGroup: true,
    },
  ];
}

/** Compares what is with what should be. Deterministic: the same state gives the same plan in each process. */
export function planRound(
  living: readonly LivingTask[],
  groups: readonly OperationGroup[],
  others: readonly Cause[],
): Plan {
  const key = (org: string, cause: string): string => `${org}\0${cause}`;
  const byCause = new Map(living.map((t) => [key(t.org, t.cause), t]));
  const wanted = new Map(others.map((cause) => [key(cause.org, cause.cause), cause]));
  /** How the operations of a group are tasks now. */
  const forms = new Map<string, 'group' | 'single'>();
  for (const group of groups) {
    const at = key(group.org, groupCause(group));
    const asGroup = byCause.get(at);
    // While the answer to all of them is carried out nothing is opened beside it.
    if (asGroup?.isPending) continue;
    const causes = causesOf(group, asGroup !== undefined);
    forms.set(at, causes[0]?.isGroup ? 'group' : 'single');
    for (const cause of causes) wanted.set(key(cause.org, cause.cause), cause);
  }
  const plan: Plan = { open: [], close: [], refresh: [] };
  for (const [at, cause] of wanted) {
    const task = byCause.get(at);
    if (!task) plan.open.push(cause);
    else if (task.status === 'open' && differs(task, cause)) plan.refresh.push({ task, cause });
  }
  for (const task of living) {
    if (task.status !== 'open' || wanted.has(key(task.org, task.cause))) continue;
    const form = forms.get(key(task.org, groupCause(groupOf(task))));
    const isRegrouped = form !== undefined && form !== (task.isGroup ? 'group' : 'single');
    plan.close.push({ task, as: isRegrouped ? 'regrouped' : 'gone' });
  }
  return plan;
}

/** The group of operations that a task is about, or belongs to. */
export function groupOf(task: Pick<Task, 'org' | 'kind' | 'opKind' | 'instance' | 'code' | 'upstreamCode'>): GroupKey {
  return {
    org: task.org,
    class: task.kind as OperationClass,
    kind: task.opKind ?? '',
    instance: task.instance ?? '',
    code: task.upstreamCode === null ? task.code : `${task.code}:${task.upstreamCode}`,
  };
}

/** A group larger than its sample is counted apart, by the round. */
function differs(task: LivingTask, cause: Cause): boolean {
  if (cause.isGroup && cause.count >= SAMPLE) return task.count < SAMPLE || task.operation !== null;
  return task.count !== cause.count || task.operation !== (cause.operation ?? null) || task.code !== cause.code;
}
