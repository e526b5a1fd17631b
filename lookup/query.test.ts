import { describe, expect, test } from '@jest/globals';
import { flatForms, parseAddress } from './address.ts';
import { parseQuery } from './query.ts';

describe('a phone', () => {
  test.each([
    '+79161234567',
    '8 (916) 123-45-67',
    '8.916.123.45.67',
    '916 123 45 67',
    '7916-1234567',
    'тел. 8–916–123–45–67',
    '8/916/1234567',
  ])('is read from %s', (text) => expect(parseQuery(text).phone).toBe('+79161234567'));
  test('of a city is read with its code only', () => {
    expect(parseQuery('(843) 200-10-20').phone).toBe('+78432001020');
    expect(parseQuery('200-10-20').phone).toBeUndefined();
  });
});

test.each([
  ['000012345', '12345'],
  ['л/с № 000012345', '12345'],
  ['лицевой счёт 12345', '12345'],
  ['10АА000001', '10AA000001'],
  ['12-345', '12345'],
  ['10AA000001-01', '10AA00000101'],
])('the number of an account is read from %s', (text, form) => expect(parseQuery(text).account).toBe(form));

test.each(['Иванова', 'Баумана 5 12', 'ул. 8 Марта', 'д. 5 кв. 12', 'a@b.ru'])(
  '%s is no number of an account',
  (text) => expect(parseQuery(text).account).toBeUndefined(),
);

describe('an address', () => {
  const words = (text: string): string[] => parseAddress(text).words.map((w) => w.text);
  test.each([
    ['ул. Баумана, д. 5, кв. 12', ['баумана'], '5', '12'],
    ['Баумана улица дом 5а квартира 12', ['баумана'], '5а', '12'],
    ['БАУМАНА д5к2 кв12', ['баумана'], '5/2', '12'],
    ['ул.Баумана,д.5 корп.2,кв.12б', ['баумана'], '5/2', '12б'],
    ['пр-т Победы 5 стр 2 оф 7', ['победы'], '5/2', '7'],
    ['г. Казань, б-р Семёнова, д. 5 А', ['казань', 'семенова'], '5а', undefined],
    ['9-я Парковая, дом 5/2', ['9', 'парковая'], '5/2', undefined],
  ])('is taken apart: %s', (text, expected, house, flat) => {
    const parsed = parseAddress(text);
    expect([words(text), parsed.house, parsed.flat]).toEqual([expected, house, flat]);
  });
  test('keeps loose numbers in their order', () => expect(words('Баумана 5-12')).toEqual(['баумана', '5', '12']));
  test('knows a flat however it is stored', () => {
    for (const stored of ['12', 'кв. 12', 'кв.12', '№12', '12А', 'кв. 12А'])
      expect([...flatForms('12'), ...flatForms('12а')]).toContain(stored);
  });
});
