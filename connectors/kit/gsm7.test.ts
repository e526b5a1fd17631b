import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeGsm7, encodeGsm7, gsm7Width } from './gsm7.ts';
import { segment, segmentTexts } from './segmentation.ts';

test('signs of the default alphabet have the codes of the standard', () => {
  expect(encodeGsm7('@Hello_€[~]').toString('hex')).toBe('0048656c6c6f111b651b3c1b3d1b3e');
  expect(encodeGsm7('ÅåΔΞÆ¡ÄÖÑÜ§¿äöñüà').toString('hex')).toBe('0e0f101a1c405b5c5d5e5f607b7c7d7e7f');
});

test('what the alphabet does not have is refused', () => {
  for (const sign of ['Ж', '`', '№', '«', 'ë', '\t', '\u001b']) {
    expect(gsm7Width(sign)).toBeUndefined();
    expect(() => encodeGsm7(sign)).toThrow(RangeError);
  }
});

test('what was written is read back', () => {
  const signs = Array.from({ length: 0x20ad }, (_, code) => String.fromCharCode(code)).filter((s) => gsm7Width(s));
  expect(signs).toHaveLength(137);
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...signs)), (list) => {
      expect(decodeGsm7(encodeGsm7(list.join('')))).toBe(list.join(''));
    }),
  );
});

test('the texts of parts are the whole text, and each is as long as the count says', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 600 }), (text) => {
      const texts = segmentTexts(text);
      expect(texts.join('')).toBe(text);
      const { encoding, segmentUnits } = segment(text);
      expect(texts.map((t) => (encoding === 'gsm7' ? encodeGsm7(t).length : t.length))).toEqual(segmentUnits);
    }),
  );
});
