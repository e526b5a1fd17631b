import { uuidv7 } from '../canonical/values/uuid.ts';
import type { BulkJobs, EndedJob } from '../queues/bulk/jobs.ts';
import type { ActOnMany, Acts } from '../queues/bulk/runner.ts';
import type { Statement } from '../storage/port.ts';
import { actOnOperation, type EffectActions } from './effect-actions.ts';
import { restOfGroup } from './operation-causes.ts';
import { groupOf } from './plan.ts';
import type { TaskRepository } from './repository.ts';
import type { Task } from './task.ts';

/**
 * Hands the answer to a task about many operations to a bulk job: to what needed a person already when it was given. From
 * then on the job holds the task, and ends it.
 *
 * @throws ExpectationFailed('lease') when another process has the task, or a person has stopped it
 */
export function beginAnswerJob(jobs: BulkJobs, task: Task): Promise<void> {
  const { org, id, answer, answeredBy, kind } = task;
  return jobs.createForTask(
    { org, task: id, answer: answer ?? '', status: kind, by: answeredBy ?? '' },
    restOfGroup(groupOf(task), task.answeredAt ?? task.updatedAt, task.progress?.after ?? null, 8),
    (job) => [
      {
        sql: `update task set job = $4::uuid, effect_until = '9999-01-01T00:00:00Z' where org = $1 and id = $2 and effect_no = $3 and is_pending and not stop_wanted`,
        params: [org, id, task.effectNo, job],
        expect: { rows: 1, name: 'lease' },
      },
    ],
  );
}

/** What the answer to a task does to one operation, for the job that carries it out. */
export async function answerOf(
  actions: EffectActions,
  repository: TaskRepository,
  org: string,
  id: string,
): Promise<Acts> {
  const task = await repository.get(org, id);
  const { journal } = actions;
  return {
    one: (operation, also) => actOnOperation(actions, task, operation, also),
    ...(task.answer === 'retry' && journal.retryMany
      ? { many: (...about: Parameters<ActOnMany>) => journal.retryMany?.(org, ...about) ?? Promise.resolve([]) }
      : {}),
  };
}

/** Statements that end a task with the job of its answer, and tell the change feed; the counts are those of the job. */
export function endOfAnswer({ org, id, task }: EndedJob, now: Date, random: () => number): Statement[] {
  if (task === null) return [];
  return [
    {
      sql: `with ended as (
              update task t set is_pending = false, effect_until = null, updated_at = $4, progress = t.progress || jsonb_build_object(
                'done', coalesce((t.progress->>'done')::int, 0) + j.done, 'failed', coalesce((t.progress->>'failed')::int, 0) + j.refused,
                'total', coalesce((t.progress->>'done')::int, 0) + coalesce((t.progress->>'failed')::int, 0) + j.total,
                'stopped', j.status = 'stopped',
                'codes', coalesce((select jsonb_object_agg(outcome, n) from (select outcome, count(*) as n from bulk_item where org = $1 and job = $2 and outcome <> 'done' group by 1) r), '{}'))
              from bulk_job j where t.org = $1 and t.id = $3 and t.is_pending and t.job = $2 and j.org = $1 and j.id = $2 returning t.*)
            insert into event (org, id, type, entity, operation, data, at)
            select org, $5::uuid, 'task.completed', entity, operation, jsonb_build_object('task', id, 'kind', kind, 'instance', instance, 'answer', answer,
              'done', progress->'done', 'failed', progress->'failed', 'stopped', progress->'stopped'), $4 from ended`,
      params: [org, id, task, now, uuidv7(now.getTime(), random)],
    },
  ];
}
