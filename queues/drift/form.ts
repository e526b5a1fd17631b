const NAME_MOST = 80;
const SAMPLE_MOST = 60;
/** Names of fields, sets and codes look like this; what does not may be a value, and only its form is kept. */
const NAME = /^[\p{L}\p{N}_.:/()<>\- ]{1,80}$/u;
/** A code has fewer digits than a phone number, an account or a passport. */
const LONG_NUMBER = /\d{5,}/;
/** Two words of letters are a name or an address rather than the name of a field. */
const WORDS = /\p{L}\s+\p{L}/u;

/** The form of a value: every letter and digit replaced, so that nothing of a person is left; at most 60 characters. */
export function formOf(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text
    .slice(0, SAMPLE_MOST)
    .replace(/\p{L}/gu, (letter) => (/\p{Lu}/u.test(letter) ? 'A' : 'a'))
    .replace(/\p{N}/gu, '0')
    .replace(/\p{C}/gu, ' ');
}

/** A name as it is, or its form where it may be something else. */
export function safeName(text: string): string {
  const name = text.trim();
  if (NAME.test(name) && !LONG_NUMBER.test(name) && !WORDS.test(name)) return name.slice(0, NAME_MOST);
  return formOf(name) || '(empty)';
}
