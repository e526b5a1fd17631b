import { escapeAttribute, escapeText } from './canonical-text.ts';
import { DS, ENVELOPED, EXCLUSIVE_C14N, INCLUSIVE_C14N, SIGNED_PROPERTIES_TYPE, XADES } from './uris.ts';

/** Everything that a signature says; digests and octets in base64. */
export interface XadesContent {
  /** `Id` of the signature; the others begin with it. */
  id: string;
  signedId: string;
  family: 'exclusive' | 'inclusive';
  signatureMethod: string;
  digestMethod: string;
  digest: string;
  /** Empty until it is known, and so is `value`. */
  propertiesDigest: string;
  value: string;
  certificate: string;
  certificateDigest: string;
  signingTime: string;
  issuer: string;
  /** Decimal. */
  serial: string;
}

/** Writes `ds:Signature` without a single blank between elements: white space would be part of what is signed. */
export function xadesText(content: XadesContent): string {
  const { id, family } = content;
  const c14n = family === 'exclusive' ? EXCLUSIVE_C14N : INCLUSIVE_C14N;
  const digestMethod = `<ds:DigestMethod Algorithm="${content.digestMethod}"/>`;
  const signedInfo =
    `<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="${c14n}"/>` +
    `<ds:SignatureMethod Algorithm="${content.signatureMethod}"/>` +
    `<ds:Reference Id="${id}-ref0" URI="#${escapeAttribute(content.signedId)}"><ds:Transforms>` +
    `<ds:Transform Algorithm="${ENVELOPED}"/><ds:Transform Algorithm="${EXCLUSIVE_C14N}"/></ds:Transforms>` +
    `${digestMethod}<ds:DigestValue>${content.digest}</ds:DigestValue></ds:Reference>` +
    `<ds:Reference Type="${SIGNED_PROPERTIES_TYPE}" URI="#${id}-signedprops">` +
    // Without a transform the form is inclusive, by XMLDSig §4.4.3.2.
    (family === 'exclusive' ? `<ds:Transforms><ds:Transform Algorithm="${EXCLUSIVE_C14N}"/></ds:Transforms>` : '') +
    `${digestMethod}<ds:DigestValue>${content.propertiesDigest}</ds:DigestValue></ds:Reference></ds:SignedInfo>`;
  const properties =
    `<xades:QualifyingProperties xmlns:xades="${XADES}" Target="#${id}"><xades:SignedProperties Id="${id}-signedprops">` +
    `<xades:SignedSignatureProperties><xades:SigningTime>${content.signingTime}</xades:SigningTime>` +
    `<xades:SigningCertificate><xades:Cert><xades:CertDigest>${digestMethod}` +
    `<ds:DigestValue>${content.certificateDigest}</ds:DigestValue></xades:CertDigest><xades:IssuerSerial>` +
    `<ds:X509IssuerName>${escapeText(content.issuer)}</ds:X509IssuerName>` +
    `<ds:X509SerialNumber>${content.serial}</ds:X509SerialNumber></xades:IssuerSerial></xades:Cert>` +
    '</xades:SigningCertificate></xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties>';
  return (
    `<ds:Signature xmlns:ds="${DS}" Id="${id}">${signedInfo}` +
    `<ds:SignatureValue Id="${id}-sigvalue">${content.value}</ds:SignatureValue>` +
    `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${content.certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>` +
    `<ds:Object>${properties}</ds:Object></ds:Signature>`
  );
}
