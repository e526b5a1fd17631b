import { expect, test } from '@jest/globals';
import { gost94 } from './gost94.ts';
import { streebog } from './streebog.ts';

test('GOST R 34.11-94 with the parameters of CryptoPro gives the value that other programs give', () => {
  expect(gost94(Buffer.from('abc'))).toBe('b285056dbf18d7392d7677369524dd14747459ed8143997e163b2986f92fd42c');
});

// RFC 6986, section 10, message 1; the digests there are printed with the last octet first.
test.each([
  [
    512,
    '486f64c1917879417fef082b3381a4e211c324f074654c38823a7b76f830ad00fa1fbae42b1285c0352f227524bc9ab16254288dd6863dccd5b9f54a1ad0541b',
  ],
  [256, '00557be5e584fd52a449b16b0251d05d27f94ab76cbaa6da890b59d8ef1e159d'],
] as const)('Streebog of %i bits gives the value of RFC 6986', (size, printed) => {
  const message = Buffer.from('012345678901234567890123456789012345678901234567890123456789012', 'latin1');
  expect(streebog(message, size).reverse().toString('hex')).toBe(printed);
});
