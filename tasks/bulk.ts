import { isHubError, isPassing } from '../canonical/errors.ts';
import type { Database } from '../storage/port.ts';
import { actOnOperation, type EffectActions } from './effect-actions.ts';
import { countRest, restOfGroup } from './operation-causes.ts';
import { groupOf } from './plan.ts';
import type { Progress, Task } from './task.ts';

export interface BulkOptions {
  db: Database;
  actions: EffectActions;
  task: Task;
  /** This process is about to end. */
  stopping: AbortSignal;
}

/** Operations between two notes of how far it has come. */
const CHUNK = 64;
const AT_ONCE = 8;

/**
 * Carries an answer out for every operation that the task was about when it was answered, in the order of their ids. How
 * far it has come is written after each chunk; what a killed process has done of a chunk needs nobody any more and is not
 * met again.
 */
export class BulkRun {
  readonly #o: BulkOptions;

  constructor(options: BulkOptions) {
    this.#o = options;
  }

  /** Undefined when another process has taken it over, or is to. */
  async run(): Promise<Progress | undefined> {
    const { db, task, stopping } = this.#o;
    const key = groupOf(task);
    const answeredAt = task.answeredAt ?? task.updatedAt;
    let progress = await this.#resumed(answeredAt);
    for (;;) {
      const state = await this.#save(progress, stopping.aborted);
      if (!state) return undefined;
      if (state === 'stop') return { ...progress, stopped: true };
      if (stopping.aborted) return undefined;
      const ids = await restOfGroup(db, key, answeredAt, progress.after, CHUNK);
      if (ids.length === 0) return progress;
      progress = await this.#chunk(ids, progress);
    }
  }

  async #resumed(answeredAt: Date): Promise<Progress> {
    const { db, task } = this.#o;
    const before = task.progress ?? { done: 0, failed: 0, total: 0, codes: {}, after: null, stopped: false };
    const rest = await countRest(db, groupOf(task), answeredAt, before.after);
    // The number that people saw may have been some seconds old.
    if (task.effectTries === 1) return { ...before, total: rest };
    return { ...before, done: Math.max(before.done, before.total - before.failed - rest) };
  }

  /** @throws what is not the operation's own fault; the chunk is then met again */
  async #chunk(ids: readonly string[], before: Progress): Promise<Progress> {
    const { actions, task } = this.#o;
    const codes: Record<string, number> = { ...before.codes };
    let { done, failed } = before;
    const waiting = [...ids];
    const work = async (): Promise<void> => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        try {
          await actOnOperation(actions, task, id);
          done++;
        } catch (error) {
          if (!isHubError(error) || isPassing(error)) throw error;
          failed++;
          codes[error.code] = (codes[error.code] ?? 0) + 1;
        }
      }
    };
    const outcomes = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
    const fault = outcomes.find((o) => o.status === 'rejected');
    if (fault) throw fault.reason;
    return { ...before, done, failed, codes, after: ids.at(-1) ?? before.after };
  }

  /** Undefined when the lease is another process's now. */
  async #save(progress: Progress, isLetGo: boolean): Promise<'go' | 'stop' | undefined> {
    const { db, task } = this.#o;
    const { rows } = await db.query<{ stop_wanted: boolean }>(
      `update task set progress = $4::jsonb, effect_until = case when $5 then null else effect_until end where org = $1 and id = $2 and effect_no = $3 and is_pending returning stop_wanted`,
      [task.org, task.id, task.effectNo, JSON.stringify(progress), isLetGo],
    );
    if (!rows[0]) return undefined;
    return rows[0].stop_wanted ? 'stop' : 'go';
  }
}
