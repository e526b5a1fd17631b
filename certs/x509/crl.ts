import { DerFault } from '../asn1/fault.ts';
import { toDer } from '../asn1/pem.ts';
import { type Element, Fields, fieldsOf, parseDer, readElement } from '../asn1/reader.ts';
import * as tag from '../asn1/tags.ts';
import { readTime } from '../asn1/time.ts';
import { readBitOctets, readBoolean, readInteger, readSmallInteger } from '../asn1/values.ts';
import { type AlgorithmIdentifier, readAlgorithm } from './algorithm-identifier.ts';
import type { Certificate } from './certificate.ts';
import { Extensions } from './extensions.ts';
import { DistinguishedName } from './name.ts';
import { extension } from './oids.ts';
import { isSignedBy } from './signature.ts';

/** Lists of large authorities have tens of megabytes and over a million entries. */
const LIMITS = { maxBytes: 256 * 1024 * 1024, maxDepth: 20, maxElements: 60_000_000 };

/** Why a certificate was revoked (RFC 5280 §5.3.1), by the number in the list. */
export const revocationReasons = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  'unused',
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
] as const;
export type RevocationReason = (typeof revocationReasons)[number];

export interface Revocation {
  /** Epoch milliseconds from which the certificate is not valid. */
  readonly at: number;
  readonly reason: RevocationReason;
}

/**
 * A certificate revocation list (RFC 5280 §5). The entries stay where they are in the input; beside them an index of
 * eight octets or less an entry answers for one serial number without a walk.
 */
export class Crl {
  readonly tbs: Uint8Array;
  readonly issuer: DistinguishedName;
  /** Epoch milliseconds. */
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
  /** cRLNumber, which grows with each list. */
  readonly number: bigint | undefined;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  /** Entries in the list. */
  readonly size: number;
  readonly #source: Uint8Array;
  readonly #table: Uint32Array;
  readonly #scope: Scope;
  /** Keys whose signature of this list held: hashing tens of megabytes for each question would be too much. */
  readonly #signedBy = new Set<string>();

