import { fieldsOf, parseDer } from '../asn1/reader.ts';
import { SEQUENCE } from '../asn1/tags.ts';
import { algorithmIdentifier, context, nullValue, octetString, oid, sequence } from '../asn1/writer.ts';
import type { Certificate } from './certificate.ts';
import { namingDigest } from './digest.ts';
import { algorithm } from './oids.ts';

export const OCSP_NONCE = '1.3.6.1.5.5.7.48.1.2';

export interface OcspQuestion {
  certificate: Certificate;
  issuer: Certificate;
  /** Digest that names the issuer: Streebog-256 for Russian authorities, SHA-1 for responders that know no other. */
  digest?: string;
  /** Random octets, 16 to 32, that the answer must bring back (RFC 9654). */
  nonce?: Uint8Array;
}

/** OCSPRequest for one certificate (RFC 6960 §4.1), to be sent by POST as `application/ocsp-request`. */
export function ocspRequest({ certificate, issuer, digest, nonce }: OcspQuestion): Uint8Array {
  const named = digest ?? usualDigest(issuer);
  const id = sequence(
    algorithmIdentifier(named, nullValue()),
    octetString(namingDigest(named, issuer.subject.der)),
    octetString(namingDigest(named, issuer.publicKeyOctets)),
    certificate.serialDer,
  );
  const extensions = nonce ? [context(2, sequence(sequence(oid(OCSP_NONCE), octetString(octetString(nonce)))))] : [];
  return sequence(sequence(sequence(sequence(id)), ...extensions));
}

/** GOST responders are best asked in GOST; all others know SHA-1. */
function usualDigest(issuer: Certificate): string {
  return issuer.keyAlgorithm.oid.startsWith('1.2.643.') ? algorithm.streebog256 : algorithm.sha1;
}

/** The CertID octets of the first question in a request, for tests and stand-ins. */
export function questionOf(request: Uint8Array): Uint8Array {
  let element = parseDer(request);
  for (let level = 0; level < 4; level++) element = fieldsOf(element, SEQUENCE, 'OCSPRequest').any('request');
  return element.der;
}
