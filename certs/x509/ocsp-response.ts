import { DerFault } from '../asn1/fault.ts';
import { type Element, Fields, fieldsOf, parseDer } from '../asn1/reader.ts';
import * as tag from '../asn1/tags.ts';
import { readTime } from '../asn1/time.ts';
import { readBitOctets, readOid, readSmallInteger } from '../asn1/values.ts';
import { type AlgorithmIdentifier, readAlgorithm } from './algorithm-identifier.ts';
import { Certificate } from './certificate.ts';
import { type Revocation, reasonOf } from './crl.ts';
import { namingDigest, namingDigestOf } from './digest.ts';
import { Extensions } from './extensions.ts';
import { DistinguishedName } from './name.ts';
import { OCSP_NONCE } from './ocsp-request.ts';
import { algorithm, purpose } from './oids.ts';
import { isIssuedBy, isSignedBy } from './signature.ts';

const BASIC = '1.3.6.1.5.5.7.48.1.1';
const LIMITS = { maxBytes: 1024 * 1024, maxDepth: 30, maxElements: 20_000 };
const MAX_ANSWERS = 100;
const MAX_CERTIFICATES = 10;

/** OCSPResponseStatus other than success (RFC 6960 §4.2.1). */
const refusals: Readonly<Record<number, string>> = {
  1: 'malformedRequest',
  2: 'internalError',
  3: 'tryLater',
  5: 'sigRequired',
  6: 'unauthorized',
};

export interface OcspAnswer {
  readonly status: 'good' | 'unknown' | Revocation;
  /** Epoch milliseconds. */
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
}

interface SingleResponse extends OcspAnswer {
  digest: string;
  nameHash: Uint8Array;
  keyHash: Uint8Array;
  serialDer: Uint8Array;
}

/** A signed answer about certificates (RFC 6960 §4.2). */
export class OcspResponse {
  readonly tbs: Uint8Array;
  readonly producedAt: number;
  readonly nonce: Uint8Array | undefined;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  readonly #responder: { name?: DistinguishedName; keyHash?: Uint8Array };
  readonly #answers: readonly SingleResponse[];
  readonly #certificates: readonly Certificate[];

  /** @throws DerFault; DER_VALUE naming the status when the responder refuses to answer */
  constructor(der: Uint8Array) {
    const outer = fieldsOf(parseDer(der, LIMITS), tag.SEQUENCE, 'OCSPResponse');
    const status = readSmallInteger(outer.take('responseStatus', tag.ENUMERATED), 'responseStatus', 255);
    if (status !== 0)
      throw new DerFault('DER_VALUE', `The OCSP responder refuses to answer: ${refusals[status] ?? status}.`);
    const bytes = new Fields(outer.take('responseBytes', tag.constructed(0)), 'responseBytes');
    const response = fieldsOf(bytes.any('ResponseBytes'), tag.SEQUENCE, 'ResponseBytes');
    if (readOid(response.any('responseType'), 'responseType') !== BASIC)
      throw new DerFault('DER_UNSUPPORTED', 'The OCSP answer is not of the basic kind.');
    const basic = fieldsOf(
      parseDer(response.take('response', tag.OCTET_STRING).content, LIMITS),
      tag.SEQUENCE,
      'BasicOCSPResponse',
    );
    const data = basic.take('tbsResponseData', tag.SEQUENCE);
    this.tbs = data.der;
    this.signatureAlgorithm = readAlgorithm(basic.take('signatureAlgorithm', tag.SEQUENCE));
    this.signature = readBitOctets(basic.take('signature', tag.BIT_STRING), 'signature');
    this.#certificates = readCertificates(basic.optional(tag.constructed(0)));
    basic.end();

    const fields = new Fields(data, 'ResponseData');
    const version = fields.optional(tag.constructed(0));
    if (version) readSmallInteger(new Fields(version, 'version').take('version', tag.INTEGER), 'version', 0);
    this.#responder = readResponder(fields.take('responderID', tag.constructed(1), tag.constructed(2)));
    this.producedAt = readTime(fields.take('producedAt', tag.GENERALIZED_TIME), 'producedAt');
    this.#answers = [...fields.take('responses', tag.SEQUENCE).children()].slice(0, MAX_ANSWERS).map(readSingle);
    const extensions = fields.optional(tag.constructed(1));
    fields.end();
    const all = new Extensions(extensions && new Fields(extensions, 'extensions').take('Extensions', tag.SEQUENCE));
    const nonce = all.value(OCSP_NONCE);
    this.nonce = nonce?.content;
    const strange = all.critical().filter((oid) => oid !== OCSP_NONCE);
    if (strange.length > 0) throw new DerFault('DER_UNSUPPORTED', 'The OCSP answer has an unknown critical extension.');
  }

