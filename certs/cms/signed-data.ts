import { derOfBer } from '../asn1/ber.ts';
import { DerFault, isDerFault } from '../asn1/fault.ts';
import { type Element, Fields, fieldsOf, parseDer } from '../asn1/reader.ts';
import * as tag from '../asn1/tags.ts';
import { readOid, readSmallInteger } from '../asn1/values.ts';
import { context, integer, octetString, oid, sequence, setOf, sortedSet } from '../asn1/writer.ts';
import { type AlgorithmIdentifier, readAlgorithm } from '../x509/algorithm-identifier.ts';
import { Certificate } from '../x509/certificate.ts';
import { DistinguishedName } from '../x509/name.ts';
import { Attributes } from './attributes.ts';
import { content } from './oids.ts';

const MAX_CERTIFICATES = 100;
const MAX_SIGNERS = 50;

/** How a SignerInfo names its certificate. */
export type SignerId =
  | { readonly issuer: DistinguishedName; readonly serialDer: Uint8Array }
  | { readonly keyId: Uint8Array };

export interface SignerInfo {
  readonly id: SignerId;
  readonly digestAlgorithm: AlgorithmIdentifier;
  /** The octets that are signed (tag SET OF) and what they say; undefined for a signature over the document itself. */
  readonly signed: { readonly der: Uint8Array; readonly attributes: Attributes } | undefined;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  readonly unsigned: Attributes | undefined;
  /** Everything before the unsigned attributes, element by element. */
  readonly head: readonly Uint8Array[];
}

/** SignedData (RFC 5652 §5.1) with the octets of its parts, so that it can be put together anew unchanged. */
export interface SignedData {
  readonly version: number;
  readonly digestAlgorithms: readonly Uint8Array[];
  readonly contentType: string;
  /** The document inside; undefined when the signature is detached. */
  readonly content: Uint8Array | undefined;
  readonly certificates: readonly Certificate[];
  /** Certificates of every kind, as they stand. */
  readonly certificateDers: readonly Uint8Array[];
  readonly crlDers: readonly Uint8Array[];
  readonly signers: readonly SignerInfo[];
}

/**
 * @param octets ContentInfo in DER, or in BER as a stream is written
 * @throws DerFault
 */
export function readSignedData(octets: Uint8Array): SignedData {
  const outer = fieldsOf(parse(octets), tag.SEQUENCE, 'ContentInfo');
  if (readOid(outer.any('contentType'), 'contentType') !== content.signedData)
    throw new DerFault('DER_UNSUPPORTED', 'The CMS structure holds no signature (SignedData).');
  const wrapped = new Fields(outer.take('content', tag.constructed(0)), 'content');
  const fields = new Fields(wrapped.take('SignedData', tag.SEQUENCE), 'SignedData');
  wrapped.end();
  outer.end();

  const version = readSmallInteger(fields.take('version', tag.INTEGER), 'version', 5);
  const digestAlgorithms = [...fields.take('digestAlgorithms', tag.SET).children()].map((e) => e.der);
  const encapsulated = new Fields(fields.take('encapContentInfo', tag.SEQUENCE), 'EncapsulatedContentInfo');
  const contentType = readOid(encapsulated.any('eContentType'), 'eContentType');
  const inside = encapsulated.optional(tag.constructed(0));
  encapsulated.end();
  const document = inside && new Fields(inside, 'eContent').take('eContent', tag.OCTET_STRING).content;
  const certificates = list(fields.optional(tag.constructed(0)), MAX_CERTIFICATES, 'certificates');
  const crls = list(fields.optional(tag.constructed(1)), MAX_CERTIFICATES, 'lists');
  const signers = list(fields.take('signerInfos', tag.SET), MAX_SIGNERS, 'signers').map(readSignerInfo);
  fields.end();
  return {
    version,
    digestAlgorithms,
    contentType,
    content: document,
    // Attribute certificates and other kinds prove nothing here.
    certificates: certificates.filter((e) => e.tag === tag.SEQUENCE).map((e) => new Certificate(e.der)),
    certificateDers: certificates.map((e) => e.der),
    crlDers: crls.map((e) => e.der),
    signers,
  };
}

function parse(octets: Uint8Array): Element {
  try {
    return parseDer(octets);
  } catch (error) {
    if (!isDerFault(error) || error.code !== 'DER_INDEFINITE') throw error;
    return parseDer(derOfBer(octets));
  }
}

