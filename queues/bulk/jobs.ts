import { HubError } from '../../canonical/errors.ts';
import { uuidv7 } from '../../canonical/values/uuid.ts';
import type { Clock } from '../../connectors/port.ts';
import type { Database, Row, SqlValue, Statement } from '../../storage/port.ts';

export const bulkActions = ['retry', 'cancel', 'skip'] as const;
export type BulkAction = (typeof bulkActions)[number];

/** Statuses in which an action makes sense at all; each operation is looked at again when its turn comes. */
export const bulkStatuses = {
  retry: ['dead', 'failed', 'uncertain', 'retrying', 'waiting'],
  cancel: ['dead', 'accepted', 'waiting', 'retrying'],
  skip: ['dead'],
} as const;

/** Which operations; `null` stands for "has none". */
export interface BulkFilter {
  status: string;
  kind?: string | undefined;
  instance?: string | undefined;
  code?: string | null | undefined;
  upstreamCode?: string | null | undefined;
}

export interface BulkJob {
  id: string;
  /** One of {@link bulkActions}, or the id of an answer to a task. */
  action: string;
  filter: BulkFilter;
  status: 'running' | 'stopped' | 'done';
  total: number;
  done: number;
  refused: number;
  /** The task whose answer it carries out. */
  task: string | null;
  createdBy: string;
  createdAt: Date;
  finishedAt: Date | null;
}

/** A job that is over, as far as those who asked for it have to know. */
export interface EndedJob {
  org: string;
  id: string;
  task: string | null;
}

export interface BulkJobsOptions {
  db: Database;
  clock: Clock;
  random(): number;
  /** Written in the transaction that ends a job. */
  ended?(job: EndedJob, now: Date): Statement[];
}

/** Operations of one job. */
export const MAX_BULK = 100_000;
/** Jobs that are under way, as SQL: those of tasks have a status that the version of the hub before leaves alone. */
export const UNDER_WAY = `status in ('running', 'answering')`;

/** What people have asked to be done to many operations at once. The list of operations is fixed when it is asked for. */
export class BulkJobs {
  readonly #o: BulkJobsOptions;

  constructor(options: BulkJobsOptions) {
    this.#o = options;
  }

