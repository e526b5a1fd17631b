import { uuidv7 } from '../canonical/values/uuid.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import type { Database, Statement } from '../storage/port.ts';
import { type Cause, otherCauses } from './causes.ts';
import { countGroup, operationGroups, SAMPLE } from './operation-causes.ts';
import type { People } from './people.ts';
import { groupOf, type LivingTask, type Plan, planRound } from './plan.ts';
import { type RemindersOptions, remind } from './reminders.ts';
import { closeStatement, openStatement, refreshStatement } from './round-statements.ts';

export interface RoundOptions extends RemindersOptions {
  db: Database;
  clock: Clock;
  random(): number;
  log: Logger;
  people: People;
  /** Until when a task is to be answered. */
  deadline(org: string, kind: Cause['kind'], from: Date): Date;
  organisationOf(instance: string): string | undefined;
  /** Events were written. */
  onChange(): void;
}

/** Tasks written by one transaction. */
const AT_ONCE = 200;
/** Large groups are counted no more often, and never for more than a hundredth of the time. */
const COUNT_EVERY_MS = 10_000;
const COUNT_SHARE = 100;

/**
 * Derives tasks from what the store says. It may run in any number of processes at any time: what needs a person has one
 * living task (a unique index), and a task is closed only while it is open.
 */
export class Round {
  readonly #o: RoundOptions;
  #counted = { at: Number.NEGATIVE_INFINITY, tookMs: 0 };

  constructor(options: RoundOptions) {
    this.#o = options;
  }

  async run(): Promise<void> {
    const { db, clock, onChange } = this.#o;
    const began = new Date(clock.now());
    // Before the causes: a task that is seen here and whose cause is not seen later has lost it.
    const living = await livingTasks(db);
    const [groups, others] = await Promise.all([operationGroups(db), otherCauses(db, this.#o.organisationOf)]);
    const plan = planRound(living, groups, others);
    const large = [...living, ...plan.open.map((c) => ({ ...c, status: 'open', isGroup: c.isGroup ?? false }))].filter(
      (t) => t.isGroup && t.status === 'open' && t.count >= SAMPLE,
    );
    const wrote = await this.#write(plan, living, began);
    if (large.length > 0) await this.#count();
    const told = await remind(this.#o);
    if (wrote || told) onChange();
  }

  async #write(plan: Plan, living: readonly LivingTask[], began: Date): Promise<boolean> {
    const { db, clock, random, people, deadline } = this.#o;
    const now = new Date(clock.now());
    const load = loadOf(living);
    const statements: Statement[] = [];
    for (const chunk of chunks(plan.close))
      statements.push(
        closeStatement(
          chunk.map((c) => ({ ...c, event: uuidv7(now.getTime(), random) })),
          now,
        ),
      );
    for (const chunk of chunks(plan.open)) {
      const rows = chunk.map((cause) => {
        const assignee = people.assign(cause.org, cause.kind, load);
        if (assignee) load.set(assignee, (load.get(assignee) ?? 0) + 1);
        return {
          cause,
          id: uuidv7(now.getTime(), random),
          event: uuidv7(now.getTime(), random),
          mail: uuidv7(now.getTime(), random),
          assignee,
          reader: people.reader(assignee, cause.org, now),
          deadline: earlier(deadline(cause.org, cause.kind, now), cause.deadline, now),
        };
      });
      statements.push(openStatement(rows, began, now));
    }
    if (plan.refresh.length > 0) statements.push(refreshStatement(plan.refresh, now));
    // One at a time and not all together: what another process has done meanwhile spoils nothing.
    for (const statement of statements) await db.query(statement.sql, statement.params);
    return plan.close.length + plan.open.length > 0;
  }

  /**
   * Counts large groups: new ones at once, the others now and then, since a number that people see may be some seconds old
   * while that there is something to do must be known at once.
   */
  async #count(): Promise<void> {
    const { db } = this.#o;
    const started = performance.now();
    const isTime = started - this.#counted.at >= Math.max(COUNT_EVERY_MS, this.#counted.tookMs * COUNT_SHARE);
    for (const task of await livingTasks(db)) {
      if (task.status !== 'open' || !task.isGroup || task.opKind === null) continue;
      if (task.count < SAMPLE || (!isTime && task.count > SAMPLE)) continue;
      const count = await countGroup(db, groupOf(task));
      if (count >= SAMPLE && count !== task.count)
        await db.query(`update task set count = $3 where org = $1 and id = $2 and status = 'open'`, [
          task.org,
          task.id,
          count,
        ]);
    }
    if (isTime) this.#counted = { at: started, tookMs: performance.now() - started };
  }
}

async function livingTasks(db: Database): Promise<LivingTask[]> {
  const { rows } = await db.query(
    `select org, id, cause, kind, status, is_pending, is_group, count, operation, op_kind, instance, code, upstream_code, assignee
     from task where status = 'open' or is_pending`,
  );
  return rows.map((r) => ({
    org: r.org as string,
    id: r.id as string,
    cause: r.cause as string,
    kind: r.kind as LivingTask['kind'],
    status: r.status as LivingTask['status'],
    isPending: r.is_pending as boolean,
    isGroup: r.is_group as boolean,
    count: Number(r.count),
    operation: r.operation as string | null,
    opKind: r.op_kind as string | null,
    instance: r.instance as string | null,
    code: r.code as string,
    upstreamCode: r.upstream_code as string | null,
    assignee: r.assignee as string | null,
  }));
}

/** A moment that has passed already would make the task overdue before anybody has seen it: then the usual one holds. */
function earlier(usual: Date, given: Date | null | undefined, now: Date): Date {
  return given && given < usual && given > now ? given : usual;
}

function loadOf(living: readonly LivingTask[]): Map<string, number> {
  const load = new Map<string, number>();
  for (const { assignee, status } of living)
    if (assignee && status === 'open') load.set(assignee, (load.get(assignee) ?? 0) + 1);
  return load;
}

function* chunks<T>(items: readonly T[]): Iterable<T[]> {
  for (let i = 0; i < items.length; i += AT_ONCE) yield items.slice(i, i + AT_ONCE);
}