  /** @throws DerFault; DER_UNSUPPORTED for delta and indirect lists, and for lists of some reasons only */
  constructor(der: Uint8Array) {
    const outer = fieldsOf(parseDer(der, LIMITS), tag.SEQUENCE, 'CertificateList');
    const tbs = outer.take('tbsCertList', tag.SEQUENCE);
    const algorithm = outer.take('signatureAlgorithm', tag.SEQUENCE);
    this.signatureAlgorithm = readAlgorithm(algorithm);
    this.signature = readBitOctets(outer.take('signatureValue', tag.BIT_STRING), 'signatureValue');
    outer.end();
    this.tbs = tbs.der;
    this.#source = der;

    const fields = new Fields(tbs, 'TBSCertList');
    const version = fields.optional(tag.INTEGER);
    if (version) readSmallInteger(version, 'version', 1);
    if (Buffer.compare(fields.take('signature', tag.SEQUENCE).der, algorithm.der) !== 0)
      throw new DerFault('DER_VALUE', 'The list names two different signature algorithms.');
    this.issuer = DistinguishedName.read(fields.take('issuer', tag.SEQUENCE));
    this.thisUpdate = readTime(fields.any('thisUpdate'), 'thisUpdate');
    const next = fields.optional(tag.UTC_TIME, tag.GENERALIZED_TIME);
    this.nextUpdate = next && readTime(next, 'nextUpdate');
    const entries = fields.optional(tag.SEQUENCE);
    const outside = fields.optional(tag.constructed(0));
    fields.end();
    const extensions = new Extensions(outside && new Fields(outside, 'crlExtensions').take('Extensions', tag.SEQUENCE));
    this.#scope = readScope(extensions);
    const number = extensions.value(extension.crlNumber);
    this.number = number && readInteger(number, 'cRLNumber');
    [this.#table, this.size] = index(entries);
  }

  /** A list in any form: DER, PEM or bare base64. @throws DerFault */
  static parse(octets: Uint8Array): Crl {
    return new Crl(toDer(octets));
  }

  /** Whether the list speaks of a certificate: same issuer, and the kind of holder that the list is for. */
  covers(certificate: Certificate): boolean {
    if (!this.issuer.equals(certificate.issuer)) return false;
    return this.#scope === 'all' || (this.#scope === 'authorities') === certificate.extensions.isCa;
  }

  /** Whether an authority signed the list and may do so (keyUsage cRLSign). @throws DerFault for unknown algorithms */
  isSignedBy(authority: Certificate): boolean {
    const { keyUsage } = authority.extensions;
    if (!this.issuer.equals(authority.subject) || (keyUsage && !keyUsage.has('cRLSign'))) return false;
    const key = Buffer.from(authority.spki).toString('latin1');
    if (this.#signedBy.has(key)) return true;
    if (!isSignedBy(this, authority)) return false;
    this.#signedBy.add(key);
    return true;
  }

  /** What the list says of a serial number; undefined when it is not there. @throws DerFault for a damaged entry */
  find(serialDer: Uint8Array): Revocation | undefined {
    const mask = this.#table.length - 1;
    for (let slot = hash(serialDer) & mask; ; slot = (slot + 1) & mask) {
      const at = (this.#table[slot] as number) - 1;
      if (at < 0) return undefined;
      const entry = readElement(this.#source, at, this.#source.length);
      const serial = readElement(this.#source, entry.contentStart, entry.end);
      if (Buffer.compare(serial.der, serialDer) === 0) return readEntry(entry);
    }
  }
}

/** Offsets of the entries by the hash of their serial numbers, open addressing, at most half full; 0 is empty. */
function index(entries: Element | undefined): [Uint32Array, number] {
  let count = 0;
  for (const _ of entries?.children() ?? []) count++;
  let size = 2;
  while (size < 2 * count) size *= 2;
  const table = new Uint32Array(size);
  for (const entry of entries?.children() ?? []) {
    if (entry.tag !== tag.SEQUENCE) throw new DerFault('DER_UNEXPECTED', 'An entry of the list is not a SEQUENCE.');
    const serial = readElement(entry.source, entry.contentStart, entry.end);
    if (serial.tag !== tag.INTEGER) throw new DerFault('DER_UNEXPECTED', 'An entry of the list has no serial number.');
    let slot = hash(serial.der) & (size - 1);
    while (table[slot] !== 0) slot = (slot + 1) & (size - 1);
    table[slot] = entry.start + 1;
  }
  return [table, count];
}

/** FNV-1a with a final mix; serial numbers come from authorities, whose lists we trust for more than their spread. */
function hash(octets: Uint8Array): number {
  let h = 0x811c9dc5;
  for (const octet of octets) h = Math.imul(h ^ octet, 0x01000193);
  h ^= h >>> 15;
  return Math.imul(h, 0x2c1b3c6d) >>> 0;
}

function readEntry(element: Element): Revocation {
  const fields = new Fields(element, 'revokedCertificate');
  fields.take('userCertificate', tag.INTEGER);
  const at = readTime(fields.any('revocationDate'), 'revocationDate');
  const extensions = new Extensions(fields.optional(tag.SEQUENCE));
  fields.end();
  const reason = extensions.value(extension.reasonCode);
  const invalidity = extensions.value(extension.invalidityDate);
  // The key may have been lost before the authority heard of it (RFC 5280 §5.3.2).
  const since = invalidity ? Math.min(at, readTime(invalidity, 'invalidityDate')) : at;
  return { at: since, reason: reason ? reasonOf(reason) : 'unspecified' };
}

export function reasonOf(element: Element): RevocationReason {
  return revocationReasons[readSmallInteger(element, 'reasonCode', 255)] ?? 'unspecified';
}

type Scope = 'all' | 'holders' | 'authorities';

/** For whom the list is; lists that say less than they seem to are refused (RFC 5280 §5.2.4, §5.2.5). */
function readScope(extensions: Extensions): Scope {
  const known: ReadonlySet<string> = new Set([extension.issuingDistributionPoint, extension.crlNumber]);
  const strange = extensions.critical().filter((oid) => !known.has(oid));
  if (strange.length > 0 || extensions.has(extension.deltaCrlIndicator))
    throw new DerFault('DER_UNSUPPORTED', 'The list is a delta, or has a critical extension that is not known.');
  const point = extensions.value(extension.issuingDistributionPoint);
  if (!point) return 'all';
  const fields = fieldsOf(point, tag.SEQUENCE, 'issuingDistributionPoint');
  fields.optional(tag.constructed(0));
  const flag = (n: number): boolean => {
    const found = fields.optional(tag.primitive(n));
    return found ? readBoolean(found, 'a flag of issuingDistributionPoint') : false;
  };
  const holders = flag(1);
  const authorities = flag(2);
  const someReasons = fields.optional(tag.primitive(3)) !== undefined;
  const indirect = flag(4);
  const attributes = flag(5);
  fields.end();
  if (someReasons || indirect || attributes || (holders && authorities))
    throw new DerFault('DER_UNSUPPORTED', 'The list is indirect, or for some reasons or attribute certificates only.');
  return holders ? 'holders' : authorities ? 'authorities' : 'all';
}
