import { createPublicKey, generateKeyPairSync, sign as signByNode } from 'node:crypto';
import {
  algorithmIdentifier,
  bitString,
  context,
  integer,
  oid,
  sequence,
  setOf,
  time,
  utf8String,
} from '../../asn1/writer.ts';
import { curveOf } from '../../gost/curves.ts';
import { type GostPrivateKey, signData } from '../../gost/private-key.ts';
import { writePublicKey } from '../../gost/public-key.ts';
import { publicKeyOf } from '../../gost/signature.ts';
import type { Signer } from '../../signer.ts';

export const NOT_BEFORE = Date.parse('2026-01-01T00:00:00Z');
export const NOT_AFTER = Date.parse('2027-01-01T00:00:00Z');
/** Longer than a JavaScript number holds exactly. */
export const SERIAL = 0x7c0000f1e2d3c4b5a6978879n;

const attribute = (type: string, value: string): Uint8Array => setOf(sequence(oid(type), utf8String(value)));
const name = sequence(
  attribute('2.5.4.6', 'RU'),
  attribute('2.5.4.10', 'ООО "Пример", для <проверки> & опытов'),
  attribute('1.2.643.100.1', '1000000000001'),
  attribute('1.2.840.113549.1.9.1', 'ca@example.invalid'),
  attribute('2.5.4.3', 'Issuer + Sons'),
);

/** A certificate whose own signature is of no interest to who tests XML signatures. */
function certificateOf(spki: Uint8Array): Uint8Array {
  const algorithm = algorithmIdentifier('1.2.840.113549.1.1.11');
  const tbs = sequence(
    context(0, integer(2)),
    integer(SERIAL),
    algorithm,
    name,
    sequence(time(NOT_BEFORE), time(NOT_AFTER)),
    sequence(attribute('2.5.4.3', 'Signer')),
    spki,
  );
  return sequence(tbs, algorithm, bitString(new Uint8Array(32)));
}

/** @param d the secret number; the same one makes the same certificate */
export function gostSigner(d: bigint = 0x1234567890abcdefn): Signer {
  const curveOid = '1.2.643.7.1.2.1.1.1';
  const curve = curveOf(curveOid);
  if (!curve) throw new Error('The curve of the tests is unknown.');
  const known = { algorithm: 'gost2012-256', bits: 256 } as const;
  const publicKey = { ...known, curve, point: publicKeyOf(curve, d) };
  const key: GostPrivateKey = { ...known, curve, curveOid, d, publicKey };
  const der = certificateOf(writePublicKey(publicKey, curveOid));
  return {
    algorithm: 'gost2012-256',
    certificate: async () => ({ der, chain: [] }),
    signRaw: async (data) => signData(key, data),
  };
}

export function nodeSigner(kind: 'rsa' | 'ec'): Signer {
  const { privateKey } =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const spki = createPublicKey(privateKey).export({
    type: 'spki',
    format: 'der',
  });
  const der = certificateOf(spki);
  return {
    algorithm: kind === 'rsa' ? 'rsa-sha256' : 'ecdsa-sha256',
    certificate: async () => ({ der, chain: [] }),
    signRaw: async (data) => signByNode('sha256', data, privateKey),
  };
}
