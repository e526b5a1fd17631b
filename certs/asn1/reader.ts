import { DerFault } from './fault.ts';
import { tagName } from './tags.ts';

export interface DerLimits {
  /** Whole input, octets. */
  maxBytes: number;
  /** Nested constructed elements. */
  maxDepth: number;
  /** Elements in all. */
  maxElements: number;
}

/** Certificates, requests, signatures without content. Revocation lists have limits of their own. */
export const DER_LIMITS: DerLimits = { maxBytes: 64 * 1024 * 1024, maxDepth: 40, maxElements: 200_000 };

/** The largest length field that is read: four octets. */
const LENGTH_OCTETS = 4;

/** One element: where it lies in the input. Holds no copy. */
export class Element {
  readonly source: Uint8Array;
  readonly tag: number;
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;

  constructor(source: Uint8Array, tag: number, start: number, contentStart: number, end: number) {
    this.source = source;
    this.tag = tag;
    this.start = start;
    this.contentStart = contentStart;
    this.end = end;
  }

  /** Identifier, length and content octets, as they stand in the input; a view. */
  get der(): Uint8Array {
    return this.source.subarray(this.start, this.end);
  }

  /** Content octets; a view. */
  get content(): Uint8Array {
    return this.source.subarray(this.contentStart, this.end);
  }

  get length(): number {
    return this.end - this.contentStart;
  }

  get isConstructed(): boolean {
    return (this.tag & 0x20) !== 0;
  }

  /** The elements inside of a constructed one, in order. */
  *children(): Generator<Element> {
    if (!this.isConstructed) throw new DerFault('DER_UNEXPECTED', `${tagName(this.tag)} holds no other elements.`);
    for (let at = this.contentStart; at < this.end; ) {
      const child = readElement(this.source, at, this.end);
      yield child;
      at = child.end;
    }
  }
}

/**
 * The one element that fills the input, with everything inside of it checked for form (X.690 §10: definite lengths in
 * their shortest form) and against the limits, before anything is made of it.
 *
 * @throws DerFault and nothing else, whatever the octets
 */
export function parseDer(source: Uint8Array, limits: DerLimits = DER_LIMITS): Element {
  if (source.length > limits.maxBytes)
    throw new DerFault('DER_LIMIT', `The structure has ${source.length} octets; at most ${limits.maxBytes} are read.`);
  const root = readElement(source, 0, source.length);
  if (root.end !== source.length)
    throw new DerFault('DER_TRAILING', `${source.length - root.end} octets follow the structure.`);
  checkInside(root, limits);
  return root;
}

/** The element at an offset. */
export function readElement(source: Uint8Array, start: number, end: number): Element {
  const cut = () => new DerFault('DER_TRUNCATED', `The element at octet ${start} goes beyond its end at ${end}.`);
  if (start + 2 > end) throw cut();
  const tag = source[start] as number;
  if ((tag & 0x1f) === 0x1f)
    throw new DerFault('DER_UNEXPECTED', `Tag numbers over 30 occur in no structure read here (octet ${start}).`);
  const first = source[start + 1] as number;
  if (first < 0x80) {
    if (start + 2 + first > end) throw cut();
    return new Element(source, tag, start, start + 2, start + 2 + first);
  }
  if (first === 0x80)
    throw new DerFault(
      'DER_INDEFINITE',
      `The element at octet ${start} has an indefinite length (BER); the structure must be given in DER.`,
    );
  const octets = first & 0x7f;
  if (octets > LENGTH_OCTETS) throw new DerFault('DER_LIMIT', `The length at octet ${start + 1} is beyond 4 GiB.`);
  if (start + 2 + octets > end) throw cut();
  let length = 0;
  for (let i = 0; i < octets; i++) length = length * 256 + (source[start + 2 + i] as number);
  if (length < 0x80 || length < 256 ** (octets - 1))
    throw new DerFault('DER_NOT_CANONICAL', `The length at octet ${start + 1} is not in its shortest form.`);
  const contentStart = start + 2 + octets;
  if (contentStart + length > end) throw cut();
  return new Element(source, tag, start, contentStart, contentStart + length);
}

/** Walks everything inside without recursion, so that depth costs no stack. */
function checkInside(root: Element, { maxDepth, maxElements }: DerLimits): void {
  const ends = [root.end];
  let at = root.isConstructed ? root.contentStart : root.end;
  let count = 1;
  while (ends.length > 0) {
    const end = ends[ends.length - 1] as number;
    if (at >= end) {
      ends.pop();
      continue;
    }
    const element = readElement(root.source, at, end);
    if (++count > maxElements) throw new DerFault('DER_LIMIT', `The structure has over ${maxElements} elements.`);
    if (element.isConstructed) {
      if (ends.length >= maxDepth) throw new DerFault('DER_LIMIT', `The structure is over ${maxDepth} levels deep.`);
      ends.push(element.end);
      at = element.contentStart;
    } else at = element.end;
  }
}

/** Takes the elements of a SEQUENCE (or of whatever is constructed) one after the other. */
export class Fields {
  readonly #parent: Element;
  readonly #name: string;
  #at: number;

  /** @param name the structure as its standard calls it, for messages */
  constructor(parent: Element, name: string) {
    if (!parent.isConstructed)
      throw new DerFault('DER_UNEXPECTED', `${name}: ${tagName(parent.tag)} holds no other elements.`);
    this.#parent = parent;
    this.#name = name;
    this.#at = parent.contentStart;
  }

  get isEmpty(): boolean {
    return this.#at >= this.#parent.end;
  }

  /** The tag that comes next, or nothing at the end. */
  get nextTag(): number | undefined {
    return this.isEmpty ? undefined : this.#parent.source[this.#at];
  }

  /** The next element whatever it is. */
  any(field: string): Element {
    if (this.isEmpty) throw new DerFault('DER_UNEXPECTED', `${this.#name} has no ${field}.`);
    const element = readElement(this.#parent.source, this.#at, this.#parent.end);
    this.#at = element.end;
    return element;
  }

  /** The next element, which must have one of these tags. */
  take(field: string, ...tags: number[]): Element {
    const next = this.nextTag;
    if (next === undefined || !tags.includes(next))
      throw new DerFault(
        'DER_UNEXPECTED',
        `${this.#name}: ${next === undefined ? 'nothing' : tagName(next)} stands where ${field} (${tags.map(tagName).join(' or ')}) must.`,
      );
    return this.any(field);
  }

  /** The next element if it has one of these tags. */
  optional(...tags: number[]): Element | undefined {
    const next = this.nextTag;
    return next !== undefined && tags.includes(next) ? this.any('element') : undefined;
  }

  /** Nothing may follow. */
  end(): void {
    if (!this.isEmpty)
      throw new DerFault('DER_UNEXPECTED', `${this.#name}: ${tagName(this.nextTag ?? 0)} stands where nothing must.`);
  }
}

/** The fields of an element that must have this tag. */
export function fieldsOf(element: Element, tag: number, name: string): Fields {
  return new Fields(expectTag(element, tag, name), name);
}

export function expectTag(element: Element, tag: number, name: string): Element {
  if (element.tag !== tag)
    throw new DerFault('DER_UNEXPECTED', `${name} is ${tagName(element.tag)} and not ${tagName(tag)}.`);
  return element;
}
