import { HubError } from '../canonical/errors.ts';
import { nearest } from '../canonical/nearest.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import type { Clock } from '../connectors/port.ts';
import type { BulkJobs } from '../queues/bulk/jobs.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database, Statement } from '../storage/port.ts';
import { answersOf } from './answers.ts';
import type { Effects } from './effects.ts';
import { taskEvent } from './event.ts';
import type { People } from './people.ts';
import type { TaskRepository } from './repository.ts';
import { noteContext, type Progress, type Task } from './task.ts';

export interface TaskServiceOptions {
  db: Database;
  cipher: Cipher;
  clock: Clock;
  random(): number;
  repository: TaskRepository;
  people: People;
  effects: Effects;
  /** Jobs of answers about many operations. */
  jobs: Pick<BulkJobs, 'stop'>;
  /** Name of an API key, for people. */
  nameOf(org: string, client: string): Promise<string>;
  onChange(): void;
}

export interface Answering {
  answer: string;
  note?: string | undefined;
  /** The version that the person has seen. */
  version: number;
  /** Client that answers. */
  by: string;
}

/** Longest wait for the effect of an answer before the caller is told that it goes on, milliseconds. */
const WAIT_MS = 3_000;

/** What people do with tasks. */
export class TaskService {
  readonly #o: TaskServiceOptions;

  constructor(options: TaskServiceOptions) {
    this.#o = options;
  }

