import { isDerFault } from '../asn1/fault.ts';
import type { Certificate } from '../x509/certificate.ts';
import { algorithm } from '../x509/oids.ts';
import { startVerification } from '../x509/signature.ts';
import { type DocumentOctets, pump } from './document.ts';
import { type Finding, finding } from './findings.ts';

/** Digest that goes with each kind of key when nothing names one. */
const usual: Readonly<Record<string, string>> = {
  [algorithm.gostKey256]: algorithm.streebog256,
  [algorithm.gostKey512]: algorithm.streebog512,
  [algorithm.rsa]: algorithm.sha256,
  [algorithm.ecKey]: algorithm.sha256,
};

/**
 * Verifies bare signature octets over a document: s ‖ r for GOST, PKCS#1 v1.5 with SHA-256 for RSA, DER with SHA-256 for
 * ECDSA. It tells nothing of trust and time; `checkTrust` does.
 */
export async function verifyRaw(
  document: DocumentOctets,
  signature: Uint8Array,
  certificate: Certificate,
): Promise<Finding> {
  const { oid } = certificate.keyAlgorithm;
  try {
    const verification = startVerification(certificate, { oid, parameters: undefined }, usual[oid]);
    await pump(document, [verification]);
    return finding(verification.verify(signature) ? 'SIGNATURE_RIGHT' : 'SIGNATURE_WRONG');
  } catch (error) {
    if (!isDerFault(error)) throw error;
    return finding('ALGORITHM_UNSUPPORTED', { detail: error.message });
  }
}
