import { createHash } from 'node:crypto';
import { DerFault } from '../asn1/fault.ts';
import { Streebog } from '../gost/streebog.ts';
import { algorithm } from './oids.ts';

/** A digest over a stream of octets. */
export interface Digest {
  update(data: Uint8Array): unknown;
  digest(): Uint8Array;
}

interface Known {
  readonly name: string;
  /** Length of the digest. */
  readonly octets: number;
  /** Node's name; undefined for Streebog. */
  readonly node: string | undefined;
  create(): Digest;
}

const ofNode = (name: string, node: string, octets: number): Known => ({
  name,
  octets,
  node,
  create: () => createHash(node),
});
const streebog = (bits: 256 | 512): Known => ({
  name: `ГОСТ Р 34.11-2012 (${bits})`,
  octets: bits / 8,
  node: undefined,
  create: () => new Streebog(bits),
});

/** Digests that prove something. */
const strong: Readonly<Record<string, Known>> = {
  [algorithm.streebog256]: streebog(256),
  [algorithm.streebog512]: streebog(512),
  [algorithm.sha256]: ofNode('SHA-256', 'sha256', 32),
  [algorithm.sha384]: ofNode('SHA-384', 'sha384', 48),
  [algorithm.sha512]: ofNode('SHA-512', 'sha512', 64),
};
/** SHA-1 only finds things (certificates in OCSP and ESS attributes); collisions of it can be made. */
const naming: Readonly<Record<string, Known>> = { ...strong, [algorithm.sha1]: ofNode('SHA-1', 'sha1', 20) };

/** A digest that a signature rests on. @throws DerFault DER_UNSUPPORTED */
export function digestOf(oid: string): Known {
  return known(strong, oid);
}

/** A digest that names a certificate or key whose proof lies elsewhere. @throws DerFault DER_UNSUPPORTED */
export function namingDigestOf(oid: string): Known {
  return known(naming, oid);
}

function known(table: Readonly<Record<string, Known>>, oid: string): Known {
  const found = Object.hasOwn(table, oid) ? table[oid] : undefined;
  if (!found) throw new DerFault('DER_UNSUPPORTED', `The digest algorithm ${oid} is not known or too weak.`);
  return found;
}

/** The digest of octets that are at hand. */
export function digest(oid: string, data: Uint8Array): Uint8Array {
  return once(digestOf(oid), data);
}

export function namingDigest(oid: string, data: Uint8Array): Uint8Array {
  return once(namingDigestOf(oid), data);
}

function once(algorithm: Known, data: Uint8Array): Uint8Array {
  const running = algorithm.create();
  running.update(data);
  return running.digest();
}
