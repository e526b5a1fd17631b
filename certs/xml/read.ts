import { Buffer, isAscii, isUtf8, transcode } from 'node:buffer';
import { forbiddenUnit, unitsOf, wordsOf } from './characters.ts';
import { Cursor } from './cursor.ts';
import { defaultXmlLimits, type XmlLimits } from './limits.ts';
import { namespaceOf, outermostScope, type RawAttribute, resolveAttributes } from './namespaces.ts';
import { XmlComment, XmlDocument, XmlElement, XmlInstruction, type XmlNode, XmlText } from './nodes.ts';
import { areSame } from './qualified-names.ts';
import { XmlError } from './xml-error.ts';

const nothing: readonly never[] = [];

/**
 * Reads a namespace-aware XML 1.0 document, strictly: no DTD, no entities but the five predefined ones, UTF-8 only. A byte order mark is
 * dropped. What this accepts has one meaning for every XML processor, which is what a signature needs.
 *
 * @throws XmlError with the place; the text is not well-formed, or larger than `limits` allow
 */
export function readXml(source: Uint8Array | string, limits: Partial<XmlLimits> = {}): XmlDocument {
  const cursor = cursorOver(source, { ...defaultXmlLimits, ...limits });
  const { root, around } = new Reader(cursor, undefined).document();
  return new XmlDocument(cursor.source, root, around);
}

/**
 * Reads one element as if it stood among the children of `parent`: namespaces and `xml:` attributes are inherited. `parent` itself does
 * not change. Nothing may stand around the element.
 */
export function readFragment(source: string, parent: XmlElement, limits: Partial<XmlLimits> = {}): XmlElement {
  const cursor = cursorOver(source, { ...defaultXmlLimits, ...limits });
  return new Reader(cursor, parent).fragment();
}

function cursorOver(source: Uint8Array | string, limits: XmlLimits): Cursor {
  if (source.length > limits.maxLength)
    throw new XmlError('too-large', `the document is larger than ${limits.maxLength} octets; send it in parts.`, '', 0);
  const { text, units } = typeof source === 'string' ? { text: source, units: unitsOf(source) } : decode(source);
  // A byte order mark.
  const from = units[0] === 0xfeff ? 1 : 0;
  const cursor = new Cursor(text.slice(from), units.subarray(from), limits);
  const forbidden = forbiddenUnit(cursor.units);
  if (forbidden >= 0) cursor.fail('character', 'a character that XML forbids; take it out.', forbidden);
  return cursor;
}

/** Checks first and then has `transcode` decode: six times as fast as a TextDecoder that is told to be fatal. */
function decode(octets: Uint8Array): { text: string; units: Uint16Array } {
  if (!isUtf8(octets)) throw new XmlError('not-utf8', 'the octets are not UTF-8; send the document in UTF-8.', '', 0);
  const utf16 = octets.length > 0 ? transcode(octets, 'utf8', 'utf16le') : Buffer.alloc(0);
  // Latin letters take half the place in a string that holds nothing else.
  const text = isAscii(octets)
    ? Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1')
    : utf16.toString('utf16le');
  return { text, units: wordsOf(utf16) };
}

class Reader {
  readonly #cursor: Cursor;
  readonly #within: XmlElement | undefined;
  #elements = 0;

  constructor(cursor: Cursor, within: XmlElement | undefined) {
    this.#cursor = cursor;
    this.#within = within;
  }

  document(): { root: XmlElement; around: XmlNode[] } {
    const cursor = this.#cursor;
    this.#declaration();
    const around: XmlNode[] = [];
    this.#misc(around);
    if (cursor.position >= cursor.source.length) cursor.fail('structure', 'the document has no element.');
    const root = this.#tree();
    around.push(root);
    this.#misc(around);
    if (cursor.position < cursor.source.length)
      cursor.fail('structure', 'something stands after the root element; a document has one.');
    return { root, around };
  }

