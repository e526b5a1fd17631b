import { afterEach, expect, test } from '@jest/globals';
import type { Journal } from '../queues/journal.ts';
import { onRedis, testRedis } from '../queues/testing/engines.ts';
import { log } from '../queues/testing/workbench.ts';
import { Waiting } from './waiting.ts';

const opened: Waiting[] = [];
afterEach(() => {
  for (const waiting of opened.splice(0)) waiting.close();
});
const open = (options: Partial<ConstructorParameters<typeof Waiting>[0]> = {}): Waiting => {
  const waiting = new Waiting({ log, answers: true, ...options });
  opened.push(waiting);
  return waiting;
};
/** A journal with one operation that ends when told to. */
const journalOf = (state: { over: boolean; looks: number }): Pick<Journal, 'get'> => ({
  get: async () => {
    state.looks++;
    return { status: state.over ? 'succeeded' : 'running' } as never;
  },
});

onRedis('callers that wait', () => {
  test('hear at once of what another process has ended', async () => {
    const redis = testRedis();
    // It would look by itself too late for this test.
    const api = open({ redis, lookMs: 60_000 });
    const worker = open({ redis, answers: false });
    const state = { over: false, looks: 0 };
    const waited = api.forEnd(journalOf(state), 'uk', 'a', 50_000);
    state.over = true;
    const telling = setInterval(() => worker.ended(['b', 'a']), 100);
    await waited;
    clearInterval(telling);
    expect(state.looks).toBe(2);
  }, 20_000);
});

test('look by themselves where there is no news', async () => {
  const state = { over: false, looks: 0 };
  const waited = open({ lookMs: 20 }).forEnd(journalOf(state), 'uk', 'a', 10_000);
  setTimeout(() => {
    state.over = true;
  }, 100);
  await waited;
  expect(state.looks).toBeGreaterThan(1);
});

test('do not hold up a process that is about to stop', async () => {
  const waiting = open({ lookMs: 60_000 });
  const waited = waiting.forEnd(journalOf({ over: false, looks: 0 }), 'uk', 'a', 50_000);
  await new Promise((resolve) => setTimeout(resolve, 50));
  waiting.end();
  await waited;
}, 5_000);
