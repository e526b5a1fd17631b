import { expect, test } from '@jest/globals';
import { indexedForms, numberForm, searchForm, wordsOf } from './words.ts';

test('words are told apart from what stands between them, whatever their case and whether ё is written', () => {
  expect(wordsOf('  Семёнова-Тян  АННА\u00a0П.')).toEqual(['семенова', 'тян', 'анна', 'п']);
  expect(wordsOf('И\u0306ошкар')).toEqual(wordsOf('Йошкар'));
  expect(wordsOf('…')).toEqual([]);
});

test('a word that is typed in part is looked for under a form that the whole word is indexed under', () => {
  for (const whole of ['иванова', 'анна', 'ким', 'ян', 'константинопольская'])
    for (let n = 3; n <= whole.length; n++) expect(indexedForms(whole)).toContain(searchForm(whole.slice(0, n)));
  expect(searchForm('ян')).toBe('ян');
  expect(indexedForms('ян')).toEqual(['ян']);
  expect(searchForm('и')).toBeUndefined();
});

test('a number of an account is the same with and without leading zeros, spaces, dashes, in either alphabet', () => {
  for (const typed of ['000012345', '12345', ' 0001 2345 ', '00-012-345']) expect(numberForm(typed)).toBe('12345');
  expect(numberForm('10АА000001-01')).toBe('10AA00000101');
  expect(numberForm('000')).toBe('0');
});
