import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { loopTurn } from './loop-turn.ts';

test('one caller goes a turn of the event loop, in order, and others go in between', async () => {
  const order: string[] = [];
  const heavy = ['a', 'b', 'c'].map(async (name) => {
    await loopTurn();
    order.push(name);
  });
  const light = (async () => {
    for (let i = 1; i <= 2; i++) {
      await turn();
      order.push(`light ${i}`);
    }
  })();
  await Promise.all([...heavy, light]);
  expect(order).toEqual(['a', 'light 1', 'b', 'light 2', 'c']);
  // And again when nobody waits any more.
  await loopTurn();
});
