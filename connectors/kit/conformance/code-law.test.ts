import { expect, test } from '@jest/globals';
import { documentedCodes } from './code-law.ts';

test('rows of codes are told from other tables, and a typographic minus is a minus', () => {
  const readme = [
    '| code | hub code | class | what to do |',
    '| --- | --- | --- | --- |',
    '| −1 | `A_REFUSED` | rejected | ask |',
    '| 429 | `A_BUSY` | rate-limited | wait |',
    '| – | `A_CREDENTIALS` | unauthorized | correct the password |',
    '| `messages.send` | once | sends again |',
  ].join('\n');
  expect(documentedCodes(readme)).toEqual([
    { upstream: '-1', code: 'A_REFUSED', kind: 'rejected' },
    { upstream: '429', code: 'A_BUSY', kind: 'rate-limited' },
  ]);
});
