import { expect, test } from '@jest/globals';
import { duration, grouped, table } from './output.ts';

test('a table lines its columns up by letters, Cyrillic included', () => {
  expect(
    table(
      ['имя', 'n'],
      [
        ['Ёж', 1],
        ['длинное', null],
      ],
    ),
  ).toBe('имя      n\n───────  ─\nЁж       1\nдлинное');
});

test('a long cell is cut with an ellipsis', () => {
  expect(
    table(['a'], [['x'.repeat(9)]], 5)
      .split('\n')
      .at(-1),
  ).toBe('xxxx…');
});

test.each([
  [34588, '34 588'],
  [7, '7'],
  [1234567, '1 234 567'],
])('%i is grouped as %s', (n, text) => expect(grouped(n)).toBe(text));

test.each([
  [5, '5 s'],
  [185, '3 min 05 s'],
  [3720, '1 h 02 min'],
  [Number.POSITIVE_INFINITY, '?'],
])('%d seconds read %s', (s, text) => expect(duration(s)).toBe(text));
