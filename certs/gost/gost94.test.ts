import { expect, test } from '@jest/globals';
import { Gost94, gost94 } from './gost94.ts';

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');

test.each([
  ['', '981e5f3ca30c841487830f84fb433e13ac1101569b9c13584ac483234cd656c0'],
  ['a', 'e74c52dd282183bf37af0079c9f78055715a103f17e3133ceff1aacf2f403011'],
  ['abc', 'b285056dbf18d7392d7677369524dd14747459ed8143997e163b2986f92fd42c'],
  ['message digest', 'bc6041dd2aa401ebfa6e9886734174febdb4729aa972d60f549ac39b29721ba0'],
  ['The quick brown fox jumps over the lazy dog', '9004294a361a508c586fe53d1f1b02746765e71b765472786e4770d565830a76'],
] as const)('GOST R 34.11-94 of %j', (text, digest) => {
  expect(hex(gost94(Buffer.from(text)))).toBe(digest);
});

test('does not depend on how the octets are cut', () => {
  const data = Buffer.from('Показания приборов учёта '.repeat(20));
  for (const portion of [1, 7, 31, 32, 33, 100]) {
    const digest = new Gost94();
    for (let from = 0; from < data.length; from += portion) digest.update(data.subarray(from, from + portion));
    expect(hex(digest.digest())).toBe(hex(gost94(data)));
  }
});

test('is over once it was taken', () => {
  const digest = new Gost94();
  digest.digest();
  expect(() => digest.update(Uint8Array.of(1))).toThrow('taken already');
  expect(() => digest.digest()).toThrow('taken already');
});
