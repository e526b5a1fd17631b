import { expect, test } from '@jest/globals';
import { EventTypePattern, matchesType } from './event-type.ts';

test.each([
  [['*'], 'operation.dead', true],
  [['operation.*'], 'operation.needs-operator', true],
  [['operation.*'], 'operations.dead', false],
  [['operation.*'], 'operation', false],
  [['operation.dead'], 'operation.dead', true],
  [['operation.dead'], 'operation.deadly', false],
  [['accounts.changed', 'message.*'], 'message.delivered', true],
  [[], 'operation.dead', false],
])('%j and %s: %s', (patterns, type, wanted) => {
  expect(matchesType(patterns, type)).toBe(wanted);
});

test.each(['', '**', '.*', 'a..b', 'a.*.b', 'A.b', 'a.b*', 'a_%'])('%j is no pattern', (pattern) => {
  expect(EventTypePattern.safeParse(pattern).success).toBe(false);
});
