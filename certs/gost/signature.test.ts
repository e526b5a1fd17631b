import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Curve, curveOf, curveOids } from './curves.ts';
import { toLittleEndian } from './octets.ts';
import { type Point, pointOf, publicKeyOf, sign, verify } from './signature.ts';

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
const curve = (oid: string): Curve => {
  const found = curveOf(oid);
  if (!found) throw new Error(`There is no curve ${oid}.`);
  return found;
};
const pointOctets = (of: Curve, key: bigint): Uint8Array => {
  const { x, y } = publicKeyOf(of, key).toAffine();
  return Uint8Array.from([...toLittleEndian(x, of.octets), ...toLittleEndian(y, of.octets)]);
};

describe('GOST R 34.10-2012', () => {
  test('gives what RFC 7091 prints for its example of 256 bits', () => {
    const test256 = curve('1.2.643.2.2.35.0');
    const d = 0x7a929ade789bb9be10ed359dd39a72c11b60961f49397eee1d19ce9891ec3b28n;
    const e = 0x2dfbc1b372d89a1188c09c52e0eec61fce52032ab1022e8e67ece6672b043ee5n;
    const k = 0x77105c9b20bcd3122823c8cf6fcc7b956de33814e95b7fe64fed924594dceab3n;
    const signature = sign(test256, d, toLittleEndian(e, 32), k);
    expect(hex(signature)).toBe(
      '01456c64ba4642a1653c235a98a60249bcd6d3f746b631df928014f6c5bf9c4041aa28d2f1ab148280cd9ed56feda41974053554a42767b83ad043fd39dc0493',
    );
    const { x, y } = publicKeyOf(test256, d).toAffine();
    expect([x, y]).toEqual([
      0x7f2b49e270db6d90d8595bec458b50c58585ba1d4e9b788f6689dbd8e56fd80bn,
      0x26f1b489d6701dd185c8413a977b3cbbaf64d1c593d26627dffb101a87ff77dan,
    ]);
    expect(verify(test256, publicKeyOf(test256, d), toLittleEndian(e, 32), signature)).toBe(true);
  });

  test.each(curveOids)('signs and verifies by parameter set %s, and nothing else passes', (oid) => {
    const of = curve(oid);
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: of.q - 1n }),
        fc.uint8Array({ minLength: of.octets, maxLength: of.octets }),
        fc.nat({ max: 2 * of.octets - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (key, digest, place, change) => {
          const point = pointOf(of, pointOctets(of, key));
          const signature = sign(of, key, digest);
          expect(verify(of, point, digest, signature)).toBe(true);
          const altered = Uint8Array.from(signature);
          altered[place] = (altered[place] ?? 0) ^ change;
          expect(verify(of, point, digest, altered)).toBe(false);
          const other = Uint8Array.from(digest);
          other[place % of.octets] = (other[place % of.octets] ?? 0) ^ change;
          // Digests that are equal modulo q are the same to the algorithm.
          expect(verify(of, point, other, signature)).toBe(false);
        },
      ),
      { numRuns: 8 },
    );
  });

  test('a public key that comes often is verified by tables with the same result', () => {
    const of = curve('1.2.643.7.1.2.1.1.1');
    const point = publicKeyOf(of, 77n);
    for (let n = 1; n <= 20; n++) {
      const digest = toLittleEndian(BigInt(n), 32);
      const signature = sign(of, 77n, digest);
      expect(verify(of, point, digest, signature)).toBe(true);
      expect(verify(of, point, toLittleEndian(BigInt(n + 1), 32), signature)).toBe(false);
    }
  });

  test('of more public keys than tables are kept for, each is verified by its own', () => {
    const of = curve('1.2.643.2.2.35.1');
    const digest = new Uint8Array(32).fill(9);
    const signers = Array.from({ length: 20 }, (_, n) => {
      const key = of.q - BigInt(n + 1);
      return { point: publicKeyOf(of, key), signature: sign(of, key, digest) };
    });
    // Nine in a row, so that each has its table before the next one comes, and once more when some were given up.
    for (const { point, signature } of [...signers.flatMap((one) => Array(9).fill(one)), ...signers])
      expect(verify(of, point, digest, signature)).toBe(true);
    expect(verify(of, signers[0]?.point as Point, digest, signers[1]?.signature as Uint8Array)).toBe(false);
  });

  test('is computed by the kernel that its source makes', () => {
    expect(() => execFileSync('node', ['scripts/curve-kernel.mjs', '--check'], { stdio: 'pipe' })).not.toThrow();
  });

  test('two signatures of the same digest differ', () => {
    const of = curve('1.2.643.7.1.2.1.1.1');
    const digest = new Uint8Array(32).fill(5);
    expect(hex(sign(of, 99n, digest))).not.toBe(hex(sign(of, 99n, digest)));
  });

  test('a digest of nought is signed as one', () => {
    const of = curve('1.2.643.7.1.2.1.1.1');
    const zero = new Uint8Array(32);
    expect(verify(of, publicKeyOf(of, 3n), zero, sign(of, 3n, zero))).toBe(true);
  });

  test.each([
    ['too short', (of: Curve) => new Uint8Array(of.octets)],
    ['off the curve', (of: Curve) => new Uint8Array(2 * of.octets).fill(1)],
    ['nought', (of: Curve) => new Uint8Array(2 * of.octets)],
  ])('a public key that is %s is refused', (_what, octets) => {
    const of = curve('1.2.643.7.1.2.1.2.1');
    expect(() => pointOf(of, octets(of))).toThrow(RangeError);
  });

  test('a private key outside the curve and a digest of another length are refused', () => {
    const of = curve('1.2.643.7.1.2.1.1.1');
    expect(() => sign(of, of.q, new Uint8Array(32))).toThrow('not a number of this curve');
    expect(() => sign(of, 0n, new Uint8Array(32))).toThrow('not a number of this curve');
    expect(() => sign(of, 5n, new Uint8Array(64))).toThrow('digest of 32 octets');
    expect(curveOf('1.2.3')).toBeUndefined();
  });
});
