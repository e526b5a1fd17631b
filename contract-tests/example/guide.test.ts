import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** Code blocks that name the file they show: a fence followed by language and path. */
const shown = new Map(
  [...read('docs/writing-a-connector.md').matchAll(/^(`{3,})\w+ (contract-tests\/example\/\S+)\n(.*?)^\1$/gms)].map(
    ([, , path = '', body = '']) => [path, body] as const,
  ),
);

describe('the worked example in docs/writing-a-connector.md', () => {
  test.each([...shown])('shows %s as it is', (path, body) => expect(body).toBe(read(path)));

  test('shows every file of the example', () => {
    const files = readdirSync(new URL('.', import.meta.url)).filter(
      (name) => !/^(guide|mistakes)\.test\.ts$/.test(name),
    );
    expect([...shown.keys()].sort()).toEqual(files.map((name) => `contract-tests/example/${name}`).sort());
  });
});
