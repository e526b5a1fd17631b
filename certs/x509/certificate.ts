import { createHash } from 'node:crypto';
import { DerFault } from '../asn1/fault.ts';
import { toDer } from '../asn1/pem.ts';
import { Fields, fieldsOf, parseDer } from '../asn1/reader.ts';
import * as tag from '../asn1/tags.ts';
import { readTime } from '../asn1/time.ts';
import { readBitOctets, readInteger, readSmallInteger } from '../asn1/values.ts';
import { type AlgorithmIdentifier, readAlgorithm } from './algorithm-identifier.ts';
import { type CertificateExtensions, Extensions, readCertificateExtensions } from './extensions.ts';
import { DistinguishedName } from './name.ts';
import { extension } from './oids.ts';

const MAX_CERTIFICATE_BYTES = 256 * 1024;
const LIMITS = { maxBytes: MAX_CERTIFICATE_BYTES, maxDepth: 20, maxElements: 5_000 };
const MAX_SERIAL_OCTETS = 64;

/** Critical extensions that are looked at, or that change nothing for a verifier without policies of its own. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  extension.basicConstraints,
  extension.keyUsage,
  extension.extendedKeyUsage,
  extension.certificatePolicies,
  extension.subjectAltName,
  extension.privateKeyUsagePeriod,
  extension.subjectKeyIdentifier,
  extension.authorityKeyIdentifier,
]);

/** An X.509 certificate (RFC 5280). Nothing in it is believed until a chain says so. */
export class Certificate {
  readonly der: Uint8Array;
  /** The octets that the issuer has signed. */
  readonly tbs: Uint8Array;
  /** The whole number, up to twenty octets. */
  readonly serial: bigint;
  /** INTEGER as it stands in the certificate, to be copied where the certificate is named. */
  readonly serialDer: Uint8Array;
  readonly issuer: DistinguishedName;
  readonly subject: DistinguishedName;
  /** Epoch milliseconds, the first and the last that are within. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  readonly keyAlgorithm: AlgorithmIdentifier;
  /** Octets of subjectPublicKey, as digests of keys are made over. */
  readonly publicKeyOctets: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  readonly extensions: CertificateExtensions;
  readonly #all: Extensions;

  /** @throws DerFault when the octets are no certificate */
  constructor(der: Uint8Array) {
    this.der = der;
    const outer = fieldsOf(parseDer(der, LIMITS), tag.SEQUENCE, 'Certificate');
    const tbs = outer.take('tbsCertificate', tag.SEQUENCE);
    const signatureAlgorithm = outer.take('signatureAlgorithm', tag.SEQUENCE);
    this.signatureAlgorithm = readAlgorithm(signatureAlgorithm);
    this.signature = readBitOctets(outer.take('signatureValue', tag.BIT_STRING), 'signatureValue');
    outer.end();
    this.tbs = tbs.der;

    const fields = new Fields(tbs, 'TBSCertificate');
    const version = fields.optional(tag.constructed(0));
    const number = version
      ? readSmallInteger(new Fields(version, 'version').take('version', tag.INTEGER), 'version', 2)
      : 0;
    const serial = fields.take('serialNumber', tag.INTEGER);
    if (serial.length > MAX_SERIAL_OCTETS) throw new DerFault('DER_LIMIT', 'The serial number is too long.');
    this.serial = readInteger(serial, 'serialNumber');
    this.serialDer = serial.der;
    // What is signed must say the same as what stands beside it (RFC 5280 §4.1.1.2).
    if (Buffer.compare(fields.take('signature', tag.SEQUENCE).der, signatureAlgorithm.der) !== 0)
      throw new DerFault('DER_VALUE', 'The certificate names two different signature algorithms.');
    this.issuer = DistinguishedName.read(fields.take('issuer', tag.SEQUENCE));
    const validity = fieldsOf(fields.any('validity'), tag.SEQUENCE, 'Validity');
    this.notBefore = readTime(validity.any('notBefore'), 'notBefore');
    this.notAfter = readTime(validity.any('notAfter'), 'notAfter');
    validity.end();
    this.subject = DistinguishedName.read(fields.take('subject', tag.SEQUENCE));
    const spki = fields.take('subjectPublicKeyInfo', tag.SEQUENCE);
    this.spki = spki.der;
    const key = new Fields(spki, 'SubjectPublicKeyInfo');
    this.keyAlgorithm = readAlgorithm(key.take('algorithm', tag.SEQUENCE));
    this.publicKeyOctets = readBitOctets(key.take('subjectPublicKey', tag.BIT_STRING), 'subjectPublicKey');
    key.end();
    fields.optional(tag.primitive(1));
    fields.optional(tag.primitive(2));
    const extensions = fields.optional(tag.constructed(3));
    fields.end();
    if (extensions && number !== 2)
      throw new DerFault('DER_VALUE', 'Only a certificate of version 3 may have extensions.');
    this.#all = new Extensions(extensions && new Fields(extensions, 'extensions').take('Extensions', tag.SEQUENCE));
    this.extensions = readCertificateExtensions(this.#all);
  }

  /** A certificate in any form: DER, PEM (the first block) or bare base64. @throws DerFault */
  static parse(octets: Uint8Array): Certificate {
    return new Certificate(toDer(octets));
  }

  /** The serial number as XAdES and people write it. */
  get serialDecimal(): string {
    return this.serial.toString(10);
  }

  /** The octets of the serial number in hex, as tools of certification authorities show it. */
  get serialHex(): string {
    return Buffer.from(this.serialDer.subarray(2)).toString('hex').toUpperCase();
  }

  /** SHA-1 of the certificate in hex: what CryptoPro's tools call its thumbprint. A name, not a proof. */
  get thumbprint(): string {
    return createHash('sha1').update(this.der).digest('hex').toUpperCase();
  }

  get isSelfIssued(): boolean {
    return this.subject.equals(this.issuer);
  }

  /** Critical extensions that nobody here understands: the certificate must not be relied on (RFC 5280 §4.2). */
  get unknownCritical(): string[] {
    return this.#all.critical().filter((oid) => !UNDERSTOOD.has(oid));
  }

  hasExtension(oid: string): boolean {
    return this.#all.has(oid);
  }

  isCritical(oid: string): boolean {
    return this.#all.isCritical(oid);
  }

  /** Whether the certificate itself covers an instant, epoch milliseconds. The last second counts whole. */
  coversTime(at: number): boolean {
    return at >= this.notBefore && at < this.notAfter + 1000;
  }

  equals(other: Certificate): boolean {
    return Buffer.compare(this.der, other.der) === 0;
  }
}
