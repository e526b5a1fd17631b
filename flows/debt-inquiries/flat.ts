/** A flat as an address names it; undefined when the text names none, or more than a whole flat. */
export function flatNumber(text: string | null | undefined): string | undefined {
  if (!text) return undefined;
  const plain = text.normalize('NFC').toLowerCase().replaceAll('ё', 'е').trim();
  // A room in a flat is not the flat: who lives behind which door the premises don't say.
  if (/(^|[\s,;.])(комн|ком\.|к-та|помещ)/.test(plain)) return undefined;
  const bare = /^№?\s*(\d{1,5}\s?[а-я]?)$/.exec(plain);
  const named = [...plain.matchAll(/(?:^|[\s,;.])кв(?:артира|-ра|\.)?\s*№?\s*(\d{1,5}(?:\s?[а-я](?![а-я]))?)/g)];
  const found = bare?.[1] ?? (named.length === 1 ? named[0]?.[1] : undefined);
  return found?.replace(/\s/g, '');
}

/** The same form of a number as premises bear it: `5А`, `кв. 5а` and ` 5 а` are one. */
export function sameFlat(number: string, wanted: string): boolean {
  return (flatNumber(number) ?? number.trim().toLowerCase()) === wanted;
}
