import { HubError } from '../canonical/errors.ts';
import type { Approvals } from '../queues/approvals.ts';
import { driftKnown } from '../queues/drift/book.ts';
import type { Journal } from '../queues/journal.ts';
import type { Database, Statement } from '../storage/port.ts';
import { answerItem } from '../storage/repositories/flow-items.ts';
import type { Operation } from '../storage/repositories/operation.ts';
import { leaveQuarantined } from './causes.ts';
import type { Task } from './task.ts';

/** The services of the hub that answers act through; each may be called again with the same. */
export interface EffectActions {
  db: Database;
  journal: Pick<Journal, 'get' | 'retry' | 'cancel' | 'skip' | 'note' | 'resolve'> &
    Partial<Pick<Journal, 'retryMany'>>;
  approvals: Pick<Approvals, 'approve' | 'reject' | 'expectOther'>;
  /** Statements about the record that mirrors an operation. */
  outcome(op: Operation, status: 'cancelled' | 'succeeded'): Statement[];
  resume(instance: string): Promise<void>;
  retryQuarantine(org: string, only: { instance: string; entity: string }): Promise<{ released: number; kept: number }>;
  /** Pulls an entity in full and lets it remove what it misses. Resolves when that is done, or will surely be. */
  acceptRemovals(wanted: { org: string; instance: string; entity: string }): Promise<void>;
  webhooks: {
    enable(org: string, id: string, from: 'stop' | 'now'): Promise<unknown>;
    leaveDisabled(org: string, id: string): Promise<void>;
  };
}

/** `also` is written in the transaction that changes the operation. */
type ForOperation = (a: EffectActions, task: Task, id: string, also: readonly Statement[]) => Promise<unknown>;

const retry: ForOperation = ({ journal }, { org }, id, also) => journal.retry(org, id, also);
const cancel: ForOperation = ({ journal, outcome }, { org }, id, also) =>
  journal.cancel(org, id, (op) => [...outcome(op, 'cancelled'), ...also]);
const note: ForOperation = ({ journal }, { org }, id, also) => journal.note(org, id, also);
const resolve =
  (what: 'happened' | 'absent'): ForOperation =>
  ({ journal, outcome }, { org }, id, also) =>
    journal.resolve(org, id, what, (op) => outcome(op, 'succeeded'), also);
const decide =
  (verb: 'approve' | 'reject'): ForOperation =>
  ({ approvals }, { org, answeredBy, note: reason }, id, also) =>
    approvals[verb](org, id, { by: answeredBy ?? '', ...(reason === null ? {} : { reason }) }, also);

/** What an answer does to one operation, by kind of task and answer. */
const onOperation: Readonly<Record<string, Readonly<Record<string, ForOperation>>>> = {
  approval: { approve: decide('approve'), reject: decide('reject') },
  uncertain: { happened: resolve('happened'), absent: resolve('absent'), retry },
  operator: { retry, cancel, 'done-by-hand': cancel },
  dead: { retry, cancel, skip: ({ journal }, { org }, id, also) => journal.skip(org, id, also), 'done-by-hand': note },
  failed: { seen: note, retry, 'done-by-hand': note },
};

/** Carries the answer to a task out for one operation. @throws HubError when its state refuses */
export async function actOnOperation(
  actions: EffectActions,
  task: Task,
  id: string,
  also: readonly Statement[] = [],
): Promise<void> {
  const act = onOperation[task.kind]?.[task.answer ?? ''];
  if (!act) throw unknown(task);
  await act(actions, task, id, also);
}

/** Carries the answer to a task that is not about operations out. Returns counts where there are some. */
export async function actOnOther(
  actions: EffectActions,
  task: Task,
  now: Date,
): Promise<{ done: number; failed: number } | undefined> {
  const { org, answeredAt, facts } = task;
  const instance = task.instance ?? '';
  const entity = task.entity ?? '';
  const webhook = String(facts.webhook ?? '');
  switch (`${task.kind}/${task.answer}`) {
    case 'quarantine/retry': {
      const { released, kept } = await actions.retryQuarantine(org, { instance, entity });
      return { done: released, failed: kept };
    }
    case 'quarantine/leave': {
      const hash = typeof facts.hash === 'string' ? { hash: facts.hash } : {};
      const before = answeredAt ?? now;
      const done = await leaveQuarantined(actions.db, { org, instance, entity, ...hash, before, now });
      return { done, failed: 0 };
    }
    case 'removals/accept':
      await actions.acceptRemovals({ org, instance, entity });
      return undefined;
    case 'removals/keep':
      await actions.db.query('update sync_state set held = null where org = $1 and instance = $2 and entity = $3', [
        org,
        instance,
        entity,
      ]);
      return undefined;
    case 'instance-paused/resume':
      await actions.resume(instance);
      return undefined;
    case 'drift/known': {
      const place = String(facts.place ?? '');
      const done = await driftKnown(actions.db, {
        org,
        instance,
        place,
        by: task.answeredBy ?? '',
        at: answeredAt ?? now,
      });
      return { done, failed: 0 };
    }
    case 'certificate/known':
      // Of what was known when the person answered: a warning that has come since is told anew.
      await actions.db.query(
        `update certificate_watch w set noted = coalesce((select min(days) from certificate_notice n
           where n.org = w.org and n.name = w.name and n.thumbprint = w.thumbprint and n.given_at <= $4), w.warned)
         where org = $1 and kind = $2 and name = $3`,
        [org, String(facts.kind ?? ''), String(facts.name ?? ''), answeredAt ?? now],
      );
      return undefined;
    case 'webhook-disabled/enable':
      await actions.webhooks.enable(org, webhook, 'stop');
      return undefined;
    case 'webhook-disabled/enable-from-now':
      await actions.webhooks.enable(org, webhook, 'now');
      return undefined;
    case 'webhook-disabled/leave':
      await actions.webhooks.leaveDisabled(org, webhook);
      return undefined;
    case 'debt-inquiry/recheck':
    case 'debt-inquiry/no-debt':
    case 'debt-inquiry/by-hand':
    case 'debt-answer/send':
    case 'debt-answer/keep':
    case 'debt-answer/recheck':
    case 'debt-answer/by-hand':
    case 'flow/retry':
      await answerFlow(actions.db, task, answeredAt ?? now);
      return undefined;
    default:
      throw unknown(task);
  }
}

/** The flow carries it out with its next look. An item that is gone, or has another task by now, needs no answer. */
async function answerFlow(db: Database, { org, facts, kind, answer, answeredBy }: Task, at: Date): Promise<void> {
  const flow = String(facts.flow ?? '');
  if (facts.item === undefined) {
    await db.query('update flow set retry_at = null, failures = 0 where org = $1 and name = $2', [org, flow]);
    return;
  }
  const of = { org, flow, subject: String(facts.item), task: kind };
  await answerItem(db, of, { id: answer ?? '', by: answeredBy ?? '' }, at);
}

/** Written by a newer version of the hub, whose answers this one does not know. */
function unknown(task: Task): HubError {
  return new HubError(
    'conflict',
    'TASK_ANSWER_UNKNOWN',
    `This version of the hub does not know the answer '${task.answer}'.`,
  );
}

export function isAboutOperations(task: Pick<Task, 'kind'>): boolean {
  return onOperation[task.kind] !== undefined;
}
