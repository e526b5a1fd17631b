import { octetsOfBase64 } from './base64.ts';
import { attributeOf, elementsOf, isNamed, textOf } from './find.ts';
import type { XmlElement } from './nodes.ts';
import { SignatureRefusal } from './signature-fault.ts';
import { DS, EXCLUSIVE_C14N, XADES } from './uris.ts';

const MAX_CERTIFICATES = 10;
const MAX_TRANSFORMS = 4;

export interface XmlTransform {
  readonly algorithm: string;
  /** Of exclusive canonicalization: InclusiveNamespaces/@PrefixList; `''` is the default namespace. */
  readonly inclusivePrefixes: readonly string[];
}

export interface XmlReference {
  /** undefined when the attribute is absent, which is not the same as empty. */
  readonly uri: string | undefined;
  readonly type: string | undefined;
  readonly transforms: readonly XmlTransform[];
  readonly digestMethod: string;
  readonly digest: Uint8Array;
}

/** A `ds:Signature` with XAdES properties, taken apart; nothing in it is proven yet. */
export interface XadesSignature {
  readonly element: XmlElement;
  readonly id: string | undefined;
  readonly signedInfo: XmlElement;
  readonly canonicalization: XmlTransform;
  readonly signatureMethod: string;
  readonly references: readonly XmlReference[];
  readonly value: Uint8Array;
  /** DER, in the order written. */
  readonly certificates: readonly Uint8Array[];
  readonly qualifyingTarget: string | undefined;
  readonly signedProperties: XmlElement;
  readonly signingTime: string;
  readonly claims: readonly CertificateClaim[];
}

/** What SigningCertificate says of one certificate. */
export interface CertificateClaim {
  readonly digestMethod: string;
  readonly digest: Uint8Array;
  /** Absent in SigningCertificateV2, which may leave them out. */
  readonly issuerName: string | undefined;
  readonly serialNumber: string | undefined;
}

/**
 * Takes a signature apart, by the schemas of XMLDSig and XAdES: what is there twice, is missing or stands elsewhere is refused, so that
 * nobody can read another part than the one that was verified.
 *
 * @throws SignatureRefusal
 */
export function readSignature(element: XmlElement): XadesSignature {
  const [signedInfo, signatureValue, keyInfo, object] = exactly(element, DS, [
    'SignedInfo',
    'SignatureValue',
    'KeyInfo',
    'Object',
  ]) as [XmlElement, XmlElement, XmlElement, XmlElement];
  const [canonicalization, method, ...references] = elementsOf(signedInfo);
  if (!isNamed(canonicalization, DS, 'CanonicalizationMethod') || !isNamed(method, DS, 'SignatureMethod'))
    throw structure('SignedInfo does not begin with CanonicalizationMethod and SignatureMethod');
  if (elementsOf(method).length > 0) throw structure('SignatureMethod has parameters');
  const [qualifying] = exactly(object, XADES, ['QualifyingProperties']) as [XmlElement];
  const signedProperties = one(qualifying, XADES, 'SignedProperties');
  const properties = one(signedProperties, XADES, 'SignedSignatureProperties');
  return {
    element,
    id: attributeOf(element, 'Id'),
    signedInfo,
    canonicalization: transform(canonicalization),
    signatureMethod: algorithm(method),
    references: references.map(reference),
    value: octets(signatureValue),
    certificates: certificates(keyInfo),
    qualifyingTarget: attributeOf(qualifying, 'Target'),
    signedProperties,
    signingTime: textOf(one(properties, XADES, 'SigningTime')).trim(),
    claims: claims(properties),
  };
}

function structure(what: string): SignatureRefusal {
  return new SignatureRefusal('structure', `${what}.`);
}

/** The children are these and no others, in this order. */
function exactly(element: XmlElement, namespace: string, names: readonly string[]): XmlElement[] {
  const children = elementsOf(element);
  if (children.length !== names.length || names.some((name, index) => !isNamed(children[index], namespace, name)))
    throw structure(`${element.local} must hold ${names.join(', ')} and nothing else`);
  return children;
}

/** The only child of this name; others may stand beside it. */
function one(element: XmlElement, namespace: string, local: string): XmlElement {
  const [found, second] = elementsOf(element).filter((child) => isNamed(child, namespace, local));
  if (!found || second) throw structure(`${element.local} must hold exactly one ${local}`);
  return found;
}

