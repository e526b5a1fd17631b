import type { KeyringEntry } from './keyring.ts';
import { daysLeft, endOf, isInForce } from './x509/in-force.ts';
import { identityOf, identityOfName } from './x509/subject.ts';

/** A certificate as the API shows it. */
export function describeCertificate(
  { name, certificate, chain, signer }: KeyringEntry,
  now: number,
): Record<string, unknown> {
  return {
    name,
    signer,
    subject: identityOf(certificate),
    issuer: identityOfName(certificate.issuer).commonName ?? certificate.issuer.toText(),
    serial: certificate.serialHex,
    thumbprint: certificate.thumbprint,
    notBefore: new Date(certificate.notBefore).toISOString(),
    notAfter: new Date(certificate.notAfter).toISOString(),
    ...(endOf(certificate) < certificate.notAfter ? { keyNotAfter: new Date(endOf(certificate)).toISOString() } : {}),
    daysLeft: daysLeft(certificate, now),
    isInForce: isInForce(certificate, now),
    keyUsage: certificate.extensions.keyUsage ? [...certificate.extensions.keyUsage] : null,
    issuers: chain.length,
  };
}
