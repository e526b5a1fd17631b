import { searchForm, wordsOf } from '../canonical/values/words.ts';

/** Whether the words of a name begin with what was typed, each with another; in any order. */
export function fitsName(name: string, typed: readonly string[]): boolean {
  const left = wordsOf(name);
  // The longest first, so that an initial does not take the word that another one needs.
  for (const part of [...typed].sort((a, b) => b.length - a.length)) {
    const at = left.findIndex((word) => word.startsWith(part));
    if (at < 0) return false;
    left.splice(at, 1);
  }
  return true;
}

/**
 * Forms by which the index is asked for somebody whose name was typed, and the words to compare afterwards. Undefined
 * when it says too little. Two letters alone are a whole name (`Ян`); beside others they are the beginning of one.
 */
export function nameSearch(typed: readonly string[]): string[] | undefined {
  const long = typed.filter((word) => word.length >= 3);
  const forms = (long.length > 0 ? long : typed.filter((word) => word.length === 2)).map(searchForm);
  const found = forms.filter((form): form is string => form !== undefined);
  return found.length > 0 ? found : undefined;
}