function algorithm(element: XmlElement): string {
  const uri = attributeOf(element, 'Algorithm');
  if (uri === undefined) throw structure(`${element.local} has no Algorithm`);
  return uri;
}

function octets(element: XmlElement): Uint8Array {
  if (elementsOf(element).length > 0) throw structure(`${element.local} holds elements`);
  const read = octetsOfBase64(textOf(element));
  if (!read || read.length === 0) throw structure(`${element.local} is not base64`);
  return read;
}

function transform(element: XmlElement): XmlTransform {
  const [prefixes, second] = elementsOf(element);
  const uri = algorithm(element);
  if (!prefixes) return { algorithm: uri, inclusivePrefixes: [] };
  if (second || !isNamed(prefixes, EXCLUSIVE_C14N, 'InclusiveNamespaces'))
    throw new SignatureRefusal('transform', 'A transform has parameters other than InclusiveNamespaces.');
  const list = (attributeOf(prefixes, 'PrefixList') ?? '').split(/\s+/).filter(Boolean);
  return { algorithm: uri, inclusivePrefixes: list.map((prefix) => (prefix === '#default' ? '' : prefix)) };
}

function reference(element: XmlElement): XmlReference {
  if (!isNamed(element, DS, 'Reference')) throw structure('SignedInfo holds something that is no Reference');
  const children = elementsOf(element);
  const transforms = isNamed(children[0], DS, 'Transforms') ? children.shift() : undefined;
  const [method, value, more] = children;
  if (!isNamed(method, DS, 'DigestMethod') || !isNamed(value, DS, 'DigestValue') || more)
    throw structure('A Reference must hold Transforms or not, DigestMethod, DigestValue and nothing else');
  if (elementsOf(method).length > 0) throw structure('DigestMethod has parameters');
  const steps = transforms ? elementsOf(transforms) : [];
  if (steps.length > MAX_TRANSFORMS) throw new SignatureRefusal('transform', 'A Reference has too many transforms.');
  if (steps.some((step) => !isNamed(step, DS, 'Transform'))) throw structure('Transforms holds something else');
  return {
    uri: attributeOf(element, 'URI'),
    type: attributeOf(element, 'Type'),
    transforms: steps.map(transform),
    digestMethod: algorithm(method),
    digest: octets(value),
  };
}

function certificates(keyInfo: XmlElement): Uint8Array[] {
  const found = elementsOf(keyInfo)
    .filter((child) => isNamed(child, DS, 'X509Data'))
    .flatMap(elementsOf)
    .filter((child) => isNamed(child, DS, 'X509Certificate'));
  if (found.length === 0) throw new SignatureRefusal('certificate', 'KeyInfo holds no X509Certificate.');
  if (found.length > MAX_CERTIFICATES)
    throw new SignatureRefusal('certificate', 'KeyInfo holds too many certificates.');
  return found.map(octets);
}

function claims(properties: XmlElement): CertificateClaim[] {
  const signing = elementsOf(properties).filter(
    ({ namespace, local }) => namespace === XADES && /^SigningCertificate(V2)?$/.test(local),
  );
  const [only] = signing;
  if (!only || signing.length > 1) throw structure('SignedSignatureProperties must hold one SigningCertificate');
  const listed = elementsOf(only);
  if (listed.length === 0 || listed.length > MAX_CERTIFICATES)
    throw structure('SigningCertificate lists no Cert, or too many');
  return listed.map((cert) => {
    if (!isNamed(cert, XADES, 'Cert')) throw structure('SigningCertificate holds something that is no Cert');
    const [method, value] = exactly(one(cert, XADES, 'CertDigest'), DS, ['DigestMethod', 'DigestValue']) as [
      XmlElement,
      XmlElement,
    ];
    const claim = { digestMethod: algorithm(method), digest: octets(value) };
    if (only.local === 'SigningCertificateV2') return { ...claim, issuerName: undefined, serialNumber: undefined };
    const [name, serial] = exactly(one(cert, XADES, 'IssuerSerial'), DS, ['X509IssuerName', 'X509SerialNumber']) as [
      XmlElement,
      XmlElement,
    ];
    return { ...claim, issuerName: textOf(name), serialNumber: textOf(serial).trim() };
  });
}
