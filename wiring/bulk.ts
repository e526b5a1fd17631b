import type { Clock, Logger } from '../connectors/port.ts';
import { BulkJobs, type EndedJob } from '../queues/bulk/jobs.ts';
import { BulkRunner } from '../queues/bulk/runner.ts';
import type { Journal } from '../queues/journal.ts';
import type { Store } from '../storage/open.ts';
import { answerOf, endOfAnswer } from '../tasks/answer-jobs.ts';
import type { EffectActions } from '../tasks/effect-actions.ts';
import { TaskRepository } from '../tasks/repository.ts';

export interface Bulk {
  jobs: BulkJobs;
  runner: BulkRunner;
}

/** Work on many operations at once, whether a person asked for it at the console or by the answer to a task. */
export function bulkOf(o: {
  store: Store;
  clock: Clock;
  random(): number;
  log: Logger;
  process: string;
  journal: Journal;
  actions: EffectActions;
  onChange(): void;
}): Bulk {
  const { db, cipher } = o.store;
  const { clock, random, log, journal, actions } = o;
  const ended = (job: EndedJob, now: Date) => endOfAnswer(job, now, random);
  const repository = new TaskRepository(db, cipher);
  return {
    jobs: new BulkJobs({ db, clock, random, ended }),
    runner: new BulkRunner({
      db,
      clock,
      log,
      journal,
      process: o.process,
      cancelled: (op) => actions.outcome(op, 'cancelled'),
      answerOf: (org, task) => answerOf(actions, repository, org, task),
      ended,
      onEnded: o.onChange,
    }),
  };
}
