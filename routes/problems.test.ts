import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { problemTitles } from './problems.ts';

const documented = [
  ...readFileSync(new URL('../docs/problems.md', import.meta.url), 'utf8').matchAll(/^\| `([A-Z_]+)` +\|/gm),
].map((m) => m[1]);

test('every problem code is explained in docs/problems.md, and nothing else is', () => {
  expect(documented.sort()).toEqual(Object.keys(problemTitles).sort());
});
