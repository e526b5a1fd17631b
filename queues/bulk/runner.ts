import { isHubError } from '../../canonical/errors.ts';
import type { Clock, Logger } from '../../connectors/port.ts';
import { type Database, ExpectationFailed, type Statement } from '../../storage/port.ts';
import type { Operation } from '../../storage/repositories/operation.ts';
import type { Journal } from '../journal.ts';
import type { BulkAction } from './jobs.ts';

export interface BulkRunnerOptions {
  db: Database;
  clock: Clock;
  log: Logger;
  journal: Journal;
  /** Name of this process, unique among those that share the store. */
  process: string;
  /** Statements about the record that mirrors a cancelled operation. */
  cancelled(op: Operation): Statement[];
}

/** Operations between two looks at whether a person has stopped the job. */
const CHUNK = 50;
const LEASE_MS = 30_000;

interface Job {
  org: string;
  id: string;
  action: BulkAction;
}

/**
 * Carries out bulk jobs. That an operation was dealt with is written in the transaction that changes it, so that a
 * process may die at any moment and the next one goes on with what is left.
 */
export class BulkRunner {
  readonly #o: BulkRunnerOptions;
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

  /** Ends after the operation in hand; the rest stays for the next process. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.allSettled([this.#running]);
  }

  async #round(): Promise<void> {
    while (!this.#stopped) {
      const job = await this.#claim();
      if (!job) return;
      await this.#chunk(job);
    }
  }

  async #claim(): Promise<Job | undefined> {
    const { db, clock, process } = this.#o;
    const now = new Date(clock.now());
    const { rows } = await db.query(
      `update bulk_job j set leased_by = $1, lease_until = $2 where (j.org, j.id) in (
         select org, id from bulk_job where status = 'running' and (lease_until is null or lease_until <= $3 or leased_by = $1)
         order by created_at limit 1 for update skip locked)
       returning org, id, action`,
      [process, new Date(now.getTime() + LEASE_MS), now],
    );
    const [row] = rows;
    return row && { org: row.org as string, id: row.id as string, action: row.action as BulkAction };
  }

  async #chunk(job: Job): Promise<void> {
    const { db, clock } = this.#o;
    const { rows } = await db.query<{ operation: string }>(
      'select operation from bulk_item where org = $1 and job = $2 and outcome is null order by operation limit $3',
      [job.org, job.id, CHUNK],
    );
    if (rows.length === 0) {
      await db.query(
        `update bulk_job set status = 'done', finished_at = $3, leased_by = null, lease_until = null where org = $1 and id = $2 and status = 'running'`,
        [job.org, job.id, new Date(clock.now())],
      );
      return;
    }
    for (const { operation } of rows) {
      if (this.#stopped || !(await this.#act(job, operation))) return;
    }
  }

  /** False when the job was stopped, or another process has taken it over. */
  async #act(job: Job, operation: string): Promise<boolean> {
    const { journal, log } = this.#o;
    try {
      const also = this.#marked(job, operation, 'done');
      if (job.action === 'retry') await journal.retry(job.org, operation, also);
      else if (job.action === 'skip') await journal.skip(job.org, operation, also);
      else await journal.cancel(job.org, operation, (op) => [...this.#o.cancelled(op), ...also]);
      return true;
    } catch (error) {
      if (error instanceof ExpectationFailed) {
        log.info('a bulk job goes on elsewhere, or was stopped', { job: job.id });
        return false;
      }
      if (!isHubError(error)) throw error;
      return this.#refuse(job, operation, error.code);
    }
  }

  async #refuse(job: Job, operation: string, code: string): Promise<boolean> {
    try {
      await this.#o.db.transact(this.#marked(job, operation, code));
      return true;
    } catch (error) {
      if (error instanceof ExpectationFailed) return false;
      throw error;
    }
  }

  /** Each operation of a job is counted once, and none after the job was stopped. */
  #marked(job: Job, operation: string, outcome: string): Statement[] {
    const column = outcome === 'done' ? 'done' : 'refused';
    return [
      {
        sql: `update bulk_job set ${column} = ${column} + 1, lease_until = $4 where org = $1 and id = $2 and status = 'running' and leased_by = $3`,
        params: [job.org, job.id, this.#o.process, new Date(this.#o.clock.now() + LEASE_MS)],
        expect: { rows: 1, name: 'job' },
      },
      {
        sql: 'update bulk_item set outcome = $4 where org = $1 and job = $2 and operation = $3 and outcome is null',
        params: [job.org, job.id, operation, outcome],
        expect: { rows: 1, name: 'item' },
      },
    ];
  }
}
