import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const root = new URL('../', import.meta.url);
const named = [
  ...readFileSync(new URL('docs/security.md', root), 'utf8').matchAll(/`([\w./-]+\.test\.ts)`: (?:"([^"]+)")/g),
].map(([, file = '', title]) => ({ file, title }));
/** As it stands in a file: quoted in one of three ways. */
const holds = (text: string, title: string): boolean => {
  const squeezed = text.replace(/\s+/g, ' ');
  return ["'", '"', '`'].some((q) => squeezed.includes(`${q}${title.replaceAll("'", q === "'" ? "\\'" : "'")}${q}`));
};

test('every line of the threat model names a test, and each named test exists', () => {
  expect(named.length).toBeGreaterThan(30);
  const missing = named.filter(({ file, title }) => {
    const url = new URL(file, root);
    return !existsSync(url) || (title !== undefined && !holds(readFileSync(url, 'utf8'), title));
  });
  expect(missing).toEqual([]);
  const rows = readFileSync(new URL('docs/security.md', root), 'utf8').match(/^\| [STRIDE] \|.*$/gm) ?? [];
  expect(rows.filter((row) => !/\.test\.ts`/.test(row))).toEqual([]);
  expect(rows).toHaveLength(named.length);
});
