import { randomUUID } from 'node:crypto';
import { Approvals } from '../../queues/approvals.ts';
import { BulkJobs, type EndedJob } from '../../queues/bulk/jobs.ts';
import { BulkRunner } from '../../queues/bulk/runner.ts';
import { Journal } from '../../queues/journal.ts';
import type { Database } from '../../storage/port.ts';
import { testCipher } from '../../storage/testing/databases.ts';
import { answerOf, endOfAnswer } from '../answer-jobs.ts';
import type { EffectActions } from '../effect-actions.ts';
import { Effects } from '../effects.ts';
import { TaskRepository } from '../repository.ts';
import { TaskService } from '../service.ts';
import type { Task } from '../task.ts';
import { type BenchOptions, log, roundOn } from './workbench.ts';

/** Tasks on the real journal; what lies outside of it is noted in `done`. */
export function serviceOn(
  db: Database,
  options: BenchOptions & { actions?: Partial<EffectActions>; fourEyes?: boolean; runsBulk?: boolean } = {},
) {
  const bench = roundOn(db, options);
  const { clock, people } = bench;
  const done: string[] = [];
  const journal = new Journal({ db, cipher: testCipher, clock, random: Math.random, onAccepted: () => {} });
  const approvals = new Approvals({
    db,
    cipher: testCipher,
    clock,
    random: Math.random,
    journal,
    fourEyes: options.fourEyes ?? false,
    onApproved: () => {},
    cancelled: () => [],
  });
  const actions: EffectActions = {
    db,
    journal,
    approvals,
    outcome: () => [],
    resume: async (instance) => {
      await db.query('update instance_state set paused = false where instance = $1', [instance]);
      done.push(`resume ${instance}`);
    },
    retryQuarantine: async (_org, { instance, entity }) => {
      done.push(`retry ${instance} ${entity}`);
      return { released: 1, kept: 1 };
    },
    acceptRemovals: async ({ instance, entity }) => {
      done.push(`remove ${instance} ${entity}`);
      await db.query('update sync_state set held = null');
    },
    webhooks: {
      enable: async (_org, id, from) => {
        done.push(`enable ${id} ${from}`);
        await db.query('update webhook set disabled_at = null where id = $1', [id]);
      },
      leaveDisabled: async (_org, id) => {
        await db.query(`update webhook set disabled_by = 'operator' where id = $1`, [id]);
      },
    },
    ...options.actions,
  };
  const repository = new TaskRepository(db, testCipher);
  const ended = (job: EndedJob, now: Date) => endOfAnswer(job, now, Math.random);
  const jobs = new BulkJobs({ db, clock, random: Math.random, ended });
  /** A process of its own. */
  const runnerOf = (own: EffectActions): BulkRunner =>
    new BulkRunner({
      db,
      clock,
      log,
      journal,
      process: randomUUID(),
      cancelled: () => [],
      answerOf: (org, task) => answerOf(own, repository, org, task),
      ended,
    });
  const effectsOf = (more: { actions?: EffectActions; runsBulk?: boolean } = {}): Effects =>
    new Effects({
      db,
      cipher: testCipher,
      clock,
      random: Math.random,
      log,
      actions,
      runsBulk: options.runsBulk ?? true,
      onChange: () => {},
      bulk: { jobs, runner: runnerOf(more.actions ?? actions) },
      ...more,
    });
  const effects = effectsOf();
  const serviceWith = (own: Effects): TaskService =>
    new TaskService({
      db,
      cipher: testCipher,
      clock,
      random: Math.random,
      repository,
      people,
      effects: own,
      jobs,
      nameOf: async (_org, client) => `key of ${client}`,
      onChange: () => {},
    });
  return {
    ...bench,
    done,
    journal,
    approvals,
    actions,
    effects,
    effectsOf,
    repository,
    jobs,
    runnerOf,
    service: serviceWith(effects),
    serviceWith,
    /** Operations in a state of which people hear. */
    insert: async (
      status: string,
      o: { n?: number; waitingFor?: string; code?: string; attempts?: number; client?: string } = {},
    ): Promise<string[]> => {
      const ids = Array.from({ length: o.n ?? 1 }, () => randomUUID()).sort();
      await db.query(
        `insert into operation (org, id, kind, client, instance, payload, status, waiting_for, error, attempts, accepted_at, updated_at)
         select 'uk', u.id, 'messages.send', $6, 'sms-main', '{}', $2, $3, $4::jsonb, $5, $7::timestamptz, $7::timestamptz from unnest($1::uuid[]) u(id)`,
        [
          ids,
          status,
          o.waitingFor ?? null,
          o.code ? JSON.stringify({ code: o.code }) : null,
          o.attempts ?? 0,
          o.client ?? 'app',
          new Date(clock.now() - 1_000),
        ],
      );
      return ids;
    },
    statusOf: async (id: string): Promise<string> => (await journal.get('uk', id)).status,
    /** The only open task after a round. */
    only: async (): Promise<Task> => {
      await bench.round.run();
      const open = (await bench.tasks()).filter((t) => t.status === 'open');
      if (open.length !== 1 || !open[0]) throw new Error(`${open.length} open tasks`);
      return open[0];
    },
  };
}
