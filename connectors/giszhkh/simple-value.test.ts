import { expect, test } from '@jest/globals';
import { faultOfValue, textOfScalar } from './simple-value.ts';

const takes = (type: Parameters<typeof faultOfValue>[1], good: readonly string[], bad: readonly string[]) => {
  expect(good.filter((v) => faultOfValue(v, type) !== undefined)).toEqual([]);
  expect(bad.filter((v) => faultOfValue(v, type) === undefined)).toEqual([]);
};

test('a date is a day that the calendar has', () => {
  takes(
    { b: 'date' },
    ['2026-11-24', '2024-02-29', '2000-02-29Z', '2026-12-31+03:00'],
    ['2025-02-29', '1900-02-29', '2026-04-31', '0000-01-01', '02026-01-01', '24.11.2026', '2026-11-24T00:00:00', ''],
  );
  takes({ b: 'dateTime' }, ['2026-11-24T10:00:00+03:00'], ['2026-11-31T10:00:00', '2026-11-24T24:00:01', '2026-11-24']);
});

test('numbers keep their digits and bounds', () => {
  takes({ b: 'decimal', digits: 5, scale: 2 }, ['123.45', '00123.450', '-1'], ['1234.56', '1.005', '1,5', '1e3']);
  takes({ b: 'decimal', from: '0', below: '1000' }, ['0', '999.999'], ['-0.01', '1000', '1000.0']);
  takes({ b: 'byte', from: '1', to: '7' }, ['1', '+7'], ['0', '8', '1.0']);
  takes({ b: 'long' }, ['9223372036854775807'], ['9223372036854775808']);
});

test('patterns match the whole value, lengths count signs', () => {
  takes({ b: 'string', p: ['\\d{11}|\\d{8}'] }, ['12345678', '12345678901'], ['1234567890', '12345678x']);
  takes({ b: 'string', len: 3 }, ['абв', 'a😀b'], ['ab', 'abcd']);
});

test('a list is judged item by item', () => {
  takes({ b: 'list', item: { b: 'string', e: ['M', 'O'] }, min: 1, max: 2 }, ['M', 'M  O'], ['', 'M O M', 'X', 'M X']);
});

test('a number of the language never gets an exponent', () => {
  expect([12.5, 1e21, Number.NaN, true, 5n, null].map(textOfScalar)).toEqual([
    '12.5',
    undefined,
    undefined,
    'true',
    '5',
    undefined,
  ]);
});