  /**
   * Of several who answer at once the first wins. The answer is stored before anything is done, so that it is carried out
   * whatever happens to this process.
   *
   * @throws HubError TASK_NOT_FOUND; conflict/TASK_ANSWERED, TASK_CLOSED, TASK_CHANGED; rejected/INVALID_BODY; what refuses
   * the effect of an answer about one operation: then the task is open again
   */
  async answer(org: string, id: string, input: Answering): Promise<Task> {
    const { cipher, clock, repository, effects, onChange } = this.#o;
    const task = await repository.get(org, id);
    await this.#expectOpen(task, input.version);
    this.#expectKnown(task, input);
    await effects.check(task, input.answer, input.by);
    const now = new Date(clock.now());
    const progress: Progress | null = task.isGroup
      ? { done: 0, failed: 0, total: task.count, codes: {}, after: null, stopped: false }
      : null;
    await this.#change(
      {
        sql: `update task set status = 'answered', answer = $4, note = $5, answered_by = $6, answered_at = $7, updated_at = $7, version = version + 1,
                is_pending = true, job = null, effect_until = null, effect_tries = 0, stop_wanted = false, refusal = null, progress = $8::jsonb
              where org = $1 and id = $2 and version = $3 and status = 'open'`,
        params: [
          org,
          id,
          input.version,
          input.answer,
          input.note === undefined ? null : cipher.seal(input.note, noteContext(org, id)),
          input.by,
          now,
          progress ? JSON.stringify(progress) : null,
        ],
      },
      task,
      'task.answered',
      { answer: input.answer, by: input.by },
      now,
    );
    const outcome = await effects.runWithin(org, id, WAIT_MS);
    onChange();
    if (outcome) throw outcome;
    return repository.get(org, id);
  }

  /** Gives a task to somebody, or to nobody. @throws HubError as {@link answer}; rejected/INVALID_BODY for a person that is not in hub.yaml */
  async assign(
    org: string,
    id: string,
    input: { assignee: string | null; version: number; by: string },
  ): Promise<Task> {
    const { clock, random, repository, people } = this.#o;
    const task = await repository.get(org, id);
    await this.#expectOpen(task, input.version);
    const { assignee } = input;
    const person = people.find(assignee);
    if (assignee !== null && (!person || !people.isOf(person, org))) {
      const near = nearest(assignee, people.ids);
      throw invalid(
        '/assignee',
        `is not a person of hub.yaml for this organisation${near && near !== assignee ? `; did you mean '${near}'?` : ''}`,
      );
    }
    const now = new Date(clock.now());
    const reader = people.reader(assignee, org, now);
    await this.#change(
      {
        sql: `update task set assignee = $4, updated_at = $5, version = version + 1 where org = $1 and id = $2 and version = $3 and status = 'open'`,
        params: [org, id, input.version, assignee, now],
      },
      task,
      'task.assigned',
      { assignee, by: input.by },
      now,
      reader === null || assignee === task.assignee
        ? []
        : [
            {
              sql: `insert into task_mail (org, id, task, person, about, created_at, due_at) values ($1, $2, $3, $4, 'assigned', $5, $5)`,
              params: [org, uuidv7(now.getTime(), random), id, reader, now],
            },
          ],
    );
    return repository.get(org, id);
  }

  /** Ends the carrying out of an answer to many after what is under way. @throws HubError TASK_NOT_FOUND, conflict/TASK_NOT_RUNNING */
  async stop(org: string, id: string): Promise<Task> {
    const { db, repository, jobs } = this.#o;
    const { rows, count } = await db.query<{ job: string | null }>(
      `update task set stop_wanted = true where org = $1 and id = $2 and is_pending and progress is not null returning job`,
      [org, id],
    );
    if (rows[0]?.job) await jobs.stop(org, rows[0].job);
    const task = await repository.get(org, id);
    if (count === 0)
      throw new HubError(
        'conflict',
        'TASK_NOT_RUNNING',
        'Nothing is being carried out for this task, so nothing can be stopped.',
      );
    return task;
  }

  async #expectOpen(task: Task, version: number): Promise<void> {
    if (task.status === 'answered') {
      const by = task.answeredBy ?? '';
      const at = task.answeredAt?.toISOString() ?? '';
      throw new HubError(
        'conflict',
        'TASK_ANSWERED',
        `The task was answered already: '${task.answer}' by ${await this.#o.nameOf(task.org, by)} at ${at}.`,
        { details: { answer: task.answer ?? '', answeredBy: by, answeredAt: at } },
      );
    }
    if (task.status === 'closed')
      throw new HubError(
        'conflict',
        'TASK_CLOSED',
        'The task is closed: its cause is over, so there is nothing to answer.',
      );
    if (task.version !== version) throw changed(task);
  }

  #expectKnown(task: Task, { answer, note }: Answering): void {
    const possible = answersOf[task.kind];
    const known = possible.find((a) => a.id === answer);
    if (!known) {
      const ids = possible.map((a) => a.id);
      const near = nearest(answer, ids);
      throw invalid(
        '/answer',
        `is not an answer to this task${near ? `; did you mean '${near}'?` : ''} (${ids.join(', ')})`,
      );
    }
    if (known.needsNote && (note === undefined || note.trim() === ''))
      throw invalid('/note', `is needed for '${answer}': say why in a few words`);
  }

  /** @throws HubError TASK_ANSWERED, TASK_CLOSED or TASK_CHANGED when somebody was faster */
  async #change(
    statement: Statement,
    task: Task,
    type: string,
    data: Readonly<Record<string, unknown>>,
    now: Date,
    more: readonly Statement[] = [],
  ): Promise<void> {
    const { db, random, repository, onChange } = this.#o;
    try {
      await db.transact([
        { ...statement, expect: { rows: 1, name: 'version' } },
        taskEvent(task, type, data, uuidv7(now.getTime(), random), now),
        ...more,
      ]);
    } catch (error) {
      if ((error as { expectation?: string }).expectation !== 'version') throw error;
      await this.#expectOpen(await repository.get(task.org, task.id), task.version);
      throw changed(task);
    }
    onChange();
  }
}

function invalid(pointer: string, message: string): HubError {
  return new HubError('rejected', 'INVALID_BODY', `${pointer} ${message}.`, { errors: [{ pointer, message }] });
}

function changed(task: Task): HubError {
  return new HubError('conflict', 'TASK_CHANGED', 'Somebody has changed the task since you read it; read it again.', {
    details: { task: task.id },
  });
}
