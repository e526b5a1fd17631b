import { expect, test } from '@jest/globals';
import { flatNumber, sameFlat } from './flat.ts';

test.each([
  ['кв. 5', '5'],
  ['Кв.5', '5'],
  ['квартира № 12а', '12а'],
  ['12 А', '12а'],
  ['5', '5'],
  ['420000, г. Казань, ул. Баумана, д. 5, кв. 17', '17'],
  ['г Казань, ул Баумана, д 5, кв 17 ', '17'],
  ['г. Казань, ул. Баумана, д. 5', undefined],
  ['кв. 5, комн. 2', undefined],
  ['кв. 5, кв. 6', undefined],
  ['помещ. 3', undefined],
  ['', undefined],
  [null, undefined],
])('%s → %s', (text, expected) => expect(flatNumber(text)).toBe(expected));

test('numbers of premises are compared in one form', () => {
  expect(sameFlat('5А', '5а')).toBe(true);
  expect(sameFlat('кв. 5', '5')).toBe(true);
  expect(sameFlat('15', '5')).toBe(false);
});
