import { HubError } from '../../canonical/errors.ts';
import { algorithmIdentifier, nullValue } from '../asn1/writer.ts';
import type { SignatureAlgorithm } from '../signer.ts';
import type { Certificate } from '../x509/certificate.ts';
import { mustBeInForce } from '../x509/in-force.ts';
import { algorithm } from '../x509/oids.ts';

/** How CMS names what a signer does. */
export interface Scheme {
  /** Object identifier of the digest. */
  readonly digest: string;
  readonly digestAlgorithm: Uint8Array;
  readonly signatureAlgorithm: Uint8Array;
  /** Kind of key that the certificate must have. */
  readonly keyAlgorithm: string;
}

/** GOST names the key instead of the signature, with NULL, as gost-engine and CryptoPro do. */
const gost = (digest: string, key: string): Scheme => ({
  digest,
  digestAlgorithm: algorithmIdentifier(digest, nullValue()),
  signatureAlgorithm: algorithmIdentifier(key, nullValue()),
  keyAlgorithm: key,
});

/** The parameters of SHA-2 and of ECDSA are absent, those of RSA NULL (RFC 5754). */
export const schemes: Readonly<Record<SignatureAlgorithm, Scheme>> = {
  'gost2012-256': gost(algorithm.streebog256, algorithm.gostKey256),
  'gost2012-512': gost(algorithm.streebog512, algorithm.gostKey512),
  'rsa-sha256': {
    digest: algorithm.sha256,
    digestAlgorithm: algorithmIdentifier(algorithm.sha256),
    signatureAlgorithm: algorithmIdentifier(algorithm.rsa, nullValue()),
    keyAlgorithm: algorithm.rsa,
  },
  'ecdsa-sha256': {
    digest: algorithm.sha256,
    digestAlgorithm: algorithmIdentifier(algorithm.sha256),
    signatureAlgorithm: algorithmIdentifier(algorithm.ecdsaSha256),
    keyAlgorithm: algorithm.ecKey,
  },
};

/**
 * Refuses to sign with a certificate that would make the signature worthless.
 * @throws HubError needs-operator or misconfigured, with what to do
 */
export function requireUsable(certificate: Certificate, by: SignatureAlgorithm, at: number): void {
  const which = `The certificate ${certificate.serialHex}`;
  if (certificate.keyAlgorithm.oid !== schemes[by].keyAlgorithm)
    throw new HubError(
      'misconfigured',
      'SIGNER_KEY_MISMATCH',
      `${which} is not for a key of ${by}: check the signer's settings.`,
    );
  mustBeInForce(certificate, at);
  const { keyUsage } = certificate.extensions;
  if (keyUsage && !keyUsage.has('digitalSignature') && !keyUsage.has('nonRepudiation'))
    throw new HubError('misconfigured', 'SIGNER_KEY_USAGE', `${which} does not allow to sign documents (keyUsage).`);
}
