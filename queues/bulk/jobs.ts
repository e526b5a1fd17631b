import { HubError } from '../../canonical/errors.ts';
import { uuidv7 } from '../../canonical/values/uuid.ts';
import type { Clock } from '../../connectors/port.ts';
import type { Database, Row, SqlValue } from '../../storage/port.ts';

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
  action: BulkAction;
  filter: BulkFilter;
  status: 'running' | 'stopped' | 'done';
  total: number;
  done: number;
  refused: number;
  createdBy: string;
  createdAt: Date;
  finishedAt: Date | null;
}

/** Operations of one job. */
export const MAX_BULK = 100_000;

/** What people have asked to be done to many operations at once. The list of operations is fixed when it is asked for. */
export class BulkJobs {
  readonly #o: { db: Database; clock: Clock; random(): number };

  constructor(options: { db: Database; clock: Clock; random(): number }) {
    this.#o = options;
  }

  /** Takes down which operations fit now, at most {@link MAX_BULK}, oldest first; they are acted on one after the other. */
  async create(org: string, action: BulkAction, filter: BulkFilter, by: string): Promise<BulkJob> {
    const now = new Date(this.#o.clock.now());
    const id = uuidv7(now.getTime(), this.#o.random);
    const { where, params } = conditions(filter, 7);
    const { rows } = await this.#o.db.query(
      `with found as (select id from operation where org = $1 and ${where} order by id limit ${MAX_BULK}),
         items as (insert into bulk_item (org, job, operation) select $1, $2::uuid, id from found returning 1),
         size as (select count(*)::int as n from items)
       insert into bulk_job (org, id, action, filter, status, total, created_by, created_at, finished_at)
       select $1, $2, $3, $4::jsonb, case when n = 0 then 'done' else 'running' end, n, $5, $6::timestamptz, case when n = 0 then $6::timestamptz end from size
       returning *`,
      [org, id, action, JSON.stringify(filter), by, now, ...params],
    );
    return jobOf(rows[0] ?? {});
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
    await this.#o.db.query(
      `update bulk_job set status = 'stopped', finished_at = $3 where org = $1 and id = $2 and status = 'running'`,
      [org, id, new Date(this.#o.clock.now())],
    );
    return this.get(org, id);
  }
}

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
    action: r.action as BulkAction,
    filter: r.filter as BulkFilter,
    status: r.status as BulkJob['status'],
    total: r.total as number,
    done: r.done as number,
    refused: r.refused as number,
    createdBy: r.created_by as string,
    createdAt: r.created_at as Date,
    finishedAt: r.finished_at as Date | null,
  };
}
