import {
  constants,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as nodeSign,
  privateEncrypt,
} from 'node:crypto';
import { promisify } from 'node:util';
import { HubError } from '../../canonical/errors.ts';
import { fieldsOf, parseDer } from '../asn1/reader.ts';
import * as tag from '../asn1/tags.ts';
import { readOid } from '../asn1/values.ts';
import { algorithmIdentifier, nullValue, octetString, sequence } from '../asn1/writer.ts';
import { schemes } from '../cms/scheme.ts';
import { gostKeys } from '../gost/algorithms.ts';
import { readPrivateKey } from '../gost/private-key.ts';
import { isSameKey, readPublicKey } from '../gost/public-key.ts';
import type { Signer, SignerCertificate } from '../signer.ts';
import { algorithm } from '../x509/oids.ts';
import type { SigningThreads } from './threads.ts';

const signAsync = promisify(nodeSign) as (algorithm: string, data: Uint8Array, key: KeyObject) => Promise<Buffer>;

export interface SoftwareOptions {
  certificate: SignerCertificate;
  /** SubjectPublicKeyInfo of the certificate: a key that does not belong to it is refused. */
  spki: Uint8Array;
  /** The private key, not encrypted. */
  pkcs8: Uint8Array;
  threads: SigningThreads;
}

/**
 * A key that lies in a file or in the store: GOST by arithmetic of our own in threads, RSA and ECDSA by Node. Equal to a
 * certified СКЗИ in numbers, and none by law.
 *
 * @throws HubError misconfigured/KEY_UNREADABLE, misconfigured/KEY_MISMATCH
 */
export async function softwareSigner({ certificate, spki, pkcs8, threads }: SoftwareOptions): Promise<Signer> {
  const gost = gostKeys[algorithmOf(pkcs8)];
  if (gost) {
    let belongs: boolean;
    try {
      belongs = isSameKey(readPrivateKey(pkcs8).publicKey, readPublicKey(spki));
    } catch (cause) {
      throw unreadable(cause);
    }
    if (!belongs) throw mismatch();
    const key = await threads.load(pkcs8);
    return {
      algorithm: gost.algorithm,
      certificate: async () => certificate,
      signRaw: (data) => threads.sign(key, data),
      signDigest: (digest) => threads.signDigest(key, digest),
      digestDocument: (document) => threads.digest(schemes[gost.algorithm].digest, document),
      signXml: (document, request) => threads.signXml(key, certificate, document, request),
    };
  }
  const key = readKey(pkcs8);
  const kind = key.asymmetricKeyType;
  if (kind !== 'rsa' && kind !== 'ec')
    throw new HubError('misconfigured', 'KEY_UNREADABLE', `A private key of kind ${kind} signs nothing here.`);
  const own = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const theirs = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  if (!own.equals(theirs.export({ type: 'spki', format: 'der' }))) throw mismatch();
  return {
    algorithm: kind === 'rsa' ? 'rsa-sha256' : 'ecdsa-sha256',
    certificate: async () => certificate,
    signRaw: async (data) => new Uint8Array(await signAsync('sha256', data, key)),
    ...(kind === 'rsa' ? { signDigest: async (digest) => signRsaDigest(key, digest) } : {}),
  };
}

/** PKCS#1 v1.5 over a digest by SHA-256 that was made elsewhere (RFC 8017 §9.2). */
function signRsaDigest(key: KeyObject, digest: Uint8Array): Uint8Array {
  const info = sequence(algorithmIdentifier(algorithm.sha256, nullValue()), octetString(digest));
  return new Uint8Array(privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info));
}

function algorithmOf(pkcs8: Uint8Array): string {
  try {
    const fields = fieldsOf(parseDer(pkcs8), tag.SEQUENCE, 'PrivateKeyInfo');
    fields.take('version', tag.INTEGER);
    const identifier = fieldsOf(fields.take('privateKeyAlgorithm', tag.SEQUENCE), tag.SEQUENCE, 'AlgorithmIdentifier');
    return readOid(identifier.take('algorithm', tag.OBJECT_IDENTIFIER));
  } catch (cause) {
    throw unreadable(cause);
  }
}

function readKey(pkcs8: Uint8Array): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause: unknown): HubError {
  return new HubError(
    'misconfigured',
    'KEY_UNREADABLE',
    `The private key can't be read: ${(cause as Error).message}`,
    {},
    { cause },
  );
}

function mismatch(): HubError {
  return new HubError(
    'misconfigured',
    'KEY_MISMATCH',
    'The private key does not belong to the certificate: import the pair that was issued together.',
  );
}
