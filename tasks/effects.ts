import { type HubError, isHubError, isPassing } from '../canonical/errors.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import type { BulkJobs } from '../queues/bulk/jobs.ts';
import type { BulkRunner } from '../queues/bulk/runner.ts';
import type { Cipher } from '../storage/cipher.ts';
import { type Database, ExpectationFailed } from '../storage/port.ts';
import { beginAnswerJob } from './answer-jobs.ts';
import { actOnOperation, actOnOther, type EffectActions, isAboutOperations } from './effect-actions.ts';
import { taskEvent } from './event.ts';
import { type OperationClass, stillNeeds } from './operation-causes.ts';
import { type Progress, type Task, taskOf } from './task.ts';

export interface EffectsOptions {
  db: Database;
  cipher: Cipher;
  clock: Clock;
  random(): number;
  log: Logger;
  actions: EffectActions;
  /** What carries out answers about many operations. */
  bulk: { jobs: BulkJobs; runner: Pick<BulkRunner, 'round'> };
  /** Carries out answers about many too; else they are left to a process that works. */
  runsBulk: boolean;
  onChange(): void;
}

/** Who carries an answer out holds it for so long, and renews it while at work; after a kill another one goes on. */
export const EFFECT_LEASE_MS = 15_000;
const BACKOFF_MS = 5_000;
/** Tries after which a passing fault is taken for a lasting one. */
const MOST_TRIES = 30;
/** Longest time that the beginning of a job holds a place, milliseconds. */
const MANY_WAIT_MS = 3_000;
/** Answers carried out at once by one process. */
const AT_ONCE = 4;

type Outcome = HubError | undefined;

/**
 * Carries out stored answers. An answer is durable before anything is done; who carries it out holds a lease with a fencing
 * number, and what was done already is passed over when it is done again.
 */
export class Effects {
  readonly #o: EffectsOptions;
  readonly #running = new Map<string, Promise<Outcome>>();
  readonly #stopping = new AbortController();

  constructor(options: EffectsOptions) {
    this.#o = options;
  }

  /** What can be refused before an answer is stored. @throws HubError rejected/FOUR_EYES */
  async check(task: Task, answer: string, by: string): Promise<void> {
    if (task.kind === 'approval' && answer === 'approve' && task.operation !== null)
      await this.#o.actions.approvals.expectOther(task.org, task.operation, by);
  }

