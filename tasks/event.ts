import type { Statement } from '../storage/port.ts';
import { eventsStatement } from '../storage/repositories/events.ts';
import type { Task } from './task.ts';

/** Tells the change feed what became of a task. @param id UUIDv7 of the event */
export function taskEvent(
  task: Task,
  type: string,
  data: Readonly<Record<string, unknown>>,
  id: string,
  at: Date,
): Statement {
  const { org, entity, operation, kind, instance } = task;
  return eventsStatement([{ org, id, type, entity, operation, data: { task: task.id, kind, instance, ...data }, at }]);
}
