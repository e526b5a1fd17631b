/**
 * Words as people write them, in one form: lower case, `ё` as `е`, composed signs. Letters and digits make words, all
 * else parts them: `Петрова-Водкина А.` → `петрова`, `водкина`, `а`.
 */
export function wordsOf(text: string): string[] {
  return plainForm(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Lower case, `ё` as `е`, composed signs, plain spaces. */
export function plainForm(text: string): string {
  return text.normalize('NFC').toLowerCase().replaceAll('ё', 'е').replace(/\s+/g, ' ').trim();
}

/** Beginnings under which a word is indexed, signs; with two of them a word that is typed in part is still found. */
const BEGINNINGS = [3, 5] as const;

/** What a word is indexed under: its beginnings, or the whole of a very short one. */
export function indexedForms(word: string): string[] {
  const signs = [...word];
  if (signs.length < BEGINNINGS[0]) return signs.length === 2 ? [word] : [];
  return BEGINNINGS.filter((n) => signs.length >= n).map((n) => signs.slice(0, n).join(''));
}

/**
 * What a word that somebody typed is looked for under. What is found only begins alike, so it is compared again.
 * Undefined for a single letter, which says too little.
 */
export function searchForm(word: string): string | undefined {
  return indexedForms(word).at(-1);
}

/** Letters that look the same in both alphabets, as they are typed into account numbers. */
const LOOK_ALIKE: Readonly<Record<string, string>> = Object.fromEntries(
  [...'АВЕКМНОРСТХУ'].map((letter, i) => [letter, [...'ABEKMHOPCTXY'][i] ?? letter]),
);

/** A number of an account without what people add or leave out: spaces, dashes, leading zeros, the alphabet of a letter. */
export function numberForm(text: string): string {
  return text
    .normalize('NFC')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]+/gu, '')
    .replace(/[А-Я]/g, (letter) => LOOK_ALIKE[letter] ?? letter)
    .replace(/^0+(?=.)/, '');
}
