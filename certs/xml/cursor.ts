import { endOfName, isBlank, isCharacter } from './characters.ts';
import type { XmlLimits } from './limits.ts';
import { XmlText } from './nodes.ts';
import { type QualifiedName, QualifiedNames } from './qualified-names.ts';
import { XmlError, type XmlFault } from './xml-error.ts';

const LF = 0x0a;
const CR = 0x0d;
const predefined: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** What character data may hold that makes its value or its canonical form differ from what stands there, by UTF-16 unit. */
const REFERENCE = 1;
const ANGLE = 2;
const RETURN = 4;
const textUnits = new Uint8Array(0x10000);
textUnits[0x26] = REFERENCE;
textUnits[0x3e] = ANGLE;
textUnits[CR] = RETURN;

/** Reads the small parts of XML off a text: blanks, names, attribute values, character data. */
export class Cursor {
  readonly source: string;
  /** The same in UTF-16 units: an element of an array is read several times as fast as a character of a string. */
  readonly units: Uint16Array;
  readonly limits: XmlLimits;
  position = 0;
  readonly #names: QualifiedNames;

  constructor(source: string, units: Uint16Array, limits: XmlLimits) {
    this.source = source;
    this.units = units;
    this.limits = limits;
    this.#names = new QualifiedNames(source, units);
  }

  error(fault: XmlFault, message: string, position = this.position): XmlError {
    return new XmlError(fault, message, this.source, position);
  }

  fail(fault: XmlFault, message: string, position = this.position): never {
    throw this.error(fault, message, position);
  }

  startsWith(text: string): boolean {
    return this.source.startsWith(text, this.position);
  }

  /** @returns whether there was a blank */
  skipBlanks(): boolean {
    const { units, position: from } = this;
    let at = from;
    while (at < units.length && isBlank(units[at] as number)) at++;
    this.position = at;
    return at > from;
  }

  /** Passes `text` or fails with `message`. */
  expect(text: string, fault: XmlFault, message: string): void {
    if (!this.startsWith(text)) this.fail(fault, message);
    this.position += text.length;
  }

  /** A name without a colon. */
  ncName(): string {
    const from = this.position;
    this.#passNcName();
    this.#checkNameLength(from);
    return this.source.slice(from, this.position);
  }

  /** A name with at most one colon. */
  qualifiedName(): QualifiedName {
    const { units } = this;
    const from = this.position;
    this.#passNcName();
    let colon = -1;
    if (units[this.position] === 0x3a) {
      colon = this.position - from;
      this.position++;
      this.#passNcName();
      if (units[this.position] === 0x3a)
        this.fail('name', 'a name has two colons; namespaces allow one.', this.position);
    }
    this.#checkNameLength(from);
    return this.#names.read(from, this.position, colon);
  }

  #passNcName(): void {
    const end = endOfName(this.units, this.position);
    if (end === this.position)
      this.fail('name', 'a name is expected here; a literal "<" or "&" in data is written "&lt;" or "&amp;".');
    this.position = end;
  }

  #checkNameLength(from: number): void {
    if (this.position - from > this.limits.maxNameLength)
      this.fail('name-too-long', `a name is longer than ${this.limits.maxNameLength} characters.`, from);
  }

  /** A quoted value, normalised: each blank that stands there itself becomes a space, line ends count once, references are resolved. */
  attributeValue(): string {
    const { source, units } = this;
    const quote = units[this.position];
    if (quote !== 0x22 && quote !== 0x27) this.fail('tag', 'an attribute has no quoted value; write name="value".');
    const from = ++this.position;
    let plain = true;
    for (let at = from; ; at++) {
      const unit = units[at];
      if (unit === quote) {
        this.position = at + 1;
        if (plain) return source.slice(from, at);
        return this.#resolve(from, at, (raw) => raw.replace(/\r\n|[\t\n\r]/g, ' '));
      }
      if (unit === 0x3c) this.fail('tag', 'an attribute value holds "<"; write "&lt;".', at);
      if (unit === 0x26 || unit === 0x09 || unit === LF || unit === CR) plain = false;
      if (unit === undefined) this.fail('tag', 'the text ends inside an attribute value.', from);
    }
  }

  /** Character data up to the next "<", which may stand at the cursor itself: undefined then. */
  text(): XmlText | undefined {
    const { source, units, position: from } = this;
    let to = from;
    let found = 0;
    for (let unit = units[to]; unit !== 0x3c; unit = units[++to]) {
      if (unit === undefined) this.fail('structure', 'the text ends before an element is closed.', source.length);
      found |= textUnits[unit] as number;
    }
    if (to === from) return undefined;
    this.position = to;
    if (found === 0) return new XmlText(source.slice(from, to), from, to);
    if (found & ANGLE) {
      const end = source.slice(from, to).indexOf(']]>');
      if (end >= 0) this.fail('text', 'text holds "]]>"; write "]]&gt;".', from + end);
    }
    const value = found & REFERENCE ? this.#resolve(from, to, withLineFeeds) : this.lines(from, to);
    const isCanonical = found === REFERENCE && this.#areReferencesCanonical(from, to);
    return isCanonical ? new XmlText(value, from, to) : new XmlText(value);
  }

  /** Whether references that were found to be right are all written as the canonical form writes them in character data. */
  #areReferencesCanonical(from: number, to: number): boolean {
    const { source } = this;
    for (let at = source.indexOf('&', from); at >= 0 && at < to; at = source.indexOf('&', at + 1))
      if (!source.startsWith('amp;', at + 1) && !source.startsWith('lt;', at + 1) && !source.startsWith('gt;', at + 1))
        return false;
    return true;
  }

  /** The raw text between two positions with its line ends made `\n`. */
  lines(from: number, to: number): string {
    return withLineFeeds(this.source.slice(from, to));
  }

  /** Replaces references between two positions; what stands between them goes through `literal`. */
  #resolve(from: number, to: number, literal: (raw: string) => string): string {
    const { source } = this;
    let out = '';
    let at = from;
    for (;;) {
      const ampersand = source.indexOf('&', at);
      if (ampersand < 0 || ampersand >= to) return out + literal(source.slice(at, to));
      const semicolon = source.indexOf(';', ampersand);
      // The longest that is allowed is &#x10FFFF; leading zeros make it longer, so be generous.
      if (semicolon < 0 || semicolon >= to || semicolon - ampersand > 32)
        this.fail('entity', 'an "&" begins no reference; write "&amp;".', ampersand);
      out += literal(source.slice(at, ampersand)) + this.#reference(source.slice(ampersand + 1, semicolon), ampersand);
      at = semicolon + 1;
    }
  }

  #reference(name: string, position: number): string {
    const number = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(name);
    if (number) {
      const codePoint = number[1] ? Number.parseInt(number[1], 16) : Number.parseInt(number[2] as string, 10);
      if (!isCharacter(codePoint))
        this.fail('character', 'a reference names a character that XML forbids; take it out.', position);
      return String.fromCodePoint(codePoint);
    }
    if (Object.hasOwn(predefined, name)) return predefined[name] as string;
    this.fail(
      'entity',
      'only &amp; &lt; &gt; &quot; &apos; and numbers are known; write the character itself.',
      position,
    );
  }
}

function withLineFeeds(raw: string): string {
  return raw.includes('\r') ? raw.replace(/\r\n?/g, '\n') : raw;
}
