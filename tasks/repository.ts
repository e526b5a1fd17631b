import { HubError } from '../canonical/errors.ts';
import { type TaskKind, taskKinds } from '../canonical/task-kinds.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database, SqlValue } from '../storage/port.ts';
import { type Task, type TaskStatus, taskOf } from './task.ts';

export interface TaskFilter {
  status?: TaskStatus;
  kind?: TaskKind;
  /** Tasks of any of these people, their own or escalated to them. */
  people?: readonly string[];
  instance?: string;
  operation?: string;
  /** Open ones whose deadline has passed at this moment. */
  overdueAt?: Date;
}

/** Tasks as they are read. */
export class TaskRepository {
  readonly #db: Database;
  readonly #cipher: Cipher;

  constructor(db: Database, cipher: Cipher) {
    this.#db = db;
    this.#cipher = cipher;
  }

  /** @throws HubError not-found/TASK_NOT_FOUND */
  async get(org: string, id: string): Promise<Task> {
    const { rows } = await this.#db.query('select * from task where org = $1 and id = $2', [org, id]);
    if (!rows[0]) throw new HubError('not-found', 'TASK_NOT_FOUND', 'There is no such task.');
    return taskOf(rows[0], this.#cipher);
  }

  /** Newest first; `before` is the id of the last one seen. */
  async list(org: string, filter: TaskFilter, limit: number, before?: string): Promise<Task[]> {
    const conditions = ['org = $1'];
    const params: SqlValue[] = [org];
    const add = (sql: string, value: SqlValue | undefined): void => {
      if (value === undefined) return;
      params.push(value);
      conditions.push(sql.replaceAll('?', `$${params.length}`));
    };
    // Written out, so that the planner sees that the index of open tasks is enough.
    if (filter.status === 'open' || filter.overdueAt) conditions.push(`status = 'open'`);
    if (filter.status !== 'open') add('status = ?', filter.status);
    add('kind = ?', filter.kind);
    add('(assignee = any(?::text[]) or escalated_to = any(?::text[]))', filter.people);
    add('instance = ?', filter.instance);
    add('operation = ?::uuid', filter.operation);
    add('deadline <= ?', filter.overdueAt);
    add('id < ?', before);
    params.push(limit);
    const { rows } = await this.#db.query(
      `select * from task where ${conditions.join(' and ')} order by id desc limit $${params.length}`,
      params,
    );
    return rows.map((row) => taskOf(row, this.#cipher));
  }

  /** Open tasks of an organisation, all kinds named. */
  async summary(org: string, now: Date): Promise<{ open: number; overdue: number; byKind: Record<TaskKind, number> }> {
    const { rows } = await this.#db.query(
      `select kind, count(*) as n, count(*) filter (where deadline <= $2) as late from task where org = $1 and status = 'open' group by kind`,
      [org, now],
    );
    const byKind = Object.fromEntries(taskKinds.map((kind) => [kind, 0])) as Record<TaskKind, number>;
    for (const row of rows) byKind[row.kind as TaskKind] = Number(row.n);
    return {
      open: rows.reduce((sum, r) => sum + Number(r.n), 0),
      overdue: rows.reduce((sum, r) => sum + Number(r.late), 0),
      byKind,
    };
  }
}
