import type { Operation } from '../storage/repositories/operation.ts';

export interface BatchGroup {
  key: string;
  ops: Operation[];
}

/**
 * Sorts due operations into calls of one batch key with at most `max` elements. A call is ready when it is full or when
 * its oldest element has waited for `lingerMs`; the others wait for company, `readyAt` says until when.
 *
 * @param ops due operations, oldest first
 */
export function groupBatches(
  ops: readonly Operation[],
  batch: { max: number; lingerMs: number; key(op: Operation): string },
  now: number,
): { ready: BatchGroup[]; readyAt: number | undefined } {
  const open = new Map<string, BatchGroup>();
  const ready: BatchGroup[] = [];
  for (const op of ops) {
    const key = batch.key(op);
    const group = open.get(key) ?? { key, ops: [] };
    open.set(key, group);
    group.ops.push(op);
    if (group.ops.length === batch.max) {
      ready.push(group);
      open.delete(key);
    }
  }
  let readyAt: number | undefined;
  for (const group of open.values()) {
    const at = (group.ops[0]?.dueAt?.getTime() ?? now) + batch.lingerMs;
    if (at <= now) ready.push(group);
    else readyAt = Math.min(readyAt ?? at, at);
  }
  return { ready, readyAt };
}
