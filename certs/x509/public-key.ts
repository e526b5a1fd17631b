import { createPublicKey, type KeyObject } from 'node:crypto';
import { DerFault } from '../asn1/fault.ts';
import { gostKeys } from '../gost/algorithms.ts';
import { type GostPublicKey, readPublicKey } from '../gost/public-key.ts';
import { algorithm } from './oids.ts';

export type PublicKey =
  | { readonly kind: 'gost'; readonly key: GostPublicKey }
  | { readonly kind: 'rsa' | 'ecdsa'; readonly key: KeyObject };

const RSA_BITS = { min: 2048, max: 16384 };
const EC_CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
/** The few keys of authorities come again and again; checking a point costs as much as half a verification. */
const KEPT = 64;
const kept = new Map<string, PublicKey>();

/**
 * The key in a SubjectPublicKeyInfo.
 * @throws DerFault; DER_UNSUPPORTED for a kind of key that is not known or too weak
 */
export function publicKeyOf(spki: Uint8Array, keyOid: string): PublicKey {
  const id = Buffer.from(spki).toString('latin1');
  const known = kept.get(id);
  if (known) return known;
  const key = read(spki, keyOid);
  const [oldest] = kept.keys();
  if (kept.size >= KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(id, key);
  return key;
}

function read(spki: Uint8Array, keyOid: string): PublicKey {
  if (Object.hasOwn(gostKeys, keyOid)) return { kind: 'gost', key: readPublicKey(spki) };
  if (keyOid === algorithm.rsa || keyOid === algorithm.rsaPss) {
    const key = nodeKey(spki);
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    if (bits < RSA_BITS.min || bits > RSA_BITS.max)
      throw new DerFault('DER_UNSUPPORTED', `An RSA key of ${bits} bits is not accepted.`);
    return { kind: 'rsa', key };
  }
  if (keyOid === algorithm.ecKey) {
    const key = nodeKey(spki);
    const curve = key.asymmetricKeyDetails?.namedCurve ?? 'of its own';
    if (!EC_CURVES.has(curve)) throw new DerFault('DER_UNSUPPORTED', `Keys on the curve ${curve} are not accepted.`);
    return { kind: 'ecdsa', key };
  }
  throw new DerFault('DER_UNSUPPORTED', `The key algorithm ${keyOid} is not known.`);
}

function nodeKey(spki: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch (cause) {
    throw new DerFault('DER_VALUE', 'The public key is damaged.', { cause });
  }
}
