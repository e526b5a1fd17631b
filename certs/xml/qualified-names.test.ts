import { expect, test } from '@jest/globals';
import { unitsOf } from './characters.ts';
import { QualifiedNames } from './qualified-names.ts';
import { readXml } from './read.ts';

test('a name that was met before is handed out again, and no other in its place', () => {
  const source = 'a:b a:c a:b';
  const names = new QualifiedNames(source, unitsOf(source));
  const first = names.read(0, 3, 1);
  expect(first).toMatchObject({ text: 'a:b', prefix: 'a', local: 'b' });
  expect(names.read(4, 7, 1)).toMatchObject({ text: 'a:c', prefix: 'a', local: 'c' });
  expect(names.read(8, 11, 1)).toBe(first);
});

test('of more names than there are slots each is read as it stands', () => {
  const names = Array.from({ length: 3_000 }, (_, n) => (n % 3 ? `имя${n}` : `p:n${n}`));
  const { root } = readXml(
    `<p:r xmlns:p="urn:p">${[...names, ...names].map((name) => `<${name} ${name}=""/>`).join('')}</p:r>`,
  );
  expect(
    root.children.flatMap((child) => (child.kind === 'element' ? [child.name, child.attributes[0]?.name] : [])),
  ).toEqual([...names, ...names].flatMap((name) => [name, name]));
});
