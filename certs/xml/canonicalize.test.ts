import { expect, test } from '@jest/globals';
import { type Canonicalization, canonicalize, canonicalOctets } from './canonicalize.ts';
import { compareCodePoints } from './code-point-order.ts';
import { elementsById } from './find.ts';
import type { XmlElement } from './nodes.ts';
import { readXml } from './read.ts';

const form = (source: string, how: Canonicalization): string => {
  const xml = readXml(source);
  return canonicalize(elementsById(xml).get('t')?.[0] ?? xml, how);
};

test('exclusive form of a document keeps instructions around the root and drops comments unless they are wanted', () => {
  const source = '<?xml version="1.0"?>\n<?go  on ?>\n<!-- 1 -->\n<a/>\n<?stop?><!-- 2 -->';
  expect(form(source, { mode: 'exclusive' })).toBe('<?go on ?>\n<a></a>\n<?stop?>');
  expect(form(source, { mode: 'exclusive', comments: 'keep' })).toBe(
    '<?go on ?>\n<!-- 1 -->\n<a></a>\n<?stop?>\n<!-- 2 -->',
  );
});

test('exclusive form declares where a prefix is used, and anew where it means something else', () => {
  const source =
    '<x xmlns="urn:0" xmlns:a="urn:1" xmlns:b="urn:2"><a:t Id="t" xml:lang="ru"><b:c/><b:c xmlns:b="urn:3"><b:d/></b:c><e xmlns=""/></a:t></x>';
  expect(form(source, { mode: 'exclusive' })).toBe(
    '<a:t xmlns:a="urn:1" Id="t" xml:lang="ru"><b:c xmlns:b="urn:2"></b:c><b:c xmlns:b="urn:3"><b:d></b:d></b:c><e></e></a:t>',
  );
});

test('prefixes of InclusiveNamespaces are declared where they are in scope, used or not', () => {
  const source =
    '<x xmlns="urn:0" xmlns:a="urn:1" xmlns:b="urn:2"><a:t Id="t"><a:c xmlns:b="urn:3"/><a:d xmlns=""/></a:t></x>';
  expect(form(source, { mode: 'exclusive', inclusivePrefixes: ['b', '', 'nowhere'] })).toBe(
    '<a:t xmlns="urn:0" xmlns:a="urn:1" xmlns:b="urn:2" Id="t"><a:c xmlns:b="urn:3"></a:c><a:d xmlns=""></a:d></a:t>',
  );
  expect(form(source, { mode: 'exclusive', inclusivePrefixes: ['b'] })).toBe(
    '<a:t xmlns:a="urn:1" xmlns:b="urn:2" Id="t"><a:c xmlns:b="urn:3"></a:c><a:d></a:d></a:t>',
  );
});

test('inclusive form of an element inherits namespaces and xml attributes, the nearest first', () => {
  const source =
    '<x xml:lang="en" xml:space="preserve" xmlns:b="urn:2"><y xml:lang="ru" xmlns="urn:1"><t Id="t" xml:base="urn:b"><z xmlns="urn:1" xmlns:b="urn:2"/></t></y></x>';
  expect(form(source, { mode: 'inclusive' })).toBe(
    '<t xmlns="urn:1" xmlns:b="urn:2" Id="t" xml:base="urn:b" xml:lang="ru" xml:space="preserve"><z></z></t>',
  );
});

test('a default namespace is taken back only where one was written', () => {
  expect(form('<a xmlns=""><b xmlns="urn:1"><c xmlns=""/></b></a>', { mode: 'inclusive' })).toBe(
    '<a><b xmlns="urn:1"><c xmlns=""></c></b></a>',
  );
});

test('special characters are written the one canonical way, also in names of namespaces', () => {
  const source = `<a xmlns='http://x.invalid/?a&amp;b&quot;' b='>&lt;&amp;"&#9;&#10;&#13;'>&#13;\r\n&gt;"<![CDATA[<&]]></a>`;
  expect(form(source, { mode: 'inclusive' })).toBe(
    '<a xmlns="http://x.invalid/?a&amp;b&quot;" b=">&lt;&amp;&quot;&#x9;&#xA;&#xD;">&#xD;\n&gt;"&lt;&amp;</a>',
  );
});

test('a subtree can be left out, the apex too', () => {
  const xml = readXml('<a xmlns:p="urn:1"> <p:b/> <p:c/></a>');
  const [, b] = xml.root.children as [unknown, XmlElement];
  expect(canonicalize(xml.root, { mode: 'exclusive', without: b })).toBe('<a>  <p:c xmlns:p="urn:1"></p:c></a>');
  expect(canonicalize(b, { mode: 'exclusive', without: b })).toBe('');
});

test('names are ordered by code points, not by UTF-16 units', () => {
  expect(form('<a \u{10000}="1" \uf900="2" z="3"/>', { mode: 'inclusive' })).toBe(
    '<a z="3" \uf900="2" \u{10000}="1"></a>',
  );
  expect(['b', 'a', 'ab', '\u{10000}', '\uffee', ''].sort(compareCodePoints)).toEqual([
    '',
    'a',
    'ab',
    'b',
    '\uffee',
    '\u{10000}',
  ]);
});

test('the octets are those of the text, whatever lengths of it are copied from the source', () => {
  const copied = '<c>дом &amp; сад 𝄞</c>'.repeat(400);
  const rewritten = "<d b='2' a='1'/>&#13;𝄞<e ></e >";
  const xml = readXml(Buffer.from(`<a>${copied}${rewritten}${copied}${rewritten}${rewritten}${copied}</a>`));
  const text = canonicalize(xml, { mode: 'exclusive' });
  const canonical = '<d a="1" b="2"></d>&#xD;𝄞<e></e>';
  expect(text).toBe(`<a>${copied}${canonical}${copied}${canonical}${canonical}${copied}</a>`);
  expect(Buffer.from(canonicalOctets(xml, { mode: 'exclusive' })).equals(Buffer.from(text))).toBe(true);
});

test.each([
  ['&amp;&lt;&gt;', '&amp;&lt;&gt;'],
  ['&amp;&#60;', '&amp;&lt;'],
  ['&quot;&apos;', '"\''],
  ['&amp;>', '&amp;&gt;'],
  ['&#38;amp;', '&amp;amp;'],
])('the data %s have the form %s', (data, canonical) => {
  expect(form(`<a>${data}</a>`, { mode: 'inclusive' })).toBe(`<a>${canonical}</a>`);
});
