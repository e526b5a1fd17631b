import { expect, test } from '@jest/globals';
import type { defaultXmlLimits } from './limits.ts';
import type { XmlElement } from './nodes.ts';
import { readFragment, readXml } from './read.ts';
import { XmlError, type XmlFault } from './xml-error.ts';

function refused(source: Uint8Array | string, limits = {}): XmlError {
  try {
    readXml(source, limits);
  } catch (error) {
    if (error instanceof XmlError) return error;
    throw error;
  }
  throw new Error('The document was accepted.');
}

const manyAttributes = Array.from({ length: 9 }, (_, i) => `a${i}="1"`).join(' ');

test.each<[XmlFault, string]>([
  ['doctype', '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'],
  ['doctype', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
  ['doctype', '<a><!ELEMENT b ANY></a>'],
  ['doctype', '<![CDATA[x]]><a/>'],
  ['entity', '<a>&e;</a>'],
  ['entity', '<a b="&nbsp;"/>'],
  ['entity', '<a>a & b</a>'],
  ['entity', '<a>&</a>'],
  ['entity', '<a>&#;</a>'],
  ['entity', '<a>&#x;</a>'],
  ['entity', '<a>&#12a;</a>'],
  ['entity', '<a>&constructor;</a>'],
  ['entity', `<a>&#${'0'.repeat(40)}65;</a>`],
  ['character', '<a>&#0;</a>'],
  ['character', '<a>&#xD800;</a>'],
  ['character', '<a>&#xFFFE;</a>'],
  ['character', '<a>&#x110000;</a>'],
  ['character', '<a b="&#1;"/>'],
  ['character', '<a>\u0000</a>'],
  ['character', '<a>\u000b</a>'],
  ['character', '<a>\ufffe</a>'],
  ['character', '<a>\ud800</a>'],
  ['character', '<a>\udc00x</a>'],
  ['character', '<a>😀\ud800\ud800\udc00</a>'],
  ['duplicate-attribute', '<a b="1" b="2"/>'],
  ['duplicate-attribute', '<a xmlns:p="urn:u" xmlns:q="urn:u" p:b="1" q:b="2"/>'],
  ['duplicate-attribute', '<a xmlns="urn:u" xmlns="urn:u"/>'],
  ['duplicate-attribute', `<a ${manyAttributes} a3="2"/>`],
  ['unbound-prefix', '<p:a/>'],
  ['unbound-prefix', '<a p:b="1"/>'],
  ['unbound-prefix', '<a><b xmlns:p="urn:u"/><p:c/></a>'],
  ['reserved-namespace', '<a xmlns:xml="urn:u"/>'],
  ['reserved-namespace', '<a xmlns:p="http://www.w3.org/XML/1998/namespace"/>'],
  ['reserved-namespace', '<a xmlns="http://www.w3.org/XML/1998/namespace"/>'],
  ['reserved-namespace', '<a xmlns:xmlns="urn:u"/>'],
  ['reserved-namespace', '<a xmlns:p="http://www.w3.org/2000/xmlns/"/>'],
  ['reserved-namespace', '<a xmlns:p=""/>'],
  ['reserved-namespace', '<xmlns:a/>'],
  ['relative-namespace', '<a xmlns="sheet"/>'],
  ['text', '<a>]]></a>'],
  ['text', '<a>x]]]>y</a>'],
  ['comment', '<a><!-- a -- b --></a>'],
  ['comment', '<a><!-- a ---></a>'],
  ['comment', '<a><!-- a </a>'],
  ['cdata', '<a><![CDATA[ </a>'],
  ['instruction', '<a><?xml version="1.0"?></a>'],
  ['instruction', '<a><?XML x?></a>'],
  ['instruction', ' <?xml version="1.0"?><a/>'],
  ['instruction', '<a><?go </a>'],
  ['instruction', '<a><?go"x"?></a>'],
  ['name', '<a><?1?></a>'],
  ['instruction', '<a><?p:go x?></a>'],
  ['name', '<1a/>'],
  ['name', '<a><</a>'],
  ['name', '<a:b:c xmlns:a="urn:u"/>'],
  ['name', '<a:/>'],
  ['name', '<:a/>'],
  ['name', '<a:1 xmlns:a="urn:u"/>'],
  ['name', '<a -b="1"/>'],
  ['tag', '<a b=1/>'],
  ['tag', '<a b/>'],
  ['tag', '<a b="1"c="2"/>'],
  ['tag', '<a b="<"/>'],
  ['tag', '<a b="1/>'],
  ['tag', '<a'],
  ['tag', '<a / >'],
  ['tag', '<a></b>'],
  ['tag', '<a></ab>'],
  ['tag', '<a></a b="1">'],
  ['tag', '<a><b></a></b>'],
  ['structure', '<a>'],
  ['structure', '<a/><b/>'],
  ['structure', '<a/>x'],
  ['structure', 'x<a/>'],
  ['structure', ''],
  ['structure', '<!-- only -->'],
  ['declaration', '<?xml version="1.1"?><a/>'],
  ['declaration', '<?xml encoding="UTF-8"?><a/>'],
  ['declaration', '<?xml version="1.0" encoding="windows-1251"?><a/>'],
  ['declaration', '<?xml version="1.0" standalone="maybe"?><a/>'],
  ['declaration', '<?xml version="1.0" standalone="yes" encoding="UTF-8"?><a/>'],
])('refuses as %s: %s', (fault, source) => {
  expect(refused(source).fault).toBe(fault);
});

test.each<[XmlFault, Partial<typeof defaultXmlLimits>, string]>([
  ['too-large', { maxLength: 7 }, '<a></a> '],
  ['too-deep', { maxDepth: 3 }, '<a><a><a><a></a></a></a></a>'],
  ['too-many-elements', { maxElements: 2 }, '<a><b/><c/></a>'],
  ['too-many-attributes', { maxAttributes: 2 }, '<a b="1" c="2" d="3"/>'],
  ['name-too-long', { maxNameLength: 3 }, '<abcd/>'],
  ['too-many-namespaces', { maxNamespaces: 2 }, '<a xmlns:b="urn:b"><a xmlns:c="urn:c"/></a>'],
])('has a limit: %s', (fault, limits, source) => {
  expect(refused(source, limits).fault).toBe(fault);
  expect(readXml(source).root.name.length).toBeGreaterThan(0);
});

test('refuses octets that are not UTF-8', () => {
  expect(refused(Buffer.from('<a>\xe4</a>', 'latin1')).fault).toBe('not-utf8');
  expect(refused(Buffer.from('3c613eeda0803c2f613e', 'hex')).fault).toBe('not-utf8');
  expect(refused(Buffer.from('\ufeff<a/>', 'utf16le')).fault).toBe('not-utf8');
});

test('an error says where, counts characters, and repeats nothing of the text', () => {
  const error = refused('<?xml version="1.0"?>\r\n<секрет>\r\r\n\n<x>😀Иванов &oops; Иван</x>');
  expect([error.line, error.column]).toEqual([5, 12]);
  expect(error.message).toBe(
    'XML, line 5, column 12: only &amp; &lt; &gt; &quot; &apos; and numbers are known; write the character itself.',
  );
  expect(error.facts.details).toEqual({ fault: 'entity', line: 5, column: 12 });
});

test('drops a byte order mark and keeps the rest of the text as it is', () => {
  const text = '<?xml version="1.0" encoding="utf-8"?>\r\n<a >\r\n</a >\r\n';
  expect(readXml(Buffer.from(`\ufeff${text}`)).source).toBe(text);
  expect(readXml(text).source).toBe(text);
});

test('positions cut the elements out of the text', () => {
  const { source, root } = readXml('<!-- < --><p:a xmlns:p="urn:u" b=">"> <c/><d >текст</d > </p:a>\n');
  const [c, d] = root.children.filter((child) => child.kind === 'element') as [XmlElement, XmlElement];
  const cut = ({ start, contentStart, contentEnd, end }: XmlElement) => [
    source.slice(start, end),
    source.slice(contentStart, contentEnd),
  ];
  expect(cut(root)).toEqual(['<p:a xmlns:p="urn:u" b=">"> <c/><d >текст</d > </p:a>', ' <c/><d >текст</d > ']);
  expect(cut(c)).toEqual(['<c/>', '']);
  expect(cut(d)).toEqual(['<d >текст</d >', 'текст']);
});

test('resolves references and normalises line ends and blanks in attributes', () => {
  const { root } = readXml(
    `<a b="1\r\n2\t3\r4&#10;5&#13;&#9;&lt;&amp;'" c='"'>x\r\ny\rz&#13;&#x1F600;&gt;<![CDATA[&lt;\r\n]]></a>`,
  );
  expect(root.attributes.map(({ value }) => value)).toEqual([`1 2 3 4\n5\r\t<&'`, '"']);
  expect(root.children).toEqual([
    expect.objectContaining({ value: 'x\ny\nz\r😀>' }),
    expect.objectContaining({ value: '&lt;\n' }),
  ]);
});

test('finds the namespaces of elements and attributes', () => {
  const { root } = readXml(
    '<a xmlns="urn:1" xmlns:p="urn:2" p:x="" y=""><p:b xmlns:p="urn:3" p:x=""/><c xmlns="" xml:lang=""/></a>',
  );
  const [b, c] = root.children as [XmlElement, XmlElement];
  const of = ({ namespace, attributes }: XmlElement) => [
    namespace,
    ...attributes.map((a) => `${a.namespace}|${a.local}`),
  ];
  expect([of(root), of(b), of(c)]).toEqual([
    ['urn:1', 'urn:2|x', '|y'],
    ['urn:3', 'urn:3|x'],
    ['', 'http://www.w3.org/XML/1998/namespace|lang'],
  ]);
});

test('keeps comments and instructions around the root', () => {
  const { children, root } = readXml('<?xml version="1.0"?>\n<!-- 1 --><?go on?><a/><!-- 2 -->\n');
  expect(children.map(({ kind }) => kind)).toEqual(['comment', 'instruction', 'element', 'comment']);
  expect(children[2]).toBe(root);
});

test('a fragment inherits the namespaces of its place and leaves the place as it was', () => {
  const { root } = readXml('<a xmlns:p="urn:1"/>');
  const fragment = readFragment('<p:b><p:c/></p:b>', root);
  expect([fragment.namespace, fragment.parent, root.children.length]).toEqual(['urn:1', root, 0]);
  expect(() => readFragment('<q:b/>', root)).toThrow('prefix is not declared');
  expect(() => readFragment('<b/> ', root)).toThrow('something stands after the element');
});

test('time grows with the length of a document, not with its square', () => {
  // Each of these made an earlier draft search the rest of the text once an element.
  const count = 60_000;
  for (const [item, tail] of [
    ['<b>x</b>', '<c>&amp;</c>'],
    ['<b>x</b>', '<c><![CDATA[]]]]></c>'],
    ['<b>&amp;</b>', ''],
    ['<b c="&amp;"/>', '<!-- ; -->'],
  ]) {
    const { root } = readXml(`<a>${item?.repeat(count)}${tail}</a>`);
    expect(root.children.length).toBeGreaterThanOrEqual(count);
  }
});
