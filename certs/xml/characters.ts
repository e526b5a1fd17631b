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
export function endOfName(text: string, from: number): number {
  const { length } = text;
  if (from >= length || ((nameUnits[text.charCodeAt(from)] as number) & STARTS_NAME) === 0) return from;
  let at = from + 1;
  while (at < length && ((nameUnits[text.charCodeAt(at)] as number) & CONTINUES_NAME) !== 0) at++;
  return at;
}

/** True for a name without a colon (NCName), as an XML `Id` is. */
export function isNcName(text: string): boolean {
  return text !== '' && endOfName(text, 0) === text.length && forbiddenCharacter(text) === -1;
}

/** Index of the first character that XML 1.0 forbids, or of a surrogate without its other half; -1 when there is none. */
export function forbiddenCharacter(text: string): number {
  const suspect = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd]/g;
  for (;;) {
    const found = suspect.exec(text);
    if (!found) return -1;
    if (!isCharacter(text.codePointAt(found.index) as number)) return found.index;
    suspect.lastIndex = found.index + 2;
  }
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
