import { endOfName, isBlank, isCharacter } from './characters.ts';
import type { XmlLimits } from './limits.ts';
import { XmlText } from './nodes.ts';
import { XmlError, type XmlFault } from './xml-error.ts';

const LF = 0x0a;
const CR = 0x0d;
const predefined: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Reads the small parts of XML off a text: blanks, names, attribute values, character data. */
export class Cursor {
  readonly source: string;
  readonly limits: XmlLimits;
  position = 0;
  /** Where the colon of the last qualified name stood; -1 without one. */
  colon = -1;
  /** Found once for the whole text, so that runs of data are not searched again and again. */
  readonly #hasCr: boolean;
  /** The first one at or after what was read; -1 when none is left. */
  #nextAmpersand: number;
  #nextCdataEnd: number;

  constructor(source: string, limits: XmlLimits) {
    this.source = source;
    this.limits = limits;
    this.#hasCr = source.includes('\r');
    this.#nextAmpersand = source.indexOf('&');
    this.#nextCdataEnd = source.indexOf(']]>');
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
    const { source, position: from } = this;
    let at = from;
    while (at < source.length && isBlank(source.charCodeAt(at))) at++;
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

  /** A name with at most one colon; `colon` tells where. */
  qualifiedName(): string {
    const { source } = this;
    const from = this.position;
    this.#passNcName();
    this.colon = -1;
    if (source.charCodeAt(this.position) === 0x3a) {
      this.colon = this.position - from;
      this.position++;
      this.#passNcName();
      if (source.charCodeAt(this.position) === 0x3a)
        this.fail('name', 'a name has two colons; namespaces allow one.', this.position);
    }
    this.#checkNameLength(from);
    return source.slice(from, this.position);
  }

  #passNcName(): void {
    const end = endOfName(this.source, this.position);
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
    const { source } = this;
    const quote = source.charCodeAt(this.position);
    if (quote !== 0x22 && quote !== 0x27) this.fail('tag', 'an attribute has no quoted value; write name="value".');
    const from = ++this.position;
    let plain = true;
    for (let at = from; ; at++) {
      const unit = source.charCodeAt(at);
      if (unit === quote) {
        this.position = at + 1;
        if (plain) return source.slice(from, at);
        return this.resolve(from, at, (raw) => raw.replace(/\r\n|[\t\n\r]/g, ' '));
      }
      if (unit === 0x3c) this.fail('tag', 'an attribute value holds "<"; write "&lt;".', at);
      if (unit === 0x26 || unit === 0x09 || unit === LF || unit === CR) plain = false;
      if (Number.isNaN(unit)) this.fail('tag', 'the text ends inside an attribute value.', from);
    }
  }

  /** Character data from the cursor up to `to`, which becomes the cursor. */
  text(to: number): XmlText {
    const { source } = this;
    const from = this.position;
    this.position = to;
    if (this.#nextCdataEnd >= 0 && this.#nextCdataEnd < from) this.#nextCdataEnd = source.indexOf(']]>', from);
    if (this.#nextCdataEnd >= 0 && this.#nextCdataEnd < to)
      this.fail('text', 'text holds "]]>"; write "]]&gt;".', this.#nextCdataEnd);
    if (this.#nextAmpersand >= 0 && this.#nextAmpersand < from) this.#nextAmpersand = source.indexOf('&', from);
    if (this.#nextAmpersand >= 0 && this.#nextAmpersand < to)
      return new XmlText(
        this.resolve(from, to, (raw) => (this.#hasCr ? withLineFeeds(raw) : raw)),
        -1,
      );
    const value = this.lines(from, to);
    // The next ">" is mostly that of the tag which follows.
    const angle = source.indexOf('>', from);
    return new XmlText(value, value.length === to - from && !this.#hasCr && (angle < 0 || angle > to) ? from : -1);
  }

  /** The raw text between two positions with its line ends made `\n`. */
  lines(from: number, to: number): string {
    const raw = this.source.slice(from, to);
    return this.#hasCr ? withLineFeeds(raw) : raw;
  }

  /** Replaces references between two positions; what stands between them goes through `literal`. */
  private resolve(from: number, to: number, literal: (raw: string) => string): string {
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
