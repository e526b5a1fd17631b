import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createCipher } from './cipher.ts';

const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const cipher = createCipher([{ version: 1, key: key(1) }]);

describe('cipher', () => {
  test('opens what it sealed, for any text and context', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string(),
        (text, context) => cipher.openText(cipher.seal(text, context), context) === Buffer.from(text).toString(),
      ),
    );
  });

  test('a sealed value opens in its own context only, and not after any byte was changed', () => {
    const sealed = cipher.seal('Иванов', 'record:a');
    expect(() => cipher.open(sealed, 'record:b')).toThrow();
    for (let i = 0; i < sealed.length; i++) {
      const changed = Uint8Array.from(sealed);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(() => cipher.open(changed, 'record:a')).toThrow();
    }
  });

  test('a new master key seals while the old one still opens, and blind indexes stay', () => {
    const rotated = createCipher([
      { version: 1, key: key(1) },
      { version: 2, key: key(2) },
    ]);
    expect(rotated.openText(cipher.seal('x', 'c'), 'c')).toBe('x');
    expect(rotated.seal('x', 'c')[0]).toBe(2);
    expect(rotated.blind('phone', '+7')).toBe(cipher.blind('phone', '+7'));
    expect(() => cipher.open(rotated.seal('x', 'c'), 'c')).toThrow('master key');
  });

  test('blind indexes of different domains or keys tell nothing about each other', () => {
    expect(cipher.blind('phone', '1')).not.toBe(cipher.blind('email', '1'));
    expect(cipher.blind('phone', '1')).not.toBe(createCipher([{ version: 1, key: key(9) }]).blind('phone', '1'));
  });

  test('a key of a wrong length is refused', () => {
    expect(() => createCipher([{ version: 1, key: new Uint8Array(16) }])).toThrow('32 bytes');
  });
});
