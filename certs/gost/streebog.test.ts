import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hmac } from './hmac.ts';
import { Streebog, streebog } from './streebog.ts';

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
const octets = (text: string): Uint8Array => Buffer.from(text, 'hex');

describe('Streebog', () => {
  const m1 = Buffer.from('012345678901234567890123456789012345678901234567890123456789012');
  // RFC 6986 §10.2, as octets; the RFC prints numbers, whose octets stand in the opposite order.
  const m2 = octets(
    'd1e520e2e5f2f0e82c20d1f2f0e8e1eee6e820e2edf3f6e82c20e2e5fef2fa20f120eceef0ff20f1f2f0e5ebe0ece820ede020f5f0e0e1f0fbff20efebfaeafb20c8e3eef0e5e2fb',
  );

  test.each([
    [256, m1, '9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500'],
    [256, m2, '9dd2fe4e90409e5da87f53976d7405b0c0cac628fc669a741d50063c557e8f50'],
    [256, new Uint8Array(), '3f539a213e97c802cc229d474c6aa32a825a360b2a933a949fd925208d9ce1bb'],
    [
      512,
      m1,
      '1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48',
    ],
    [
      512,
      m2,
      '1e88e62226bfca6f9994f1f2d51569e0daf8475a3b0fe61a5300eee46d961376035fe83549ada2b8620fcd7c496ce5b33f0cb9dddc2b6460143b03dabac9fb28',
    ],
    [
      512,
      new Uint8Array(),
      '8e945da209aa869f0455928529bcae4679e9873ab707b55315f56ceb98bef0a7362f715528356ee83cda5f2aac4c6ad2ba3a715c1bcd81cb8e9f90bf4c1c1a8a',
    ],
  ] as const)('of %i bits gives what the standard prints', (bits, data, digest) => {
    expect(hex(streebog(bits, data))).toBe(digest);
  });

  test('does not depend on how the octets are cut, nor on digests that go on beside it', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 700 }),
        fc.array(fc.integer({ min: 0, max: 130 }), { maxLength: 12 }),
        fc.constantFrom(256 as const, 512 as const),
        (data, cuts, bits) => {
          const digest = new Streebog(bits);
          const other = new Streebog(256).update(Uint8Array.of(1));
          let from = 0;
          for (const cut of cuts) {
            digest.update(data.subarray(from, from + cut));
            other.update(data.subarray(0, cut));
            from += cut;
          }
          const copy = digest.update(data.subarray(from)).clone();
          expect(hex(digest.digest())).toBe(hex(streebog(bits, data)));
          expect(hex(copy.digest())).toBe(hex(streebog(bits, data)));
        },
      ),
    );
  });

  test('takes a portion that is longer than the memory of its kernel', () => {
    const data = Buffer.alloc(300_001, 'ab');
    const digest = new Streebog(512);
    for (let from = 0; from < data.length; from += 777) digest.update(data.subarray(from, from + 777));
    expect(hex(digest.digest())).toBe(hex(streebog(512, data)));
  });

  test('is over once it was taken', () => {
    const digest = new Streebog(256);
    digest.digest();
    expect(() => digest.update(Uint8Array.of(1))).toThrow('taken already');
    expect(() => digest.digest()).toThrow('taken already');
  });

  test('is computed by the kernel that its source makes', () => {
    expect(() => execFileSync('node', ['scripts/streebog-kernel.mjs', '--check'], { stdio: 'pipe' })).not.toThrow();
  });
});

describe('HMAC over Streebog', () => {
  // R 50.1.113-2016, appendix A.
  const key = Uint8Array.from({ length: 32 }, (_, i) => i);
  const data = octets('0126bdb87800af214341456563780100');

  test.each([
    [256, 'a1aa5f7de402d7b3d323f2991c8d4534013137010a83754fd0af6d7cd4922ed9'],
    [
      512,
      'a59bab22ecae19c65fbde6e5f4e9f5d8549d31f037f9df9b905500e171923a773d5f1530f2ed7e964cb2eedc29e9ad2f3afe93b2814f79f5000ffc0366c251e6',
    ],
  ] as const)('of %i bits gives what the recommendation prints', (bits, mac) => {
    expect(hex(hmac(bits, key, data))).toBe(mac);
    expect(hex(hmac(bits, key, data.subarray(0, 5), data.subarray(5)))).toBe(mac);
  });
});
