import * as tag from './tags.ts';

/**
 * DER by composition: each function gives the octets of one whole element.
 * What they are given comes from this program; wrong input is a fault of the program and throws RangeError.
 */
export function tlv(identifier: number, ...contents: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of contents) length += part.length;
  const size = lengthOctets(length);
  const out = new Uint8Array(1 + size + length);
  out[0] = identifier;
  if (size === 1) out[1] = length;
  else {
    out[1] = 0x80 | (size - 1);
    let rest = length;
    for (let i = size; i > 1; i--) {
      out[i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
  }
  let at = 1 + size;
  for (const part of contents) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function lengthOctets(length: number): number {
  if (length < 0x80) return 1;
  let octets = 1;
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets++;
  return octets;
}

export const sequence = (...items: readonly Uint8Array[]): Uint8Array => tlv(tag.SEQUENCE, ...items);
export const octetString = (octets: Uint8Array): Uint8Array => tlv(tag.OCTET_STRING, octets);
export const nullValue = (): Uint8Array => new Uint8Array([tag.NULL, 0]);
export const boolean = (value: boolean): Uint8Array => new Uint8Array([tag.BOOLEAN, 1, value ? 0xff : 0]);
export const bitString = (octets: Uint8Array): Uint8Array => tlv(tag.BIT_STRING, new Uint8Array(1), octets);
export const utf8String = (text: string): Uint8Array => tlv(tag.UTF8_STRING, Buffer.from(text, 'utf8'));

/** `[n]` around elements (EXPLICIT), or instead of the tag of a constructed one (IMPLICIT, given its content). */
export const context = (n: number, ...contents: readonly Uint8Array[]): Uint8Array =>
  tlv(tag.constructed(n), ...contents);
/** `[n] IMPLICIT` of a primitive element, given its content octets. */
export const contextPrimitive = (n: number, content: Uint8Array): Uint8Array => tlv(tag.primitive(n), content);

/** SET OF with its elements in DER order (X.690 §11.6). */
export const setOf = (...items: readonly Uint8Array[]): Uint8Array => tlv(tag.SET, ...sortedSet(items));

/** The elements of a SET OF in the order of their octets; a shorter one that begins a longer one goes first. */
export function sortedSet(items: readonly Uint8Array[]): Uint8Array[] {
  return [...items].sort(Buffer.compare);
}

/** INTEGER in its shortest two's complement form. */
export function integer(value: bigint | number): Uint8Array {
  const n = BigInt(value);
  let octets = 1;
  for (let rest = n < 0n ? ~n : n; rest >= 0x80n; rest >>= 8n) octets++;
  const hex = BigInt.asUintN(octets * 8, n)
    .toString(16)
    .padStart(octets * 2, '0');
  return tlv(tag.INTEGER, Buffer.from(hex, 'hex'));
}

/** OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Uint8Array {
  if (!/^[012](\.(0|[1-9]\d{0,38})){1,30}$/.test(dotted)) throw new RangeError(`'${dotted}' is no object identifier.`);
  const [first = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt);
  if (first < 2n && second >= 40n) throw new RangeError(`'${dotted}' is no object identifier.`);
  const octets: number[] = [];
  for (const arc of [first * 40n + second, ...rest]) {
    const groups = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) groups.unshift(Number(left & 0x7fn) | 0x80);
    octets.push(...groups);
  }
  return tlv(tag.OBJECT_IDENTIFIER, new Uint8Array(octets));
}

const digits = (n: number, width = 2): string => String(n).padStart(width, '0');

/** GeneralizedTime in UTC to the second; a fraction of the given instant is cut off. */
export function generalizedTime(epochMs: number): Uint8Array {
  const at = new Date(epochMs);
  const year = at.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) throw new RangeError('The instant is outside of the years 0…9999.');
  return tlv(tag.GENERALIZED_TIME, Buffer.from(`${digits(year, 4)}${afterYear(at)}`, 'latin1'));
}

/** Time as RFC 5280 and RFC 5652 want it: UTCTime for 1950…2049, GeneralizedTime outside. */
export function time(epochMs: number): Uint8Array {
  const at = new Date(epochMs);
  const year = at.getUTCFullYear();
  if (!(year >= 1950 && year <= 2049)) return generalizedTime(epochMs);
  return tlv(tag.UTC_TIME, Buffer.from(`${digits(year % 100)}${afterYear(at)}`, 'latin1'));
}

function afterYear(at: Date): string {
  return `${digits(at.getUTCMonth() + 1)}${digits(at.getUTCDate())}${digits(at.getUTCHours())}${digits(at.getUTCMinutes())}${digits(at.getUTCSeconds())}Z`;
}

/** AlgorithmIdentifier; parameters are left out when none are given. */
export const algorithmIdentifier = (dotted: string, parameters?: Uint8Array): Uint8Array =>
  parameters ? sequence(oid(dotted), parameters) : sequence(oid(dotted));
