import { type Fields, fieldsOf, parseDer } from '../asn1/reader.ts';
import * as tag from '../asn1/tags.ts';
import { readInteger } from '../asn1/values.ts';
import { integer, sequence } from '../asn1/writer.ts';

/**
 * XML Signature writes r ‖ s of ECDSA, each as long as the order of the curve; X.509 and most programs write DER.
 *
 * @param octets of each number
 * @throws DerFault when the signature is not DER
 */
export function ecdsaPair(der: Uint8Array, octets: number): Uint8Array {
  const fields: Fields = fieldsOf(parseDer(der), tag.SEQUENCE, 'ECDSA-Sig-Value');
  const pair = ['r', 's'].map((name) => readInteger(fields.take(name, tag.INTEGER), name));
  fields.end();
  return Buffer.from(pair.map((number) => number.toString(16).padStart(2 * octets, '0')).join(''), 'hex');
}

/** The other way round. */
export function ecdsaDer(pair: Uint8Array): Uint8Array {
  const half = pair.length / 2;
  const number = (octets: Uint8Array): bigint => BigInt(`0x0${Buffer.from(octets).toString('hex')}`);
  return sequence(integer(number(pair.subarray(0, half))), integer(number(pair.subarray(half))));
}
