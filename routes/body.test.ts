import { expect, test } from '@jest/globals';
import { parseJson } from './body.ts';

const nested = (levels: number, inner = ''): string => `${'['.repeat(levels)}${inner}${']'.repeat(levels)}`;

test('brackets inside of texts are no nesting, wherever quotation marks and backslashes stand', () => {
  for (const text of ['[', '{"', '\\', '\\"[', '\\\\', '\\\\"{', '\\\\\\"', '"'.repeat(3), `\\${'['.repeat(99)}`]) {
    const deep = { a: text.repeat(80), [text]: [text] };
    expect(parseJson(JSON.stringify(deep))).toEqual(deep);
  }
});

test('nesting behind texts with quotation marks and backslashes is counted', () => {
  for (const text of ['', '\\', '\\"', '"', '\\\\']) {
    const before = JSON.stringify(text);
    expect(() => parseJson(`[${before},${nested(64)}]`)).toThrow('deeper than 64 levels');
    expect(() => parseJson(`[${before},${nested(63)}]`)).not.toThrow();
  }
});

test('a text without an end is no JSON and holds nobody up', () => {
  expect(() => parseJson(`"${'\\"['.repeat(100_000)}`)).toThrow('The body is not JSON');
});
