import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** An element with its names resolved: `{namespace}local`, whatever prefix the sender chose. */
export interface XmlElement {
  name: string;
  attributes: ReadonlyMap<string, string>;
  children: readonly XmlElement[];
  /** Own text, entities resolved; whitespace is kept, as it may be part of a value. */
  text: string;
}

/** Why a document is not read. `broken` = not whole or not XML; `refused` = it holds what could harm the reader. */
export class XmlFault extends Error {
  readonly reason: 'broken' | 'refused';
  constructor(reason: 'broken' | 'refused', message: string) {
    super(message);
    this.name = 'XmlFault';
    this.reason = reason;
  }
}

const DEEPEST = 32;
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  trimValues: false,
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  cdataPropName: '#cdata',
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: DEEPEST,
});

type Raw = Readonly<Record<string, unknown>>;

/**
 * The root element of a document. Document types and entities of the sender's own are refused, as are documents over
 * `maxLength` characters or deeper than 32 elements.
 *
 * @throws XmlFault
 */
export function parseXml(xml: string, maxLength: number): XmlElement {
  if (xml.length > maxLength) throw new XmlFault('refused', `The document is longer than ${maxLength} characters.`);
  if (/<!DOCTYPE|<!ENTITY/i.test(xml)) throw new XmlFault('refused', 'The document declares a type or entities.');
  // The parser itself would take half a document for a whole one.
  if (XMLValidator.validate(xml) !== true) throw new XmlFault('broken', 'The document is cut or is not XML.');
  const roots = nodesOf(xml).filter((node) => elementName(node) !== undefined);
  const [root] = roots;
  if (!root || roots.length > 1) throw new XmlFault('broken', 'The document has no root element, or several.');
  return resolve(root, new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]), DEEPEST);
}

function nodesOf(xml: string): Raw[] {
  try {
    return parser.parse(xml) as Raw[];
  } catch (cause) {
    throw new XmlFault('refused', `The document is not read: ${cause instanceof Error ? cause.message : 'no reason'}.`);
  }
}

function elementName(node: Raw): string | undefined {
  return Object.keys(node).find((name) => !name.startsWith('#') && name !== ':@');
}

function resolve(node: Raw, outer: ReadonlyMap<string, string>, deeper: number): XmlElement {
  if (deeper === 0) throw new XmlFault('refused', `The document is deeper than ${DEEPEST} elements.`);
  const tag = elementName(node) ?? '';
  const raw = Object.entries((node[':@'] ?? {}) as Readonly<Record<string, string>>);
  const scope = new Map(outer);
  for (const [name, value] of raw)
    if (name === 'xmlns' || name.startsWith('xmlns:')) scope.set(name.slice(6), unescaped(value));
  const parts = node[tag] as readonly Raw[];
  return {
    name: qualified(tag, scope, scope.get('') ?? ''),
    attributes: new Map(
      raw
        .filter(([name]) => name !== 'xmlns' && !name.startsWith('xmlns:'))
        .map(([name, value]) => [qualified(name, scope, ''), unescaped(value)]),
    ),
    children: parts.filter((part) => elementName(part) !== undefined).map((part) => resolve(part, scope, deeper - 1)),
    text: parts.map(textOf).join(''),
  };
}

/** @param standard namespace of a name without prefix; attributes have none then */
function qualified(name: string, scope: ReadonlyMap<string, string>, standard: string): string {
  const [prefix, local] = name.includes(':') ? name.split(':', 2) : [undefined, name];
  const namespace = prefix === undefined ? standard : scope.get(prefix);
  if (namespace === undefined) throw new XmlFault('broken', `The prefix ${prefix} is not declared.`);
  return namespace === '' ? (local ?? '') : `{${namespace}}${local}`;
}

function textOf(part: Raw): string {
  if (typeof part['#text'] === 'string') return unescaped(part['#text']);
  if (Array.isArray(part['#cdata']))
    return (part['#cdata'] as Raw[]).map((inner) => String(inner['#text'] ?? '')).join('');
  return '';
}

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The five entities of XML and character references, each resolved once. @throws XmlFault for any other */
function unescaped(text: string): string {
  return text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|\w+);/gi, (whole, body: string) => {
    const point = /^#x/i.test(body) ? Number.parseInt(body.slice(2), 16) : Number.parseInt(body.slice(1), 10);
    const sign = body.startsWith('#') ? (point <= 0x10ffff ? String.fromCodePoint(point) : undefined) : named[body];
    if (sign === undefined) throw new XmlFault('broken', `The entity ${whole} is not known.`);
    return sign;
  });
}