  /** Takes down which operations fit now, at most {@link MAX_BULK}, oldest first; they are acted on one after the other. */
  async create(org: string, action: BulkAction, filter: BulkFilter, by: string): Promise<BulkJob> {
    const now = new Date(this.#o.clock.now());
    const id = uuidv7(now.getTime(), this.#o.random);
    const { rows } = await this.#o.db.query(
      `${LISTED(conditions(filter, 8).where)}
       insert into bulk_job (org, id, action, filter, status, total, created_by, created_at, task, finished_at)
       select $1, $2, $3, $4::jsonb, case when n = 0 then 'done' else 'running' end, n, $5, $6::timestamptz, $7::uuid, case when n = 0 then $6::timestamptz end from size
       returning *`,
      [org, id, action, JSON.stringify(filter), by, now, null, ...conditions(filter, 8).params],
    );
    return jobOf(rows[0] ?? {});
  }

  /**
   * The same for the answer to a task; the job ends the task when it is over.
   *
   * @param which condition on `operation`, with parameters numbered from $8
   * @param also written in the same transaction, given the id of the job
   */
  async createForTask(
    job: { org: string; task: string; answer: string; status: string; by: string },
    which: { where: string; params: readonly SqlValue[] },
    also: (id: string) => Statement[],
  ): Promise<void> {
    const now = new Date(this.#o.clock.now());
    const id = uuidv7(now.getTime(), this.#o.random);
    const filter = JSON.stringify({ status: job.status });
    await this.#o.db.transact([
      {
        sql: `${LISTED(which.where)}
         insert into bulk_job (org, id, action, filter, status, total, created_by, created_at, task)
         select $1, $2, $3, $4::jsonb, 'answering', n, $5, $6::timestamptz, $7::uuid from size`,
        params: [job.org, id, job.answer, filter, job.by, now, job.task, ...which.params],
      },
      ...also(id),
    ]);
  }

  /** @throws HubError not-found/NOT_FOUND */
  async get(org: string, id: string): Promise<BulkJob> {
    const { rows } = await this.#o.db.query('select * from bulk_job where org = $1 and id = $2', [org, id]);
    if (!rows[0]) throw new HubError('not-found', 'NOT_FOUND', 'There is nothing with this id.');
    return jobOf(rows[0]);
  }

  /** Newest first. */
  async list(org: string, limit: number): Promise<BulkJob[]> {
    const { rows } = await this.#o.db.query('select * from bulk_job where org = $1 order by id desc limit $2', [
      org,
      limit,
    ]);
    return rows.map(jobOf);
  }

  /** Why operations were refused, with how many each. */
  async refusals(org: string, id: string): Promise<Record<string, number>> {
    const { rows } = await this.#o.db.query<{ outcome: string; n: number }>(
      `select outcome, count(*) as n from bulk_item where org = $1 and job = $2 and outcome <> 'done' group by 1`,
      [org, id],
    );
    return Object.fromEntries(rows.map((r) => [r.outcome, Number(r.n)]));
  }

  /** What was not begun is left alone. Stopping what has ended changes nothing. @throws HubError not-found/NOT_FOUND */
  async stop(org: string, id: string): Promise<BulkJob> {
    const { db, clock } = this.#o;
    const job = await this.get(org, id);
    if (job.status !== 'running') return job;
    const now = new Date(clock.now());
    try {
      await db.transact(endStatements({ org, id, task: job.task }, 'stopped', now, this.#o.ended));
    } catch (error) {
      // It ended meanwhile.
      if ((error as { expectation?: string }).expectation !== 'under way') throw error;
    }
    return this.get(org, id);
  }
}

/** Ends a job: the count is taken after what was in hand has committed, which holds the row of the job until then. */
export function endStatements(
  job: EndedJob,
  status: 'done' | 'stopped',
  now: Date,
  ended: BulkJobsOptions['ended'],
): Statement[] {
  const { org, id } = job;
  return [
    {
      sql: `update bulk_job set status = $3, finished_at = $4, leased_by = null, lease_until = null where org = $1 and id = $2 and ${UNDER_WAY}`,
      params: [org, id, status, now],
      expect: { rows: 1, name: 'under way' },
    },
    countStatement(org, id),
    ...(ended?.(job, now) ?? []),
  ];
}

/** Counts what has become of the operations of a job anew. */
export function countStatement(org: string, id: string): Statement {
  return {
    sql: `update bulk_job j set done = c.done, refused = c.refused
          from (select count(*) filter (where outcome = 'done') as done, count(*) filter (where outcome <> 'done') as refused from bulk_item where org = $1 and job = $2) c
          where j.org = $1 and j.id = $2`,
    params: [org, id],
  };
}

/** Takes the operations of a job down; $1 is the organisation, $2 the job. */
const LISTED = (where: string): string =>
  `with found as (select id from operation where org = $1 and ${where} order by id limit ${MAX_BULK}),
     items as (insert into bulk_item (org, job, operation) select $1, $2::uuid, id from found returning 1),
     size as (select count(*)::int as n from items)`;

/** The filter as SQL about `operation`, with parameters numbered from `first`. */
export function conditions(filter: BulkFilter, first: number): { where: string; params: SqlValue[] } {
  const parts: string[] = [];
  const params: SqlValue[] = [];
  const add = (expression: string, value: string | null | undefined): void => {
    if (value === undefined) return;
    if (value === null) {
      parts.push(`${expression} is null`);
      return;
    }
    params.push(value);
    parts.push(`${expression} = $${first + params.length - 1}`);
  };
  add('status', filter.status);
  add('kind', filter.kind);
  add('instance', filter.instance);
  add(`error->>'code'`, filter.code);
  add(`error->'upstream'->>'code'`, filter.upstreamCode);
  return { where: parts.join(' and '), params };
}

function jobOf(r: Row): BulkJob {
  return {
    id: r.id as string,
    action: r.action as string,
    filter: r.filter as BulkFilter,
    status: r.status === 'answering' ? 'running' : (r.status as BulkJob['status']),
    total: r.total as number,
    done: r.done as number,
    refused: r.refused as number,
    task: r.task as string | null,
    createdBy: r.created_by as string,
    createdAt: r.created_at as Date,
    finishedAt: r.finished_at as Date | null,
  };
}