  fragment(): XmlElement {
    const cursor = this.#cursor;
    if (!cursor.startsWith('<')) cursor.fail('structure', 'an element is expected.');
    const element = this.#tree();
    if (cursor.position < cursor.source.length) cursor.fail('structure', 'something stands after the element.');
    return element;
  }

  /** `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`, which only the very beginning may hold. */
  #declaration(): void {
    const cursor = this.#cursor;
    const match = /^<\?xml(?=[ \t\r\n?])([^?]*)\?>/.exec(cursor.source.slice(0, 200));
    if (!match) return;
    const parts =
      /^[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"([^"]*)"|'([^']*)')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"([^"]*)"|'([^']*)'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*$/.exec(
        match[1] as string,
      );
    if (!parts) throw cursor.error('declaration', 'write <?xml version="1.0" encoding="UTF-8"?>.');
    if ((parts[1] ?? parts[2]) !== '1.0') cursor.fail('declaration', 'only XML 1.0 is read.');
    const encoding = parts[3] ?? parts[4];
    if (encoding !== undefined && encoding.toLowerCase() !== 'utf-8')
      cursor.fail('declaration', 'another encoding is declared; only UTF-8 is read.');
    cursor.position = match[0].length;
  }

  /** Blanks, comments and instructions outside of the root. */
  #misc(into: XmlNode[]): void {
    const cursor = this.#cursor;
    for (;;) {
      cursor.skipBlanks();
      if (cursor.startsWith('<!--')) into.push(this.#comment());
      else if (cursor.startsWith('<?')) into.push(this.#instruction());
      else break;
    }
    const { source, position } = cursor;
    if (cursor.startsWith('<!'))
      cursor.fail('doctype', 'a document type (DOCTYPE) or CDATA is not accepted here; take it out.');
    if (position < source.length && source.charCodeAt(position) !== 0x3c)
      cursor.fail('structure', 'text stands outside of the root element.');
  }

  /** One element with all that is in it, without recursion. */
  #tree(): XmlElement {
    const cursor = this.#cursor;
    const { units } = cursor;
    const top = this.#startTag(this.#within);
    const open: XmlElement[] = [];
    let current = top;
    if (top.end === 0) open.push(top);
    while (open.length > 0) {
      const text = cursor.text();
      if (text) current.children.push(text);
      const unit = units[cursor.position + 1];
      if (unit === 0x2f) {
        this.#endTag(current);
        open.pop();
        current = open.at(-1) ?? top;
      } else if (unit === 0x21) {
        if (cursor.startsWith('<!--')) current.children.push(this.#comment());
        else if (cursor.startsWith('<![CDATA[')) current.children.push(this.#cdata());
        else cursor.fail('doctype', 'a declaration ("<!…") is not accepted; only comments and CDATA begin so.');
      } else if (unit === 0x3f) {
        current.children.push(this.#instruction());
      } else {
        const element = this.#startTag(current);
        current.children.push(element);
        if (element.end === 0) {
          open.push(element);
          if (open.length > cursor.limits.maxDepth)
            cursor.fail('too-deep', `elements are nested more than ${cursor.limits.maxDepth} deep.`, element.start);
          current = element;
        }
      }
    }
    return top;
  }

  /** `end` stays 0 when content follows. */
  #startTag(parent: XmlElement | undefined): XmlElement {
    const cursor = this.#cursor;
    const { source, units, limits } = cursor;
    const start = cursor.position;
    if (++this.#elements > limits.maxElements)
      cursor.fail('too-many-elements', `there are more than ${limits.maxElements} elements; send them in parts.`);
    cursor.position++;
    const { text: name, prefix, local } = cursor.qualifiedName();
    let raw: RawAttribute[] | undefined;
    let empty = false;
    for (;;) {
      const blank = cursor.skipBlanks();
      const unit = units[cursor.position];
      if (unit === 0x3e) {
        cursor.position++;
        break;
      }
      if (unit === 0x2f) {
        cursor.expect('/>', 'tag', 'a "/" in a tag must be followed by ">".');
        empty = true;
        break;
      }
      if (unit === undefined) cursor.fail('tag', 'the text ends inside a tag.', start);
      if (!blank) cursor.fail('tag', 'a blank is missing before an attribute.');
      raw ??= [];
      if (raw.length >= limits.maxAttributes)
        cursor.fail('too-many-attributes', `an element has more than ${limits.maxAttributes} attributes.`);
      raw.push(this.#attribute());
    }
    const outer = parent ? parent.scope : outermostScope;
    const resolved = raw && resolveAttributes(raw, outer, cursor);
    const scope = resolved ? resolved.scope : outer;
    if (prefix === 'xmlns') cursor.fail('reserved-namespace', 'the prefix xmlns names no element.', start);
    const namespace = prefix ? namespaceOf(prefix, scope, cursor, start) : (scope.get('') ?? '');
    const contentStart = cursor.position;
    const element = new XmlElement(
      source,
      name,
      prefix,
      local,
      namespace,
      resolved ? resolved.attributes : nothing,
      resolved ? resolved.declarations : nothing,
      scope,
      parent,
      start,
      contentStart,
    );
    if (empty) {
      element.contentEnd = contentStart;
      element.end = contentStart;
    }
    return element;
  }

  #attribute(): RawAttribute {
    const cursor = this.#cursor;
    const position = cursor.position;
    const name = cursor.qualifiedName();
    cursor.skipBlanks();
    cursor.expect('=', 'tag', 'an attribute has no value; write name="value".');
    cursor.skipBlanks();
    return { name, value: cursor.attributeValue(), position };
  }

  #endTag(element: XmlElement): void {
    const cursor = this.#cursor;
    element.contentEnd = cursor.position;
    cursor.position += 2;
    // The name of the start tag stands after its "<".
    if (!areSame(cursor.units, element.start + 1, cursor.position, element.name.length))
      cursor.fail('tag', 'the end tag is not that of the element which is open.');
    cursor.position += element.name.length;
    cursor.skipBlanks();
    cursor.expect('>', 'tag', 'the end tag is not that of the element which is open.');
    element.end = cursor.position;
  }

  #comment(): XmlComment {
    const cursor = this.#cursor;
    const from = cursor.position + 4;
    const dashes = cursor.source.indexOf('--', from);
    if (dashes < 0) cursor.fail('comment', 'a comment is not closed by "-->".');
    if (cursor.source.charCodeAt(dashes + 2) !== 0x3e)
      cursor.fail('comment', 'a comment holds "--"; only its end may.', dashes);
    cursor.position = dashes + 3;
    return new XmlComment(cursor.lines(from, dashes));
  }

  #cdata(): XmlText {
    const cursor = this.#cursor;
    const from = cursor.position + 9;
    const end = cursor.source.indexOf(']]>', from);
    if (end < 0) cursor.fail('cdata', 'a CDATA section is not closed by "]]>".');
    cursor.position = end + 3;
    return new XmlText(cursor.lines(from, end));
  }

  #instruction(): XmlInstruction {
    const cursor = this.#cursor;
    const start = cursor.position;
    cursor.position += 2;
    const target = cursor.ncName();
    if (target.toLowerCase() === 'xml')
      cursor.fail('instruction', 'an XML declaration may stand only at the very beginning.', start);
    const end = cursor.source.indexOf('?>', cursor.position);
    if (end < 0) cursor.fail('instruction', 'an instruction is not closed by "?>".', start);
    if (end > cursor.position && !cursor.skipBlanks())
      cursor.fail('instruction', 'a blank is missing after the target of an instruction.');
    const from = Math.min(cursor.position, end);
    cursor.position = end + 2;
    return new XmlInstruction(target, cursor.lines(from, end));
  }
}