  /** What is said about a certificate; undefined when the answer is about others. Believe it only when `isSignedFor`. */
  answerFor(certificate: Certificate, issuer: Certificate): OcspAnswer | undefined {
    return this.#answers.find(
      (a) =>
        Buffer.compare(a.serialDer, certificate.serialDer) === 0 &&
        Buffer.compare(a.nameHash, namingDigest(a.digest, issuer.subject.der)) === 0 &&
        Buffer.compare(a.keyHash, namingDigest(a.digest, issuer.publicKeyOctets)) === 0,
    );
  }

  /**
   * Whether the issuer itself, or a responder whom the issuer has given a certificate for that (extendedKeyUsage
   * OCSPSigning), signed the answer (RFC 6960 §4.2.2.2).
   *
   * @throws DerFault for unknown algorithms
   */
  isSignedFor(issuer: Certificate): boolean {
    if (this.#isResponder(issuer) && isSignedBy(this, issuer)) return true;
    return this.#certificates.some(
      (candidate) =>
        this.#isResponder(candidate) &&
        candidate.extensions.extendedKeyUsage?.includes(purpose.ocspSigning) === true &&
        candidate.extensions.keyUsage?.has('digitalSignature') !== false &&
        candidate.unknownCritical.length === 0 &&
        candidate.coversTime(this.producedAt) &&
        candidate.issuer.equals(issuer.subject) &&
        isIssuedBy(candidate, issuer) &&
        isSignedBy(this, candidate),
    );
  }

  #isResponder(certificate: Certificate): boolean {
    const { name, keyHash } = this.#responder;
    if (name) return name.equals(certificate.subject);
    return (
      keyHash !== undefined && Buffer.compare(keyHash, namingDigest(algorithm.sha1, certificate.publicKeyOctets)) === 0
    );
  }
}

function readResponder(element: Element): { name?: DistinguishedName; keyHash?: Uint8Array } {
  const inner = new Fields(element, 'responderID').any('responderID');
  return element.tag === tag.constructed(1) ? { name: DistinguishedName.read(inner) } : { keyHash: inner.content };
}

function readCertificates(element: Element | undefined): Certificate[] {
  if (!element) return [];
  const list = new Fields(element, 'certs').take('certs', tag.SEQUENCE);
  return [...list.children()].slice(0, MAX_CERTIFICATES).map((c) => new Certificate(c.der));
}

function readSingle(element: Element): SingleResponse {
  const fields = fieldsOf(element, tag.SEQUENCE, 'SingleResponse');
  const id = fieldsOf(fields.any('certID'), tag.SEQUENCE, 'CertID');
  const digest = readAlgorithm(id.take('hashAlgorithm', tag.SEQUENCE)).oid;
  namingDigestOf(digest);
  const nameHash = id.take('issuerNameHash', tag.OCTET_STRING).content;
  const keyHash = id.take('issuerKeyHash', tag.OCTET_STRING).content;
  const serialDer = id.take('serialNumber', tag.INTEGER).der;
  id.end();
  const status = readStatus(fields.take('certStatus', tag.primitive(0), tag.constructed(1), tag.primitive(2)));
  const thisUpdate = readTime(fields.take('thisUpdate', tag.GENERALIZED_TIME), 'thisUpdate');
  const next = fields.optional(tag.constructed(0));
  const nextUpdate = next && readTime(new Fields(next, 'nextUpdate').any('nextUpdate'), 'nextUpdate');
  fields.optional(tag.constructed(1));
  fields.end();
  return { digest, nameHash, keyHash, serialDer, status, thisUpdate, nextUpdate };
}

function readStatus(element: Element): OcspAnswer['status'] {
  if (element.tag === tag.primitive(0)) return 'good';
  if (element.tag === tag.primitive(2)) return 'unknown';
  const fields = new Fields(element, 'RevokedInfo');
  const at = readTime(fields.take('revocationTime', tag.GENERALIZED_TIME), 'revocationTime');
  const reason = fields.optional(tag.constructed(0));
  fields.end();
  return {
    at,
    reason: reason
      ? reasonOf(new Fields(reason, 'revocationReason').take('revocationReason', tag.ENUMERATED))
      : 'unspecified',
  };
}
