import { createDecipheriv, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { HubError } from '../../canonical/errors.ts';
import { Fields, fieldsOf, parseDer } from '../asn1/reader.ts';
import * as tag from '../asn1/tags.ts';
import { readOid, readSmallInteger } from '../asn1/values.ts';

const derive = promisify(pbkdf2);

const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const PRFS: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};
const CIPHERS: Readonly<Record<string, { name: string; octets: number }>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', octets: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', octets: 24 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', octets: 32 },
};
/** A file that asks for more rounds is there to keep the processor busy. */
const MAX_ROUNDS = 10_000_000;

/** Whether PKCS#8 is encrypted: EncryptedPrivateKeyInfo begins with an AlgorithmIdentifier, PrivateKeyInfo with a version. */
export function isEncrypted(pkcs8: Uint8Array): boolean {
  return fieldsOf(parseDer(pkcs8), tag.SEQUENCE, 'PrivateKeyInfo').nextTag === tag.SEQUENCE;
}

/**
 * Opens EncryptedPrivateKeyInfo by PBES2 with AES (RFC 8018), as openssl writes it by default.
 *
 * @throws HubError rejected/KEY_PASSWORD_WRONG, rejected/KEY_ENCRYPTION_UNKNOWN; DerFault
 */
export async function openPkcs8(encrypted: Uint8Array, password: string): Promise<Uint8Array> {
  const fields = fieldsOf(parseDer(encrypted), tag.SEQUENCE, 'EncryptedPrivateKeyInfo');
  const scheme = new Fields(fields.take('encryptionAlgorithm', tag.SEQUENCE), 'AlgorithmIdentifier');
  const octets = fields.take('encryptedData', tag.OCTET_STRING).content;
  if (readOid(scheme.take('algorithm', tag.OBJECT_IDENTIFIER)) !== PBES2) throw unknown();
  const parameters = new Fields(scheme.take('parameters', tag.SEQUENCE), 'PBES2-params');
  const kdf = new Fields(parameters.take('keyDerivationFunc', tag.SEQUENCE), 'AlgorithmIdentifier');
  if (readOid(kdf.take('algorithm', tag.OBJECT_IDENTIFIER)) !== PBKDF2) throw unknown();
  const kdfFields = new Fields(kdf.take('parameters', tag.SEQUENCE), 'PBKDF2-params');
  const salt = kdfFields.take('salt', tag.OCTET_STRING).content;
  const rounds = readSmallInteger(kdfFields.take('iterationCount', tag.INTEGER), 'iterationCount', MAX_ROUNDS);
  kdfFields.optional(tag.INTEGER);
  const prf = kdfFields.optional(tag.SEQUENCE);
  const prfOid = prf ? readOid(new Fields(prf, 'prf').take('algorithm', tag.OBJECT_IDENTIFIER)) : '1.2.840.113549.2.7';
  const cipher = new Fields(parameters.take('encryptionScheme', tag.SEQUENCE), 'AlgorithmIdentifier');
  const known = CIPHERS[readOid(cipher.take('algorithm', tag.OBJECT_IDENTIFIER))];
  const digest = PRFS[prfOid];
  if (!known || !digest) throw unknown();
  const iv = cipher.take('iv', tag.OCTET_STRING).content;
  const key = await derive(password, salt, rounds, known.octets, digest);
  try {
    const decipher = createDecipheriv(known.name, key, iv);
    const plain = new Uint8Array(Buffer.concat([decipher.update(octets), decipher.final()]));
    // One wrong password in 256 leaves a padding that looks right.
    parseDer(plain);
    return plain;
  } catch (cause) {
    throw new HubError(
      'rejected',
      'KEY_PASSWORD_WRONG',
      'The password does not open the private key.',
      { errors: [{ pointer: '/password', message: 'does not open the private key' }] },
      { cause },
    );
  }
}

function unknown(): HubError {
  return new HubError(
    'rejected',
    'KEY_ENCRYPTION_UNKNOWN',
    'The private key is encrypted in a way that is not read here. Convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in KEY -out NEW (with gost-engine for GOST encryption).',
  );
}
