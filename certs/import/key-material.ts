import { createPrivateKey, createPublicKey } from 'node:crypto';
import { HubError } from '../../canonical/errors.ts';
import { isDerFault } from '../asn1/fault.ts';
import { pemBlocks, toDer } from '../asn1/pem.ts';
import { readPrivateKey } from '../gost/private-key.ts';
import { isSameKey, readPublicKey } from '../gost/public-key.ts';
import { Certificate } from '../x509/certificate.ts';
import { isEncrypted, openPkcs8 } from './pbes2.ts';
import { isPfx, openPfx } from './pfx.ts';

/** A certificate with its issuers, and its private key where it was given. */
export interface KeyMaterial {
  certificate: Certificate;
  /** Issuers, the nearest first. */
  chain: Certificate[];
  /** Not encrypted; absent for a key that lies elsewhere. */
  pkcs8?: Uint8Array;
}

const MAX_FILE = 1024 * 1024;
const MAX_CERTIFICATES = 20;

/**
 * Reads what a person has of a certificate: PEM with all of it, a certificate and a key in files of their own (DER, PEM,
 * base64), or PKCS#12. The certificate that belongs to the key is found by the key; without one it is the only one that
 * issued none of the others.
 *
 * @throws HubError rejected with the file or field that is wrong; nothing of a key is in the message
 */
export async function readKeyMaterial(
  files: readonly Uint8Array[],
  { password = '', opensslConfig }: { password?: string | undefined; opensslConfig?: string | undefined } = {},
): Promise<KeyMaterial> {
  const certificates: Certificate[] = [];
  const keys: Uint8Array[] = [];
  for (const [n, file] of files.entries()) {
    const wrong = (message: string, cause?: unknown): HubError =>
      new HubError(
        'rejected',
        'CERTIFICATE_UNREADABLE',
        `File ${n + 1}: ${message}`,
        { errors: [{ pointer: `/files/${n}`, message }] },
        { cause },
      );
    if (file.length > MAX_FILE) throw wrong('is larger than 1 MB; a certificate with its chain has some kilobytes.');
    try {
      for (const { label, der } of blocksOf(file)) {
        if (label === 'CERTIFICATE') certificates.push(new Certificate(der));
        else if (label === 'ENCRYPTED PRIVATE KEY') keys.push(await openPkcs8(der, password));
        else if (label === 'PRIVATE KEY') keys.push(der);
        else if (label === 'PFX') {
          const content = await openPfx(der, password, { opensslConfig });
          certificates.push(...content.certificates.map((c) => new Certificate(c)));
          keys.push(...content.keys);
        } else throw wrong(`holds ${label}, which is neither a certificate nor a private key in PKCS#8.`);
      }
    } catch (error) {
      if (isDerFault(error)) throw wrong(error.message, error);
      throw error;
    }
  }
  const [pkcs8] = keys;
  if (keys.length > 1)
    throw new HubError(
      'rejected',
      'CERTIFICATE_UNREADABLE',
      'The files hold several private keys; give one certificate a time.',
    );
  if (certificates.length === 0 || certificates.length > MAX_CERTIFICATES)
    throw new HubError(
      'rejected',
      'CERTIFICATE_UNREADABLE',
      certificates.length === 0
        ? 'The files hold no certificate: add it, as the certification authority issued it.'
        : `The files hold more than ${MAX_CERTIFICATES} certificates; give one with its issuers.`,
    );
  const own = pkcs8 ? certificates.filter((c) => belongs(c, pkcs8)) : leaves(certificates);
  const [certificate] = own;
  if (!certificate)
    throw new HubError(
      'rejected',
      'KEY_MISMATCH',
      'The private key belongs to none of the certificates: import the pair that was issued together.',
    );
  if (own.length > 1 && !own.every((c) => c.equals(certificate)))
    throw new HubError(
      'rejected',
      'CERTIFICATE_UNREADABLE',
      'The files hold several certificates of persons; give one a time.',
    );
  return { certificate, chain: issuersOf(certificate, certificates), ...(pkcs8 ? { pkcs8 } : {}) };
}

/** What a file holds, by the labels of PEM. */
function blocksOf(file: Uint8Array): { label: string; der: Uint8Array }[] {
  const text = Buffer.from(file).toString('latin1');
  if (text.includes('-----BEGIN ')) return pemBlocks(text).filter((b) => b.label !== 'GOST PARAMETERS');
  const der = toDer(file);
  if (isPfx(der)) return [{ label: 'PFX', der }];
  try {
    new Certificate(der);
    return [{ label: 'CERTIFICATE', der }];
  } catch (error) {
    if (!isDerFault(error)) throw error;
  }
  return [{ label: isEncrypted(der) ? 'ENCRYPTED PRIVATE KEY' : 'PRIVATE KEY', der }];
}

function belongs(certificate: Certificate, pkcs8: Uint8Array): boolean {
  try {
    return isSameKey(readPrivateKey(pkcs8).publicKey, readPublicKey(certificate.spki));
  } catch (error) {
    if (!isDerFault(error)) throw error;
  }
  try {
    const own = createPublicKey(createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' }));
    return own.export({ type: 'spki', format: 'der' }).equals(Buffer.from(certificate.spki));
  } catch {
    // A key that neither reads belongs to nothing.
    return false;
  }
}

function leaves(certificates: readonly Certificate[]): Certificate[] {
  return certificates.filter((c) => !certificates.some((other) => other !== c && other.issuer.equals(c.subject)));
}

function issuersOf(certificate: Certificate, among: readonly Certificate[]): Certificate[] {
  const chain: Certificate[] = [];
  let last = certificate;
  while (!last.isSelfIssued) {
    const issuer = among.find((c) => c.subject.equals(last.issuer) && !chain.includes(c));
    if (!issuer) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}
