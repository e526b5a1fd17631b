import { randomBytes } from 'node:crypto';
import type { WeierstrassPoint } from '@noble/curves/abstract/weierstrass.js';
import type { Curve } from './curves.ts';
import { hmac } from './hmac.ts';
import { fromBigEndian, fromLittleEndian, toBigEndian } from './octets.ts';

export type Point = WeierstrassPoint<bigint>;

/**
 * A signature by GOST R 34.10-2012 (RFC 7091 §6.1) over a digest as Streebog gives it: s ‖ r, each big-endian, which is
 * the form of X.509, CMS and XMLDSig. Points are multiplied in constant time and blinded, the BigInt arithmetic around it takes
 * a time that depends on the key: not for a machine that is shared with somebody who measures.
 *
 * @param digest 32 octets for a curve of 256 bits, 64 for one of 512
 * @param nonce the k of the standard, for published examples only; made anew otherwise
 */
export function sign(curve: Curve, key: bigint, digest: Uint8Array, nonce?: bigint): Uint8Array {
  const { q, octets, multiplication } = curve;
  if (key <= 0n || key >= q) throw new RangeError('The private key is not a number of this curve.');
  if (digest.length !== octets)
    throw new RangeError(`A curve of ${8 * octets} bits signs a digest of ${octets} octets.`);
  const e = fromLittleEndian(digest) % q || 1n;
  for (;;) {
    const k = nonce ?? nonceOf(curve, key, digest);
    const r = multiplication().secretly(k).x % q;
    const s = (r * key + k * e) % q;
    if (r !== 0n && s !== 0n) return Uint8Array.from([...toBigEndian(s, octets), ...toBigEndian(r, octets)]);
    if (nonce !== undefined) throw new RangeError('This nonce makes no signature.');
  }
}

/** Whether a signature s ‖ r belongs to the digest and the public key (RFC 7091 §6.2). Nothing that is malformed does. */
export function verify(curve: Curve, key: Point, digest: Uint8Array, signature: Uint8Array): boolean {
  const { q, octets, Point, multiplication } = curve;
  if (signature.length !== 2 * octets || digest.length !== octets) return false;
  const s = fromBigEndian(signature.subarray(0, octets));
  const r = fromBigEndian(signature.subarray(octets));
  if (s <= 0n || s >= q || r <= 0n || r >= q) return false;
  const e = fromLittleEndian(digest) % q || 1n;
  const v = Point.Fn.inv(e);
  const z1 = (s * v) % q;
  const z2 = ((q - r) * v) % q;
  const sum = multiplication().openly(z1, z2, key.toAffine());
  return sum !== undefined && sum.x % q === r;
}

/**
 * The public key with these coordinates, each little-endian as in a certificate.
 * @throws RangeError when they are no point of the curve, or one outside the subgroup
 */
export function pointOf(curve: Curve, octets: Uint8Array): Point {
  if (octets.length !== 2 * curve.octets) throw new RangeError(`The public key must have ${2 * curve.octets} octets.`);
  const x = fromLittleEndian(octets.subarray(0, curve.octets));
  const y = fromLittleEndian(octets.subarray(curve.octets));
  try {
    const point = curve.Point.fromAffine({ x, y });
    point.assertValidity();
    return point;
  } catch (cause) {
    throw new RangeError('The public key is not a point of its curve.', { cause });
  }
}

/** The public key that belongs to a private one. */
export function publicKeyOf(curve: Curve, key: bigint): Point {
  return curve.Point.fromAffine(curve.multiplication().secretly(key));
}

/**
 * A number below q that nobody can guess, from a hash of the key, the digest and random octets: it stays secret when the
 * random octets are bad, and differs for each signature when they are good.
 */
function nonceOf({ q, octets }: Curve, key: bigint, digest: Uint8Array): bigint {
  const secret = toBigEndian(key, octets);
  const random = randomBytes(32);
  // Eight octets more than q has, so that no number is likelier than another.
  const wide = Buffer.concat([0, 1].map((n) => hmac(512, secret, Uint8Array.of(n), digest, random)));
  return (fromBigEndian(wide.subarray(0, octets + 8)) % (q - 1n)) + 1n;
}
