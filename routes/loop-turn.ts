/** Octets of a request or an answer whose reading or writing is felt by others. */
export const LARGE_BODY = 64 * 1024;

const waiting: (() => void)[] = [];

function next(): void {
  waiting.shift()?.();
  // A callback of this phase that asks for another gets the next one: whoever has come meanwhile is served in between.
  if (waiting.length > 0) setImmediate(next);
}

/**
 * Resolves for one caller a turn of the event loop. Twenty large bodies that come together take milliseconds each: one after the other, with
 * everybody else in between, instead of twenty in a row.
 */
export function loopTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(next);
  });
}
