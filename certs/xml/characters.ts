import { endianness } from 'node:os';

/**
 * Characters of names by XML 1.0, fifth edition, productions 4 and 4a, without the colon: `Namespaces in XML` gives it a meaning of
 * its own. Works on UTF-16 units of a well-formed string: surrogates stand for U+10000 to U+EFFFF, all of which names may hold.
 */
const STARTS_NAME = 1;
const CONTINUES_NAME = 2;

/** By UTF-16 unit. */
const nameUnits = new Uint8Array(0x10000);
for (const [from, to] of [
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
  [0xc0, 0xd6],
  [0xd8, 0xf6],
  [0xf8, 0x2ff],
  [0x370, 0x37d],
  [0x37f, 0x1fff],
  [0x200c, 0x200d],
  [0x2070, 0x218f],
  [0x2c00, 0x2fef],
  [0x3001, 0xdb7f],
  [0xdc00, 0xdfff],
  [0xf900, 0xfdcf],
  [0xfdf0, 0xfffd],
] as const)
  nameUnits.fill(STARTS_NAME | CONTINUES_NAME, from, to + 1);
for (const [from, to] of [
  [0x2d, 0x2e],
  [0x30, 0x39],
  [0xb7, 0xb7],
  [0x300, 0x36f],
  [0x203f, 0x2040],
] as const)
  nameUnits.fill(CONTINUES_NAME, from, to + 1);

/** @param unit a UTF-16 unit, or NaN past the end */
export function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x09 || unit === 0x0d;
}

/** Where the name without a colon (NCName) that begins at a position ends; the position itself when there is none. */
export function endOfName(units: Uint16Array, from: number): number {
  const { length } = units;
  if (from >= length || ((nameUnits[units[from] as number] as number) & STARTS_NAME) === 0) return from;
  let at = from + 1;
  while (at < length && ((nameUnits[units[at] as number] as number) & CONTINUES_NAME) !== 0) at++;
  return at;
}

/** True for a name without a colon (NCName), as an XML `Id` is. */
export function isNcName(text: string): boolean {
  const units = unitsOf(text);
  return units.length > 0 && endOfName(units, 0) === units.length && forbiddenUnit(units) === -1;
}

/** The UTF-16 units of a text. */
export function unitsOf(text: string): Uint16Array {
  return wordsOf(Buffer.from(text, 'utf16le'));
}

/** Octets in the order of `utf16le` as numbers; they are changed on a machine of the other order. */
export function wordsOf(octets: Buffer): Uint16Array {
  const own = octets.byteOffset % 2 === 0 ? octets : Buffer.from(octets);
  if (endianness() === 'BE') own.swap16();
  return new Uint16Array(own.buffer, own.byteOffset, own.length / 2);
}

/** Index of the first character that XML 1.0 forbids, or of a surrogate without its other half; -1 when there is none. */
export function forbiddenUnit(units: Uint16Array): number {
  for (let at = 0; at < units.length; at++) {
    const unit = units[at] as number;
    if (unit >= 0x20 && unit < 0xd800) continue;
    if (unit >= 0xd800 && unit < 0xdc00 && ((units[at + 1] ?? 0) & 0xfc00) === 0xdc00) at++;
    else if (!isCharacter(unit)) return at;
  }
  return -1;
}

/** True for what a character reference may name (XML 1.0 production 2). */
export function isCharacter(codePoint: number): boolean {
  return (
    codePoint === 0x9 ||
    codePoint === 0xa ||
    codePoint === 0xd ||
    (codePoint >= 0x20 && codePoint <= 0xd7ff) ||
    (codePoint >= 0xe000 && codePoint <= 0xfffd) ||
    (codePoint >= 0x10000 && codePoint <= 0x10ffff)
  );
}
