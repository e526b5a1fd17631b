import { isHubError, isPassing } from '../../canonical/errors.ts';
import type { Clock, Logger } from '../../connectors/port.ts';
import { type Database, ExpectationFailed, type SqlValue, type Statement } from '../../storage/port.ts';
import type { Operation } from '../../storage/repositories/operation.ts';
import type { Journal } from '../journal.ts';
import { type BulkJobsOptions, countStatement, endStatements, UNDER_WAY } from './jobs.ts';

/** Does to one operation what a job wants, and writes `also` in the same transaction. @throws HubError when its state refuses */
export type Act = (operation: string, also: readonly Statement[]) => Promise<unknown>;
/** Does it to many in one transaction, as far as their states allow; see {@link Journal.retryMany}. */
export type ActOnMany = (
  operations: readonly string[],
  before: readonly Statement[],
  mark: (first: number) => { sql: string; params: readonly SqlValue[] },
) => Promise<string[]>;
export interface Acts {
  one: Act;
  many?: ActOnMany;
}

export interface BulkRunnerOptions {
  db: Database;
  clock: Clock;
  log: Logger;
  journal: Pick<Journal, 'retry' | 'retryMany' | 'cancel' | 'skip'>;
  /** Name of this process, unique among those that share the store. */
  process: string;
  /** Statements about the record that mirrors a cancelled operation. */
  cancelled(op: Operation): Statement[];
  /** What the answer to a task does; absent where there are no tasks. */
  answerOf?(org: string, task: string): Promise<Acts>;
  /** Written in the transaction that ends a job. */
  ended?: BulkJobsOptions['ended'];
  onEnded?(): void;
}

/** Operations between two counts: one by one, and many in one transaction. */
const CHUNK = 50;
const MANY = 200;
/** Operations in hand at once; on a server their commits go to the disk together. */
const AT_ONCE = 8;
const LEASE_MS = 15_000;

interface Job {
  org: string;
  id: string;
  action: string;
  task: string | null;
}

/**
 * Carries out bulk jobs, a piece of each in turn, so that a small one does not wait for the end of a large one. That an operation was dealt with is written in the transaction that changes it, so that a
 * process may die at any moment and the next one goes on with what is left.
 */
