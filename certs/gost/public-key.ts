import { DerFault } from '../asn1/fault.ts';
import { Fields, fieldsOf, parseDer } from '../asn1/reader.ts';
import * as tag from '../asn1/tags.ts';
import { readBitOctets, readOid } from '../asn1/values.ts';
import { bitString, octetString, oid, sequence } from '../asn1/writer.ts';
import { algorithm as oids } from '../x509/oids.ts';
import { type GostAlgorithm, gostKeys } from './algorithms.ts';
import { type Curve, curveOf } from './curves.ts';
import { toLittleEndian } from './octets.ts';
import { type Point, pointOf, verify } from './signature.ts';
import { streebog } from './streebog.ts';

/** A public key as SubjectPublicKeyInfo holds it. */
export interface GostPublicKey {
  readonly algorithm: GostAlgorithm;
  readonly bits: 256 | 512;
  readonly curve: Curve;
  readonly point: Point;
}

/**
 * Reads SubjectPublicKeyInfo of GOST R 34.10-2012 (RFC 9215 §4). The parameters name the set of the curve; the digest,
 * which some programs add, follows from the algorithm.
 *
 * @throws DerFault for another algorithm, an unknown set, a point that is not of the curve
 */
export function readPublicKey(spki: Uint8Array): GostPublicKey {
  const fields = fieldsOf(parseDer(spki), tag.SEQUENCE, 'SubjectPublicKeyInfo');
  const { known, curve } = readKeyAlgorithm(new Fields(fields.take('algorithm', tag.SEQUENCE), 'AlgorithmIdentifier'));
  const bits = readBitOctets(fields.take('subjectPublicKey', tag.BIT_STRING), 'subjectPublicKey');
  fields.end();
  const inner = parseDer(bits);
  if (inner.tag !== tag.OCTET_STRING) throw new DerFault('DER_UNEXPECTED', 'The public key is not an OCTET STRING.');
  try {
    return { ...known, curve, point: pointOf(curve, inner.content) };
  } catch (cause) {
    throw new DerFault('DER_VALUE', (cause as Error).message, { cause });
  }
}

/** SubjectPublicKeyInfo of a key, with the digest only where it was usual before RFC 9215: not at all. */
export function writePublicKey({ algorithm, curve, point }: GostPublicKey, curveOid: string): Uint8Array {
  const { x, y } = point.toAffine();
  return sequence(
    sequence(oid(algorithm === 'gost2012-256' ? oids.gostKey256 : oids.gostKey512), sequence(oid(curveOid))),
    bitString(octetString(Buffer.concat([toLittleEndian(x, curve.octets), toLittleEndian(y, curve.octets)]))),
  );
}

/** AlgorithmIdentifier of a key: which of the two algorithms, and the curve. @throws DerFault */
export function readKeyAlgorithm(fields: Fields): {
  known: { algorithm: GostAlgorithm; bits: 256 | 512 };
  curve: Curve;
  curveOid: string;
} {
  const algorithm = readOid(fields.take('algorithm', tag.OBJECT_IDENTIFIER), 'The algorithm of the key');
  const known = gostKeys[algorithm];
  if (!known) throw new DerFault('DER_VALUE', `The key is of algorithm ${algorithm}, not of GOST R 34.10-2012.`);
  const parameters = new Fields(fields.take('parameters', tag.SEQUENCE), 'GostR3410-2012-PublicKeyParameters');
  const curveOid = readOid(parameters.take('publicKeyParamSet', tag.OBJECT_IDENTIFIER), 'The parameter set');
  const curve = curveOf(curveOid);
  if (!curve) throw new DerFault('DER_VALUE', `The parameter set ${curveOid} of the key is not known.`);
  if (8 * curve.octets !== known.bits)
    throw new DerFault('DER_VALUE', `The parameter set ${curveOid} does not belong to a key of ${known.bits} bits.`);
  return { known, curve, curveOid };
}

/** Whether a signature s ‖ r over data belongs to the key. */
export function verifyData({ bits, curve, point }: GostPublicKey, data: Uint8Array, signature: Uint8Array): boolean {
  return verify(curve, point, streebog(bits, data), signature);
}

/** Whether two public keys are the same number of the same curve, whatever name its parameters have. */
export function isSameKey(a: GostPublicKey, b: GostPublicKey): boolean {
  return a.curve.Point === b.curve.Point && a.point.equals(b.point);
}
