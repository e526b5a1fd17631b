import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { converters } from './registry.ts';

test('every converter stands in the table of docs/writing-a-mapping.md', () => {
  const table =
    readFileSync(new URL('../../docs/writing-a-mapping.md', import.meta.url), 'utf8').split('## Converters')[1] ?? '';
  for (const name of Object.keys(converters))
    expect([name, new RegExp(`\`${name}[(\`]`).test(table)]).toEqual([name, true]);
});