export class BulkRunner {
  readonly #o: BulkRunnerOptions;
  /** Jobs whose counts this process knows to be right: it has counted them since it took them. */
  readonly #counted = new Set<string>();
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: BulkRunnerOptions) {
    this.#o = options;
  }

  /** Goes on until no job is left that this process may take. */
  round(): Promise<void> {
    this.#running ??= this.#round().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Ends after the operations in hand; the rest stays for the next process. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.allSettled([this.#running]);
    // The next process need not wait for the lease.
    await this.#o.db.query(`update bulk_job set lease_until = null where leased_by = $1 and ${UNDER_WAY}`, [
      this.#o.process,
    ]);
  }

  async #round(): Promise<void> {
    while (!this.#stopped) {
      const job = await this.#claim();
      if (!job) return;
      try {
        if (!this.#counted.has(job.id)) await this.#o.db.transact([countStatement(job.org, job.id)]);
        this.#counted.add(job.id);
        await this.#chunk(job);
      } catch (error) {
        this.#counted.delete(job.id);
        throw error;
      }
    }
  }

  async #claim(): Promise<Job | undefined> {
    const { db, clock, process } = this.#o;
    const now = new Date(clock.now());
    const { rows } = await db.query(
      `update bulk_job j set leased_by = $1, lease_until = $2 where (j.org, j.id) in (
         select org, id from bulk_job where ${UNDER_WAY} and (lease_until is null or lease_until <= $3 or leased_by = $1)
         order by lease_until nulls first, created_at limit 1 for update skip locked)
       returning org, id, action, task`,
      [process, new Date(now.getTime() + LEASE_MS), now],
    );
    const [row] = rows;
    if (!row) return undefined;
    return {
      org: row.org as string,
      id: row.id as string,
      action: row.action as string,
      task: row.task as string | null,
    };
  }

  async #chunk(job: Job): Promise<void> {
    const { db, clock } = this.#o;
    const acts = await this.#actsOf(job);
    const { rows } = await db.query<{ operation: string }>(
      'select operation from bulk_item where org = $1 and job = $2 and outcome is null order by operation limit $3',
      [job.org, job.id, acts.many ? MANY : CHUNK],
    );
    if (rows.length === 0) return this.#end(job);
    const ids = rows.map((r) => r.operation);
    const acted = acts.many ? await this.#dealWithMany(job, ids, acts.many) : new Set<string>();
    // Those that many at once have left hear here why.
    const waiting = acted === 'lost' ? [] : ids.filter((id) => !acted.has(id));
    const counts = { done: acted === 'lost' ? 0 : acted.size, refused: 0 };
    let goesOn = true;
    const work = async (): Promise<void> => {
      for (let id = waiting.shift(); id !== undefined && goesOn && !this.#stopped; id = waiting.shift()) {
        const outcome = await this.#deal(job, id, acts.one).catch((error: unknown) => {
          goesOn = false;
          throw error;
        });
        if (outcome === 'lost') goesOn = false;
        else counts[outcome]++;
      }
    };
    // What is in hand is waited for, so that nothing of a job goes on behind the back of its next chunk.
    const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
    await db.query(
      `update bulk_job set done = done + $4, refused = refused + $5, lease_until = $6 where org = $1 and id = $2 and leased_by = $3 and ${UNDER_WAY}`,
      [job.org, job.id, this.#o.process, counts.done, counts.refused, new Date(clock.now() + LEASE_MS)],
    );
    const fault = ends.find((end) => end.status === 'rejected');
    if (fault) throw fault.reason;
  }

  async #end(job: Job): Promise<void> {
    const { db, clock, ended, onEnded } = this.#o;
    this.#counted.delete(job.id);
    try {
      await db.transact(endStatements(job, 'done', new Date(clock.now()), ended));
    } catch (error) {
      if ((error as { expectation?: string }).expectation !== 'under way') throw error;
    }
    onEnded?.();
  }

  async #dealWithMany(job: Job, ids: readonly string[], many: ActOnMany): Promise<ReadonlySet<string> | 'lost'> {
    const mark = (first: number) => ({
      sql: `update bulk_item i set outcome = 'done' from acted where i.org = $${first} and i.job = $${first + 1}::uuid and i.operation = acted.id and i.outcome is null`,
      params: [job.org, job.id],
    });
    try {
      return new Set(await many(ids, [this.#held(job)], mark));
    } catch (error) {
      if (error instanceof ExpectationFailed) return 'lost';
      throw error;
    }
  }

  async #actsOf(job: Job): Promise<Acts> {
    const { journal, cancelled, answerOf } = this.#o;
    if (job.task !== null) {
      if (!answerOf) throw new Error('A bulk job of a task met a runner that knows no tasks.');
      return answerOf(job.org, job.task);
    }
    switch (job.action) {
      case 'retry':
        return {
          one: (id, also) => journal.retry(job.org, id, also),
          many: (...about) => journal.retryMany(job.org, ...about),
        };
      case 'skip':
        return { one: (id, also) => journal.skip(job.org, id, also) };
      case 'cancel':
        return { one: (id, also) => journal.cancel(job.org, id, (op) => [...cancelled(op), ...also]) };
      default:
        throw new Error(`A bulk job wants '${job.action}', which this version of the hub does not know.`);
    }
  }

  /** `lost` when the job was stopped, or another process has taken it over. @throws what is not the operation's own fault */
  async #deal(job: Job, operation: string, act: Act): Promise<'done' | 'refused' | 'lost'> {
    try {
      await act(operation, this.#marked(job, operation, 'done'));
      return 'done';
    } catch (error) {
      if (error instanceof ExpectationFailed) {
        this.#o.log.info('a bulk job goes on elsewhere, or was stopped', { job: job.id });
        return 'lost';
      }
      if (!isHubError(error) || isPassing(error)) throw error;
      return this.#refuse(job, operation, error.code);
    }
  }

  async #refuse(job: Job, operation: string, code: string): Promise<'refused' | 'lost'> {
    try {
      await this.#o.db.transact(this.#marked(job, operation, code));
      return 'refused';
    } catch (error) {
      if (error instanceof ExpectationFailed) return 'lost';
      throw error;
    }
  }

  /** Holds for a transaction that the job is this process's and goes on: to stop it means to change its row. */
  #held(job: Job): Statement {
    return {
      sql: `select 1 from bulk_job where org = $1 and id = $2 and leased_by = $3 and ${UNDER_WAY} for share`,
      params: [job.org, job.id, this.#o.process],
      expect: { rows: 1, name: 'job' },
    };
  }

  /** Each operation of a job is dealt with once, and none after the job was stopped. */
  #marked(job: Job, operation: string, outcome: string): Statement[] {
    return [
      this.#held(job),
      {
        sql: 'update bulk_item set outcome = $4 where org = $1 and job = $2 and operation = $3 and outcome is null',
        params: [job.org, job.id, operation, outcome],
        expect: { rows: 1, name: 'item' },
      },
    ];
  }
}
