import { Fields, fieldsOf } from '../asn1/reader.ts';
import * as tag from '../asn1/tags.ts';
import { algorithmIdentifier, context, nullValue, octetString, sequence } from '../asn1/writer.ts';
import { readAlgorithm } from '../x509/algorithm-identifier.ts';
import type { Certificate } from '../x509/certificate.ts';
import { digest, namingDigest } from '../x509/digest.ts';
import { DistinguishedName } from '../x509/name.ts';
import { algorithm } from '../x509/oids.ts';
import { type Attributes, attributeOf } from './attributes.ts';
import { attribute } from './oids.ts';

/**
 * The attribute signingCertificateV2 (RFC 5035): ties the signature to one certificate by its digest, so that no other
 * certificate of the same key can be put in its place. Issuer and serial number are copied octet by octet.
 */
export function signingCertificate(certificate: Certificate, digestOid: string): Uint8Array {
  const hash = octetString(digest(digestOid, certificate.der));
  const issuerSerial = sequence(sequence(context(4, certificate.issuer.der)), certificate.serialDer);
  // SHA-256 is the default, which DER leaves out.
  const named = digestOid === algorithm.sha256 ? [] : [algorithmIdentifier(digestOid, nullValue())];
  return attributeOf(attribute.signingCertificateV2, sequence(sequence(sequence(...named, hash, issuerSerial))));
}

/**
 * What signingCertificate or its second version say of a certificate. The first entry is the signer's own; the rest may
 * name the chain. A certificate named by SHA-1 in the old attribute counts, since the digest only picks between
 * certificates that a chain must prove anyway.
 *
 * @throws DerFault
 */
export function namedCertificate(attributes: Attributes, certificate: Certificate): 'absent' | 'same' | 'other' {
  const second = attributes.single(attribute.signingCertificateV2);
  const first = attributes.single(attribute.signingCertificate);
  const value = second ?? first;
  if (!value) return 'absent';
  const list = fieldsOf(value, tag.SEQUENCE, 'SigningCertificate').take('certs', tag.SEQUENCE);
  const id = new Fields(new Fields(list, 'certs').take('ESSCertID', tag.SEQUENCE), 'ESSCertID');
  const named = second ? id.optional(tag.SEQUENCE) : undefined;
  const digestOid = named ? readAlgorithm(named).oid : second ? algorithm.sha256 : algorithm.sha1;
  const hash = id.take('certHash', tag.OCTET_STRING).content;
  const issuerSerial = id.optional(tag.SEQUENCE);
  id.end();
  if (Buffer.compare(hash, namingDigest(digestOid, certificate.der)) !== 0) return 'other';
  return !issuerSerial || isIssuerSerialOf(new Fields(issuerSerial, 'IssuerSerial'), certificate) ? 'same' : 'other';
}

function isIssuerSerialOf(fields: Fields, certificate: Certificate): boolean {
  const names = fields.take('issuer', tag.SEQUENCE);
  const serial = fields.take('serialNumber', tag.INTEGER);
  if (Buffer.compare(serial.der, certificate.serialDer) !== 0) return false;
  for (const name of names.children())
    if (name.tag === tag.constructed(4))
      return DistinguishedName.read(new Fields(name, 'directoryName').any('Name')).equals(certificate.issuer);
  return false;
}
