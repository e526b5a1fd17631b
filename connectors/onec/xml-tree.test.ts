import { describe, expect, test } from '@jest/globals';
import { parseXml, XmlFault } from './xml-tree.ts';

const parse = (xml: string) => parseXml(xml, 10_000);
const reasonOf = (xml: string): string => {
  try {
    parse(xml);
    return 'read';
  } catch (error) {
    return error instanceof XmlFault ? error.reason : String(error);
  }
};

describe('an XML document', () => {
  test('is the same under any prefix', () => {
    const a = parse('<x:a xmlns:x="urn:1" x:t="1" u="2"><x:б>в</x:б></x:a>');
    const b = parse('<a xmlns="urn:1" xmlns:q="urn:1" q:t="1" u="2"><б>в</б></a>');
    expect(a).toEqual(b);
    expect(a.name).toBe('{urn:1}a');
    expect([...a.attributes]).toEqual([
      ['{urn:1}t', '1'],
      ['u', '2'],
    ]);
  });

  test('keeps whitespace, resolves entities once, and takes CDATA as it stands', () => {
    expect(parse('<a> г.\n Липецк </a>').text).toBe(' г.\n Липецк ');
    expect(parse('<a>&amp;lt; &#1071;&#x42F; &quot;</a>').text).toBe('&lt; ЯЯ "');
    expect(parse('<a>&lt;<![CDATA[&lt;<b>]]>.</a>').text).toBe('<&lt;<b>.');
    expect(parse('<a t="&quot;&amp;"/>').attributes.get('t')).toBe('"&');
  });

  test('does not turn text into numbers', () => {
    expect(parse('<a>007</a>').text).toBe('007');
    expect(parse('<a>1e3</a>').text).toBe('1e3');
  });

  test.each([
    ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'refused'],
    ['an external entity', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 'refused'],
    ['a document that is too long', `<a>${'x'.repeat(10_000)}</a>`, 'refused'],
    ['a document that is too deep', `${'<a>'.repeat(50)}${'</a>'.repeat(50)}`, 'refused'],
    ['half a document', '<a><b>1</b>', 'broken'],
    ['an end inside a tag', '<a><b>1</b', 'broken'],
    ['an undeclared prefix', '<x:a/>', 'broken'],
    ['an unknown entity', '<a>&nbsp;</a>', 'broken'],
    ['no document', '', 'broken'],
  ])('%s is not read', (_what, xml, reason) => expect(reasonOf(xml)).toBe(reason));
});
