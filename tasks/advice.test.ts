import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { taskKinds } from '../canonical/task-kinds.ts';
import { problemTitles } from '../routes/problems.ts';
import { adviceOf, adviceTable } from './advice.ts';
import { answersOf } from './answers.ts';

const root = new URL('../', import.meta.url);
const missing = (codes: Iterable<string>): string[] => [...new Set(codes)].filter((code) => !adviceTable[code]).sort();

/** Files that people of the product meet; tests and their helpers raise codes of their own. */
function sourcesOf(folder: string): { name: string; text: string }[] {
  return readdirSync(new URL(folder, root), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .filter((name) => !/\/testing\/|\/conformance\/|\/recording\//.test(name))
    .map((name) => ({ name, text: readFileSync(name, 'utf8') }));
}

/** Codes of errors that a file makes itself or stores with an operation. */
function* raisedIn(text: string): Iterable<string> {
  const forms = [
    /\bHubError\(\s*[^,()]+,\s*'([A-Z][A-Z0-9_]*)'/g,
    /\btoHubError\([^,()]+,\s*'([A-Z][A-Z0-9_]*)'/g,
    /\bnothingSent\(\s*'([A-Z][A-Z0-9_]*)'/g,
    /\bkind: '[a-z-]+',\s*code: '([A-Z][A-Z0-9_]*)'/g,
    /"code":"([A-Z][A-Z0-9_]*)"/g,
  ];
  for (const form of forms) for (const [, code] of text.matchAll(form)) yield code as string;
}

const connectors = readdirSync(new URL('connectors/', root), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'kit')
  .map((entry) => entry.name);

test.each(connectors)('each code of the table of connector %s has its advice', async (name) => {
  const { codes } = (await import(`../connectors/${name}/errors.ts`)) as {
    codes: Readonly<Record<string, string | readonly string[]>>;
  };
  // Two forms of tables: upstream code → [kind, code, text], and code → kind.
  const named = Object.entries(codes).map(([key, row]) => (typeof row === 'string' ? key : (row[1] as string)));
  expect(named.length).toBeGreaterThan(3);
  expect(missing(named)).toEqual([]);
});

test.each([
  'connectors',
  'queues',
  'sync',
  'routes',
  'wiring',
  'storage',
  'templates',
  'tasks',
  'lookup',
  'certs',
  'flows',
])('each code that is raised in %s/ has its advice', (folder) => {
  const raised = sourcesOf(`${folder}/`).flatMap(({ text }) => [...raisedIn(text)]);
  expect(missing(raised)).toEqual([]);
});

test('the search finds codes in all their forms', () => {
  const found = [
    ...raisedIn(
      `throw new HubError(\n  'rejected',\n 'A_B', …); toHubError(e, 'C_D'); error: { kind: 'uncertain', code: 'E' } '{"code":"F"}'`,
    ),
  ];
  expect(found).toEqual(['A_B', 'C_D', 'E', 'F']);
});

test('each problem of the API has its advice', () => {
  expect(missing(Object.keys(problemTitles))).toEqual([]);
});

test('each kind of task has answers and says what to do without a code', () => {
  for (const kind of taskKinds) {
    expect(answersOf[kind].length).toBeGreaterThan(0);
    expect(adviceOf('', kind).ru.press).toMatch(/[а-я]/);
    expect(adviceOf('__proto__', kind).en.what).toBe(adviceOf('', kind).en.what);
  }
});

test('Russian texts are Russian and English ones English', () => {
  for (const [code, [, ru, pressRu, en, pressEn]] of Object.entries(adviceTable)) {
    expect([code, /[а-яё]/i.test(ru), /[а-яё]/i.test(pressRu)]).toEqual([code, true, true]);
    expect([code, /[а-яё]/i.test(en), /[а-яё]/i.test(pressEn)]).toEqual([code, false, false]);
  }
});