function list(element: Element | undefined, max: number, what: string): Element[] {
  const found: Element[] = [];
  for (const child of element?.children() ?? []) {
    if (found.length >= max) throw new DerFault('DER_LIMIT', `The signature has over ${max} ${what}.`);
    found.push(child);
  }
  return found;
}

function readSignerInfo(element: Element): SignerInfo {
  const fields = fieldsOf(element, tag.SEQUENCE, 'SignerInfo');
  const version = fields.take('version', tag.INTEGER);
  const sid = fields.take('sid', tag.SEQUENCE, tag.primitive(0));
  const digest = fields.take('digestAlgorithm', tag.SEQUENCE);
  const attributes = fields.optional(tag.constructed(0));
  const algorithm = fields.take('signatureAlgorithm', tag.SEQUENCE);
  const signature = fields.take('signature', tag.OCTET_STRING);
  const unsigned = fields.optional(tag.constructed(1));
  fields.end();
  const expected = sid.tag === tag.SEQUENCE ? 1 : 3;
  if (readSmallInteger(version, 'version', 3) !== expected)
    throw new DerFault('DER_VALUE', 'The version of a SignerInfo does not go with how it names its certificate.');
  return {
    id: readSignerId(sid),
    digestAlgorithm: readAlgorithm(digest),
    signed: attributes && readSigned(attributes),
    signatureAlgorithm: readAlgorithm(algorithm),
    signature: signature.content,
    unsigned: unsigned && new Attributes(unsigned),
    head: [version, sid, digest, ...(attributes ? [attributes] : []), algorithm, signature].map((e) => e.der),
  };
}

/** The signature is over the attributes with the tag of a SET OF, while the message has [0] in its place (RFC 5652 §5.4). */
function readSigned(element: Element): { der: Uint8Array; attributes: Attributes } {
  const der = Uint8Array.from(element.der);
  der[0] = tag.SET;
  return { der, attributes: new Attributes(element) };
}

function readSignerId(element: Element): SignerId {
  if (element.tag !== tag.SEQUENCE) return { keyId: element.content };
  const fields = new Fields(element, 'IssuerAndSerialNumber');
  const issuer = DistinguishedName.read(fields.take('issuer', tag.SEQUENCE));
  const serial = fields.take('serialNumber', tag.INTEGER);
  fields.end();
  return { issuer, serialDer: serial.der };
}

/** Whether a SignerInfo speaks of a certificate. Which one it really was, signingCertificate says. */
export function isOf(id: SignerId, certificate: Certificate): boolean {
  if ('keyId' in id) {
    const { subjectKeyId } = certificate.extensions;
    return subjectKeyId !== undefined && Buffer.compare(subjectKeyId, id.keyId) === 0;
  }
  return Buffer.compare(id.serialDer, certificate.serialDer) === 0 && id.issuer.equals(certificate.issuer);
}

export interface SignedDataParts {
  version: number;
  digestAlgorithms: readonly Uint8Array[];
  contentType: string;
  content: Uint8Array | undefined;
  certificateDers: readonly Uint8Array[];
  crlDers: readonly Uint8Array[];
  signerInfos: readonly Uint8Array[];
}

/** ContentInfo with SignedData in DER; certificates and algorithms that are given twice stand there once. */
export function writeSignedData(parts: SignedDataParts): Uint8Array {
  const { version, contentType, content: document, crlDers, signerInfos } = parts;
  const certificates = once(parts.certificateDers);
  return sequence(
    oid(content.signedData),
    context(
      0,
      sequence(
        integer(version),
        setOf(...once(parts.digestAlgorithms)),
        document ? sequence(oid(contentType), context(0, octetString(document))) : sequence(oid(contentType)),
        ...(certificates.length > 0 ? [context(0, ...sortedSet(certificates))] : []),
        ...(crlDers.length > 0 ? [context(1, ...sortedSet(crlDers))] : []),
        setOf(...signerInfos),
      ),
    ),
  );
}

/** SignerInfo as it was, with other unsigned attributes. */
export function writeSignerInfo(head: readonly Uint8Array[], unsigned: readonly Uint8Array[]): Uint8Array {
  return sequence(...head, ...(unsigned.length > 0 ? [context(1, ...sortedSet(unsigned))] : []));
}

function once(ders: readonly Uint8Array[]): Uint8Array[] {
  return ders.filter((der, i) => ders.findIndex((other) => Buffer.compare(der, other) === 0) === i);
}
