import { DerFault } from './fault.ts';
import { type Element, expectTag } from './reader.ts';
import * as tag from './tags.ts';

/** More octets than any number in these structures has: RSA of 16384 bits with its sign octet. */
const MAX_INTEGER_OCTETS = 2049;
const MAX_OID_OCTETS = 64;

/** Dotted form of an object identifier, whatever its tag (implicit ones occur). */
export function readOid(element: Element, name = 'The object identifier'): string {
  const octets = expectTag(element, tag.OBJECT_IDENTIFIER, name).content;
  return oidOfContent(octets, name);
}

/** Content octets of an object identifier as text. */
export function oidOfContent(octets: Uint8Array, name: string): string {
  if (octets.length === 0 || octets.length > MAX_OID_OCTETS)
    throw new DerFault('DER_VALUE', `${name} has ${octets.length} octets.`);
  const arcs: bigint[] = [];
  let arc = 0n;
  let fresh = true;
  for (const octet of octets) {
    if (fresh && octet === 0x80) throw new DerFault('DER_NOT_CANONICAL', `${name} has an arc with leading zeros.`);
    arc = (arc << 7n) | BigInt(octet & 0x7f);
    fresh = (octet & 0x80) === 0;
    if (fresh) {
      arcs.push(arc);
      arc = 0n;
    }
  }
  if (!fresh) throw new DerFault('DER_TRUNCATED', `${name} ends inside of an arc.`);
  const head = arcs[0] as bigint;
  const first = head < 40n ? 0n : head < 80n ? 1n : 2n;
  return [first, head - first * 40n, ...arcs.slice(1)].join('.');
}

/** An INTEGER (or ENUMERATED, or an implicit one) of any size, with its sign. */
export function readInteger(element: Element, name: string): bigint {
  const octets = element.content;
  if (octets.length === 0) throw new DerFault('DER_VALUE', `${name} is a number without octets.`);
  if (octets.length > MAX_INTEGER_OCTETS) throw new DerFault('DER_LIMIT', `${name} has ${octets.length} octets.`);
  const [first = 0, second = 0] = octets;
  if (octets.length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)))
    throw new DerFault('DER_NOT_CANONICAL', `${name} is not in its shortest form.`);
  const value = BigInt(`0x${Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('hex')}`);
  return first >= 0x80 ? value - (1n << BigInt(octets.length * 8)) : value;
}

/** A number that must lie in 0…max. */
export function readSmallInteger(element: Element, name: string, max = 0x7fffffff): number {
  const value = readInteger(element, name);
  if (value < 0n || value > BigInt(max)) throw new DerFault('DER_VALUE', `${name} is ${value}, not in 0…${max}.`);
  return Number(value);
}

export function readBoolean(element: Element, name: string): boolean {
  const [value] = element.content;
  if (element.length !== 1) throw new DerFault('DER_VALUE', `${name} is not one octet.`);
  if (value !== 0 && value !== 0xff) throw new DerFault('DER_NOT_CANONICAL', `${name} is neither 00 nor FF.`);
  return value === 0xff;
}

/** The octets of a BIT STRING that has no unused bits: keys and signatures. */
export function readBitOctets(element: Element, name: string): Uint8Array {
  const { unused, octets } = readBits(element, name);
  if (unused !== 0) throw new DerFault('DER_VALUE', `${name} does not end at a whole octet.`);
  return octets;
}

/** A BIT STRING of named bits. Bit 0 is the highest of the first octet. */
export function readBits(
  element: Element,
  name: string,
): { unused: number; octets: Uint8Array; has(bit: number): boolean } {
  const content = element.content;
  const unused = content[0];
  if (unused === undefined || unused > 7 || (content.length === 1 && unused !== 0))
    throw new DerFault('DER_VALUE', `${name} has a wrong count of unused bits.`);
  const octets = content.subarray(1);
  if (unused > 0 && ((octets[octets.length - 1] as number) & ((1 << unused) - 1)) !== 0)
    throw new DerFault('DER_NOT_CANONICAL', `${name} has unused bits that are set.`);
  return { unused, octets, has: (bit) => (((octets[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1 };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf16 = new TextDecoder('utf-16be', { fatal: true, ignoreBOM: true });

/** Text of any of the string types of X.520. Teletex strings are read as Latin-1, as everybody does. */
export function readText(element: Element, name: string): string {
  const octets = element.content;
  try {
    switch (element.tag) {
      case tag.UTF8_STRING:
        return utf8.decode(octets);
      case tag.BMP_STRING:
        if (octets.length % 2 !== 0) break;
        return utf16.decode(octets);
      case tag.UNIVERSAL_STRING:
        return universal(octets, name);
      case tag.PRINTABLE_STRING:
      case tag.NUMERIC_STRING:
      case tag.IA5_STRING:
      case tag.VISIBLE_STRING:
        if (octets.some((octet) => octet >= 0x80)) break;
        return Buffer.from(octets).toString('latin1');
      case tag.TELETEX_STRING:
        return Buffer.from(octets).toString('latin1');
      default:
        throw new DerFault('DER_UNEXPECTED', `${name} is ${tag.tagName(element.tag)} and not a text.`);
    }
  } catch (error) {
    if (error instanceof DerFault) throw error;
    throw new DerFault('DER_VALUE', `${name} is no text in its encoding.`, { cause: error });
  }
  throw new DerFault('DER_VALUE', `${name} has octets that its string type does not allow.`);
}

export function isText(element: Element): boolean {
  return TEXTS.has(element.tag);
}

const TEXTS: ReadonlySet<number> = new Set([
  tag.UTF8_STRING,
  tag.BMP_STRING,
  tag.UNIVERSAL_STRING,
  tag.PRINTABLE_STRING,
  tag.NUMERIC_STRING,
  tag.IA5_STRING,
  tag.VISIBLE_STRING,
  tag.TELETEX_STRING,
]);

function universal(octets: Uint8Array, name: string): string {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  let text = '';
  for (let at = 0; at < octets.length; at += 4) {
    const code = at + 4 <= octets.length ? view.getUint32(at) : 0xffffffff;
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
      throw new DerFault('DER_VALUE', `${name} is no text in its encoding.`);
    text += String.fromCodePoint(code);
  }
  return text;
}
