import { weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { curves } from './curves.ts';
import { streebog } from './streebog.ts';

type Curve = ReturnType<typeof weierstrass<bigint>>;

const made = new Map<string, Curve>();

function curveOf(oid: string): Curve {
  let curve = made.get(oid);
  if (!curve) {
    const c = curves[oid];
    if (!c) throw new Error(`The parameter set ${oid} is not known.`);
    const number = (hex: string): bigint => BigInt(`0x${hex}`);
    curve = weierstrass({
      p: number(c.p),
      a: number(c.a),
      b: number(c.b),
      n: number(c.n),
      h: number(c.h),
      Gx: number(c.Gx),
      Gy: number(c.Gy),
    });
    made.set(oid, curve);
  }
  return curve;
}

export interface PublicKey {
  curve: string;
  bits: 256 | 512;
  /** x and y, each little-endian, as a certificate holds them. */
  point: Uint8Array;
}

const little = (octets: Uint8Array): bigint => BigInt(`0x${Buffer.from(octets).reverse().toString('hex') || '0'}`);
const big = (octets: Uint8Array): bigint => BigInt(`0x${Buffer.from(octets).toString('hex') || '0'}`);

type Point = Curve['BASE'];

const MOST_POINTS = 20;
const points = new Map<string, Point>();

/**
 * The point of a public key; undefined when it is none of its curve. Few senders sign very much, so the latest are kept with what
 * multiplies them fast.
 */
function pointOf({ curve, bits, point }: PublicKey): Point | undefined {
  const name = `${curve} ${Buffer.from(point).toString('hex')}`;
  const known = points.get(name);
  if (known) return known;
  const size = bits / 8;
  const made = curveOf(curve).fromAffine({ x: little(point.subarray(0, size)), y: little(point.subarray(size)) });
  try {
    made.assertValidity();
  } catch {
    return undefined;
  }
  if (points.size >= MOST_POINTS) points.clear();
  points.set(name, made.precompute(8));
  return made;
}

/**
 * GOST R 34.10-2012 §6.2, step by step.
 *
 * @param signature s, then r, each big-endian of the key's length
 */
export function verify(key: PublicKey, data: Uint8Array, signature: Uint8Array): boolean {
  const size = key.bits / 8;
  if (signature.length !== 2 * size || key.point.length !== 2 * size) return false;
  const curve = curveOf(key.curve);
  const q = BigInt(`0x${(curves[key.curve] as { n: string }).n}`);
  const s = big(signature.subarray(0, size));
  const r = big(signature.subarray(size));
  if (r <= 0n || r >= q || s <= 0n || s >= q) return false;
  // The digest's octets are the number's, least significant first.
  let e = little(streebog(data, key.bits)) % q;
  if (e === 0n) e = 1n;
  const v = inverse(e, q);
  const z1 = (s * v) % q;
  const z2 = (((q - r) % q) * v) % q;
  const Q = pointOf(key);
  if (!Q) return false;
  const left = z1 === 0n ? curve.ZERO : curve.BASE.multiplyUnsafe(z1);
  const right = z2 === 0n ? curve.ZERO : Q.multiplyUnsafe(z2);
  const R = left.add(right);
  return !R.is0() && R.toAffine().x % q === r;
}

/** Signs for the stand-in's own answers. @param k a random number below q, never used twice */
export function sign(curveOid: string, bits: 256 | 512, d: bigint, data: Uint8Array, k: bigint): Uint8Array {
  const curve = curveOf(curveOid);
  const q = BigInt(`0x${(curves[curveOid] as { n: string }).n}`);
  let e = little(streebog(data, bits)) % q;
  if (e === 0n) e = 1n;
  const r = curve.BASE.multiply((k % (q - 1n)) + 1n).toAffine().x % q;
  const s = (r * d + ((k % (q - 1n)) + 1n) * e) % q;
  if (r === 0n || s === 0n) return sign(curveOid, bits, d, data, k + 1n);
  return Buffer.concat([bigOctets(s, bits / 8), bigOctets(r, bits / 8)]);
}

/** Public key of a private one, as a certificate holds it. */
export function publicPoint(curveOid: string, bits: 256 | 512, d: bigint): Uint8Array {
  const { x, y } = curveOf(curveOid).BASE.multiply(d).toAffine();
  return Buffer.concat([bigOctets(x, bits / 8).reverse(), bigOctets(y, bits / 8).reverse()]);
}

function bigOctets(number: bigint, size: number): Buffer {
  return Buffer.from(number.toString(16).padStart(size * 2, '0'), 'hex');
}

function inverse(a: bigint, m: bigint): bigint {
  let [r0, r1, t0, t1] = [m, a % m, 0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  return ((t0 % m) + m) % m;
}
