import { constants, createVerify } from 'node:crypto';
import { DerFault } from '../asn1/fault.ts';
import { type Element, Fields, fieldsOf } from '../asn1/reader.ts';
import * as tag from '../asn1/tags.ts';
import { readSmallInteger } from '../asn1/values.ts';
import { verify as verifyGost } from '../gost/signature.ts';
import { type AlgorithmIdentifier, readAlgorithm } from './algorithm-identifier.ts';
import type { Certificate } from './certificate.ts';
import { digestOf } from './digest.ts';
import { algorithm } from './oids.ts';
import { type PublicKey, publicKeyOf } from './public-key.ts';

/** Takes in what was signed, piece by piece, and then says whether a signature belongs to it. */
export interface Verification {
  update(data: Uint8Array): unknown;
  verify(signature: Uint8Array): boolean;
}

type Kind = PublicKey['kind'];

/** Algorithms that name the digest with the signature. */
const combined: Readonly<Record<string, { kind: Kind; digest: string }>> = {
  [algorithm.gostSignature256]: { kind: 'gost', digest: algorithm.streebog256 },
  [algorithm.gostSignature512]: { kind: 'gost', digest: algorithm.streebog512 },
  [algorithm.rsaSha256]: { kind: 'rsa', digest: algorithm.sha256 },
  [algorithm.rsaSha384]: { kind: 'rsa', digest: algorithm.sha384 },
  [algorithm.rsaSha512]: { kind: 'rsa', digest: algorithm.sha512 },
  [algorithm.ecdsaSha256]: { kind: 'ecdsa', digest: algorithm.sha256 },
  [algorithm.ecdsaSha384]: { kind: 'ecdsa', digest: algorithm.sha384 },
  [algorithm.ecdsaSha512]: { kind: 'ecdsa', digest: algorithm.sha512 },
};
/** CMS also names only the key; the digest stands beside it. */
const bare: Readonly<Record<string, Kind>> = {
  [algorithm.gostKey256]: 'gost',
  [algorithm.gostKey512]: 'gost',
  [algorithm.rsa]: 'rsa',
  [algorithm.ecKey]: 'ecdsa',
};

/**
 * Begins to verify a signature by the key of a certificate.
 *
 * @param digestOid the digest that CMS names beside the signature; must agree when the algorithm names one too
 * @throws DerFault DER_UNSUPPORTED for algorithms that are not known, too weak, or not those of the key
 */
export function startVerification(
  certificate: Certificate,
  signatureAlgorithm: AlgorithmIdentifier,
  digestOid?: string,
): Verification {
  const key = publicKeyOf(certificate.spki, certificate.keyAlgorithm.oid);
  const { oid, parameters } = signatureAlgorithm;
  const disagree = () =>
    new DerFault('DER_UNSUPPORTED', `The signature algorithm ${oid} does not go with the key and the digest.`);
  if (oid === algorithm.rsaPss) {
    const pss = readPss(parameters);
    if (key.kind !== 'rsa' || (digestOid !== undefined && digestOid !== pss.digest)) throw disagree();
    return ofNode(key, pss.digest, pss.saltOctets);
  }
  if (parameters) throw disagree();
  const whole = Object.hasOwn(combined, oid) ? combined[oid] : undefined;
  const kind = whole?.kind ?? (Object.hasOwn(bare, oid) ? bare[oid] : undefined);
  const digest = whole?.digest ?? digestOid;
  if (kind === undefined || digest === undefined)
    throw new DerFault('DER_UNSUPPORTED', `The signature algorithm ${oid} is not known or too weak.`);
  if (key.kind !== kind || (digestOid !== undefined && digest !== digestOid)) throw disagree();
  if (certificate.keyAlgorithm.oid === algorithm.rsaPss) throw disagree();
  if (key.kind !== 'gost') return ofNode(key, digest);

  const { curve, point, bits } = key.key;
  if (digest !== (bits === 256 ? algorithm.streebog256 : algorithm.streebog512)) throw disagree();
  const running = digestOf(digest).create();
  return {
    update: (data) => running.update(data),
    verify: (signature) => verifyGost(curve, point, running.digest(), signature),
  };
}

function ofNode({ key }: Exclude<PublicKey, { kind: 'gost' }>, digest: string, saltOctets?: number): Verification {
  const name = digestOf(digest).node;
  if (!name) throw new DerFault('DER_UNSUPPORTED', `The digest ${digest} does not go with this key.`);
  const running = createVerify(name);
  return {
    update: (data) => running.update(data),
    verify: (signature) =>
      running.verify(
        saltOctets === undefined ? key : { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: saltOctets },
        signature,
      ),
  };
}

/** RSASSA-PSS-params (RFC 4055 §3.1): one digest for all, SHA-2 only. */
function readPss(parameters: Element | undefined): { digest: string; saltOctets: number } {
  const refuse = () => new DerFault('DER_UNSUPPORTED', 'These parameters of RSA-PSS are not accepted.');
  if (!parameters) throw refuse();
  const fields = fieldsOf(parameters, tag.SEQUENCE, 'RSASSA-PSS-params');
  const inside = (n: number, ...tags: number[]): Element | undefined => {
    const found = fields.optional(tag.constructed(n));
    return found && new Fields(found, 'RSASSA-PSS-params').take('value', ...tags);
  };
  const hash = inside(0, tag.SEQUENCE);
  const mask = inside(1, tag.SEQUENCE);
  const salt = inside(2, tag.INTEGER);
  const trailer = inside(3, tag.INTEGER);
  fields.end();
  if (!hash || !mask || (trailer && readSmallInteger(trailer, 'trailerField') !== 1)) throw refuse();
  const digest = readAlgorithm(hash).oid;
  const generation = readAlgorithm(mask);
  if (generation.oid !== algorithm.mgf1 || !generation.parameters) throw refuse();
  if (readAlgorithm(generation.parameters).oid !== digest) throw refuse();
  return { digest, saltOctets: salt ? readSmallInteger(salt, 'saltLength', 512) : 20 };
}

/** Signatures that held: chains of the same authorities come again and again. Only successes are kept. */
const KEPT = 256;
const held = new Set<string>();

/** Whether octets (of a certificate, a list, an OCSP answer) were signed by the key of a certificate. @throws DerFault */
export function isSignedBy(
  signed: { tbs: Uint8Array; signatureAlgorithm: AlgorithmIdentifier; signature: Uint8Array },
  by: Certificate,
): boolean {
  const verification = startVerification(by, signed.signatureAlgorithm);
  verification.update(signed.tbs);
  return verification.verify(signed.signature);
}

/** The same for certificates, remembering what held. @throws DerFault */
export function isIssuedBy(certificate: Certificate, by: Certificate): boolean {
  const id = `${fingerprint(certificate.der)} ${fingerprint(by.spki)}`;
  if (held.has(id)) return true;
  if (!isSignedBy(certificate, by)) return false;
  const [oldest] = held;
  if (held.size >= KEPT && oldest !== undefined) held.delete(oldest);
  held.add(id);
  return true;
}

const fingerprint = (octets: Uint8Array): string => {
  const running = digestOf(algorithm.sha256).create();
  running.update(octets);
  return Buffer.from(running.digest()).toString('base64');
};
