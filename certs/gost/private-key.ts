import { DerFault } from '../asn1/fault.ts';
import { type Element, Fields, fieldsOf, parseDer } from '../asn1/reader.ts';
import * as tag from '../asn1/tags.ts';
import { readInteger } from '../asn1/values.ts';
import type { GostAlgorithm } from './algorithms.ts';
import type { Curve } from './curves.ts';
import { fromLittleEndian } from './octets.ts';
import { type GostPublicKey, readKeyAlgorithm } from './public-key.ts';
import { publicKeyOf, sign } from './signature.ts';
import { streebog } from './streebog.ts';

export interface GostPrivateKey {
  readonly algorithm: GostAlgorithm;
  readonly bits: 256 | 512;
  readonly curve: Curve;
  readonly curveOid: string;
  /** The secret number. */
  readonly d: bigint;
  readonly publicKey: GostPublicKey;
}

/** Masks that are multiplied into a key; more occur nowhere. */
const MAX_MASKS = 8;

/**
 * Reads PKCS#8 of GOST R 34.10-2012 in the five spellings that are met: octets of the key, the same in a second OCTET
 * STRING, an INTEGER, masked octets, and masked octets with the public key beside them.
 *
 * @throws DerFault whose message holds nothing of the key
 */
export function readPrivateKey(pkcs8: Uint8Array): GostPrivateKey {
  const fields = fieldsOf(parseDer(pkcs8), tag.SEQUENCE, 'PrivateKeyInfo');
  if (fields.nextTag === tag.SEQUENCE)
    throw new DerFault('DER_VALUE', 'The private key is encrypted: give its password, or the key without one.');
  fields.take('version', tag.INTEGER);
  const { known, curve, curveOid } = readKeyAlgorithm(
    new Fields(fields.take('privateKeyAlgorithm', tag.SEQUENCE), 'AlgorithmIdentifier'),
  );
  const octets = fields.take('privateKey', tag.OCTET_STRING).content;
  const d = numberOf(octets, curve);
  if (d <= 0n || d >= curve.q) throw new DerFault('DER_VALUE', 'The private key is not a number of its curve.');
  return { ...known, curve, curveOid, d, publicKey: { ...known, curve, point: publicKeyOf(curve, d) } };
}

/** A signature s ‖ r over data, which is hashed here. */
export function signData({ bits, curve, d }: GostPrivateKey, data: Uint8Array): Uint8Array {
  return sign(curve, d, streebog(bits, data));
}

/** A signature s ‖ r over a digest of Streebog of the key's length. @throws RangeError for another length */
export function signDigest({ bits, curve, d }: GostPrivateKey, digest: Uint8Array): Uint8Array {
  if (digest.length !== bits / 8)
    throw new RangeError(`The digest has ${digest.length} octets instead of ${bits / 8}.`);
  return sign(curve, d, digest);
}

function numberOf(octets: Uint8Array, curve: Curve): bigint {
  const n = curve.octets;
  // The length goes first: octets of a bare key may look like anything.
  if (octets.length > 0 && octets.length % n === 0 && octets.length / n <= MAX_MASKS) return unmasked(octets, curve);
  const inner: Element = parseDer(octets);
  if (inner.tag === tag.OCTET_STRING && inner.length === n) return fromLittleEndian(inner.content);
  if (inner.tag === tag.INTEGER) return readInteger(inner, 'The private key');
  if (inner.tag === tag.SEQUENCE) {
    const masked = new Fields(inner, 'MaskedKey').take('maskedKey', tag.OCTET_STRING).content;
    if (masked.length > 0 && masked.length % n === 0 && masked.length / n <= MAX_MASKS) return unmasked(masked, curve);
  }
  throw new DerFault('DER_UNEXPECTED', 'The private key is written in a way that is not known.');
}

/** K = K_M · M₁ · … · M_j mod q, each little-endian. */
function unmasked(octets: Uint8Array, { q, octets: n }: Curve): bigint {
  let d = 1n;
  for (let at = 0; at < octets.length; at += n) d = (d * fromLittleEndian(octets.subarray(at, at + n))) % q;
  // A bare key beyond its curve must show as what it is.
  return octets.length === n ? fromLittleEndian(octets) : d;
}