  /** Carries an answer out; the refusal when there was one within the time, milliseconds. It goes on after it. */
  async runWithin(org: string, id: string, ms: number): Promise<Outcome> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), ms);
    });
    try {
      return await Promise.race([this.#start(org, id), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Begins what waits and what dead processes have left; call it every second. */
  async round(): Promise<void> {
    const { db, clock } = this.#o;
    const { rows } = await db.query<{ org: string; id: string }>(
      `select org, id from task where is_pending and job is null and (effect_until is null or effect_until <= $1) order by answered_at limit ${AT_ONCE}`,
      [new Date(clock.now())],
    );
    for (const { org, id } of rows) if (this.#running.size < AT_ONCE) void this.#start(org, id);
  }

  /** Ends what runs at its next step and leaves the rest to another process. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running.values());
  }

  #start(org: string, id: string): Promise<Outcome> {
    const key = `${org}/${id}`;
    const under = this.#running.get(key);
    if (under) return under;
    const work = this.#carryOut(org, id)
      .catch((error: unknown): Outcome => {
        this.#o.log.warn('the answer to a task could not be carried out yet', { task: id, error });
        return undefined;
      })
      .finally(() => this.#running.delete(key));
    this.#running.set(key, work);
    return work;
  }

  async #carryOut(org: string, id: string): Promise<Outcome> {
    const { clock, actions } = this.#o;
    if (this.#stopping.signal.aborted) return undefined;
    const task = await this.#claim(org, id);
    if (!task) return undefined;
    if (isAboutOperations(task) && task.isGroup) return this.#carryOutMany(task);
    const renew = setInterval(() => void this.#renew(task), EFFECT_LEASE_MS / 3);
    renew.unref();
    try {
      if (isAboutOperations(task)) {
        await this.#single(task);
        await this.#complete(task, null);
        return undefined;
      }
      const counts = await actOnOther(actions, task, new Date(clock.now()));
      await this.#complete(
        task,
        counts ? { ...counts, total: counts.done + counts.failed, codes: {}, after: null, stopped: false } : null,
      );
      return undefined;
    } catch (error) {
      return await this.#failed(task, error);
    } finally {
      clearInterval(renew);
    }
  }

  /** A job takes it over; it ends the task whichever process ends the job. */
  async #carryOutMany(task: Task): Promise<Outcome> {
    const { jobs, runner } = this.#o.bulk;
    const before = task.progress ?? { done: 0, failed: 0, total: 0, codes: {}, after: null, stopped: false };
    try {
      if (task.stopWanted) await this.#complete(task, { ...before, stopped: true });
      else await beginAnswerJob(jobs, task);
    } catch (error) {
      // Another process has it, or a person has just stopped it: the next round sees.
      if (error instanceof ExpectationFailed) {
        await this.#holdUntil(task, new Date(this.#o.clock.now()));
        return undefined;
      }
      return this.#failed(task, error);
    }
    // A few are done while the caller waits; of many the job tells how far it is.
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, MANY_WAIT_MS);
    });
    await Promise.race([runner.round(), late]).finally(() => clearTimeout(timer));
    return undefined;
  }

  async #single(task: Task): Promise<void> {
    try {
      await actOnOperation(this.#o.actions, task, task.operation ?? '');
    } catch (error) {
      // Done before a kill, or by somebody else: what was wanted of a person is over.
      const isOver =
        isHubError(error) &&
        error.kind === 'conflict' &&
        task.effectTries > 1 &&
        !(await stillNeeds(this.#o.db, task.org, task.operation ?? '', task.kind as OperationClass));
      if (!isOver) throw error;
    }
  }

  async #claim(org: string, id: string): Promise<Task | undefined> {
    const { db, cipher, clock, runsBulk } = this.#o;
    const now = clock.now();
    const { rows } = await db.query(
      `update task set effect_no = effect_no + 1, effect_tries = effect_tries + 1, effect_until = $3
       where org = $1 and id = $2 and is_pending and job is null and (effect_until is null or effect_until <= $4) and ($5 or not is_group) returning *`,
      [org, id, new Date(now + EFFECT_LEASE_MS), new Date(now), runsBulk],
    );
    return rows[0] && taskOf(rows[0], cipher);
  }

  async #renew(task: Task): Promise<void> {
    const { clock, log } = this.#o;
    try {
      await this.#holdUntil(task, new Date(clock.now() + EFFECT_LEASE_MS));
    } catch (error) {
      log.debug('the lease of an answer could not be renewed', { task: task.id, error });
    }
  }

  async #holdUntil(task: Task, until: Date): Promise<void> {
    await this.#o.db.query(
      'update task set effect_until = $4 where org = $1 and id = $2 and effect_no = $3 and is_pending',
      [task.org, task.id, task.effectNo, until],
    );
  }

  async #complete(task: Task, progress: Progress | null): Promise<void> {
    const { db, clock, random, onChange } = this.#o;
    const now = new Date(clock.now());
    const counts = progress ? { done: progress.done, failed: progress.failed, stopped: progress.stopped } : {};
    await this.#fenced(() =>
      db.transact([
        {
          sql: `update task set is_pending = false, effect_until = null, progress = $4::jsonb, updated_at = $5 where org = $1 and id = $2 and effect_no = $3 and is_pending`,
          params: [task.org, task.id, task.effectNo, progress ? JSON.stringify(progress) : null, now],
          expect: { rows: 1, name: 'lease' },
        },
        taskEvent(task, 'task.completed', { answer: task.answer, ...counts }, uuidv7(now.getTime(), random), now),
      ]),
    );
    onChange();
  }

  /** A fault that passes is tried again; what is refused opens the task again, so that an answer never stands without its effect. */
  async #failed(task: Task, error: unknown): Promise<Outcome> {
    const { db, clock, random, log, onChange } = this.#o;
    const now = new Date(clock.now());
    const refusal = isHubError(error) && !isPassing(error) ? error : undefined;
    if (!refusal && task.effectTries < MOST_TRIES) {
      log.warn('the answer to a task could not be carried out yet', { task: task.id, error });
      await this.#holdUntil(task, new Date(now.getTime() + BACKOFF_MS));
      return undefined;
    }
    const code = refusal?.code ?? 'UNFORESEEN';
    log.warn('the answer to a task was refused; the task is open again', { task: task.id, code, error });
    await this.#fenced(() =>
      db.transact([
        {
          sql: `update task set status = 'open', is_pending = false, effect_until = null, answer = null, note = null, answered_by = null, answered_at = null, progress = null,
                  refusal = $4, updated_at = $5, version = version + 1
                where org = $1 and id = $2 and effect_no = $3 and is_pending`,
          params: [task.org, task.id, task.effectNo, code, now],
          expect: { rows: 1, name: 'lease' },
        },
        taskEvent(task, 'task.opened', { again: true, refusal: code }, uuidv7(now.getTime(), random), now),
      ]),
    );
    onChange();
    return refusal;
  }

  /** Whoever has taken the task over meanwhile writes its end. */
  async #fenced(write: () => Promise<unknown>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if ((error as { expectation?: string }).expectation !== 'lease') throw error;
    }
  }
}
