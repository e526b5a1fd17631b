import { DerFault } from '../asn1/fault.ts';
import { type Element, Fields, fieldsOf, parseDer } from '../asn1/reader.ts';
import * as tag from '../asn1/tags.ts';
import { timeOfContent } from '../asn1/time.ts';
import { readBits, readBoolean, readInteger, readOid, readSmallInteger } from '../asn1/values.ts';
import { access, extension } from './oids.ts';

const MAX_EXTENSIONS = 100;
const MAX_URLS = 20;
const MAX_URL_LENGTH = 2048;

/** Extensions of a certificate or a list by their object identifiers. */
export class Extensions {
  readonly #all = new Map<string, { critical: boolean; value: Uint8Array }>();

  /** @param element SEQUENCE OF Extension; nothing for none @throws DerFault; two extensions of one kind are a fault */
  constructor(element?: Element) {
    if (!element) return;
    for (const child of element.children()) {
      const fields = fieldsOf(child, tag.SEQUENCE, 'Extension');
      const oid = readOid(fields.any('extnID'), 'The type of an extension');
      const flag = fields.optional(tag.BOOLEAN);
      const value = fields.take('extnValue', tag.OCTET_STRING).content;
      fields.end();
      if (this.#all.has(oid)) throw new DerFault('DER_VALUE', `The extension ${oid} stands there twice.`);
      if (this.#all.size >= MAX_EXTENSIONS) throw new DerFault('DER_LIMIT', `Over ${MAX_EXTENSIONS} extensions.`);
      this.#all.set(oid, { critical: flag ? readBoolean(flag, 'critical') : false, value });
    }
  }

  has(oid: string): boolean {
    return this.#all.has(oid);
  }

  isCritical(oid: string): boolean {
    return this.#all.get(oid)?.critical === true;
  }

  /** What a verifier must understand or refuse. */
  critical(): string[] {
    return [...this.#all].filter(([, { critical }]) => critical).map(([oid]) => oid);
  }

  /** The structure inside an extension. */
  value(oid: string): Element | undefined {
    const found = this.#all.get(oid);
    return found && parseDer(found.value);
  }
}

/** Bits of keyUsage (RFC 5280 §4.2.1.3). */
export const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;
export type KeyUsage = (typeof keyUsages)[number];

export interface CertificateExtensions {
  /** Undefined when the certificate says nothing: then everything is allowed. */
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined;
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly isCa: boolean;
  readonly pathLength: number | undefined;
  readonly subjectKeyId: Uint8Array | undefined;
  readonly authorityKeyId: Uint8Array | undefined;
  readonly authoritySerial: bigint | undefined;
  /** Epoch milliseconds; when the private key may be used, which may end before the certificate does. */
  readonly privateKeyUsage: { readonly notBefore?: number; readonly notAfter?: number } | undefined;
  readonly policies: readonly string[];
  readonly crlUrls: readonly string[];
  readonly ocspUrls: readonly string[];
  readonly caIssuerUrls: readonly string[];
}

/** @throws DerFault */
export function readCertificateExtensions(all: Extensions): CertificateExtensions {
  const constraints = basicConstraints(all.value(extension.basicConstraints));
  const authority = authorityKeyIdentifier(all.value(extension.authorityKeyIdentifier));
  const usage = all.value(extension.keyUsage);
  const bits = usage && readBits(usage, 'keyUsage');
  const info = authorityInfoAccess(all.value(extension.authorityInfoAccess));
  return {
    keyUsage: bits && new Set(keyUsages.filter((_, bit) => bits.has(bit))),
    extendedKeyUsage: oids(all.value(extension.extendedKeyUsage), 'extendedKeyUsage'),
    ...constraints,
    subjectKeyId: all.value(extension.subjectKeyIdentifier)?.content,
    authorityKeyId: authority.keyId,
    authoritySerial: authority.serial,
    privateKeyUsage: privateKeyUsagePeriod(all.value(extension.privateKeyUsagePeriod)),
    policies: policies(all.value(extension.certificatePolicies)),
    crlUrls: distributionPoints(all.value(extension.crlDistributionPoints)),
    ocspUrls: info.filter(({ method }) => method === access.ocsp).map(({ url }) => url),
    caIssuerUrls: info.filter(({ method }) => method === access.caIssuers).map(({ url }) => url),
  };
}

function basicConstraints(element?: Element): { isCa: boolean; pathLength: number | undefined } {
  if (!element) return { isCa: false, pathLength: undefined };
  const fields = fieldsOf(element, tag.SEQUENCE, 'basicConstraints');
  const ca = fields.optional(tag.BOOLEAN);
  const length = fields.optional(tag.INTEGER);
  fields.end();
  return {
    isCa: ca ? readBoolean(ca, 'cA') : false,
    pathLength: length && readSmallInteger(length, 'pathLenConstraint'),
  };
}

function authorityKeyIdentifier(element?: Element): { keyId?: Uint8Array; serial?: bigint } {
  if (!element) return {};
  const fields = fieldsOf(element, tag.SEQUENCE, 'authorityKeyIdentifier');
  const keyId = fields.optional(tag.primitive(0));
  fields.optional(tag.constructed(1));
  const serial = fields.optional(tag.primitive(2));
  fields.end();
  return {
    ...(keyId ? { keyId: keyId.content } : {}),
    ...(serial ? { serial: readInteger(serial, 'authorityCertSerialNumber') } : {}),
  };
}

function privateKeyUsagePeriod(element?: Element): CertificateExtensions['privateKeyUsage'] {
  if (!element) return undefined;
  const fields = fieldsOf(element, tag.SEQUENCE, 'privateKeyUsagePeriod');
  const from = fields.optional(tag.primitive(0));
  const to = fields.optional(tag.primitive(1));
  fields.end();
  return {
    ...(from ? { notBefore: timeOfContent(tag.GENERALIZED_TIME, from.content, 'notBefore of the private key') } : {}),
    ...(to ? { notAfter: timeOfContent(tag.GENERALIZED_TIME, to.content, 'notAfter of the private key') } : {}),
  };
}

function oids(element: Element | undefined, name: string): string[] | undefined {
  if (!element) return undefined;
  const fields = fieldsOf(element, tag.SEQUENCE, name);
  const found: string[] = [];
  while (!fields.isEmpty) found.push(readOid(fields.any('object identifier'), name));
  return found;
}

function policies(element?: Element): string[] {
  if (!element) return [];
  return [...element.children()].map((child) => {
    const fields = fieldsOf(child, tag.SEQUENCE, 'PolicyInformation');
    return readOid(fields.any('policyIdentifier'), 'policyIdentifier');
  });
}

function authorityInfoAccess(element?: Element): { method: string; url: string }[] {
  if (!element) return [];
  const found: { method: string; url: string }[] = [];
  for (const child of element.children()) {
    const fields = fieldsOf(child, tag.SEQUENCE, 'AccessDescription');
    const method = readOid(fields.any('accessMethod'), 'accessMethod');
    const url = httpUrl(fields.any('accessLocation'));
    if (url && found.length < MAX_URLS) found.push({ method, url });
  }
  return found;
}

/** The addresses of full names; points that are relative to the issuer or only for some reasons are left out. */
function distributionPoints(element?: Element): string[] {
  if (!element) return [];
  const found: string[] = [];
  for (const child of element.children()) {
    const fields = fieldsOf(child, tag.SEQUENCE, 'DistributionPoint');
    const point = fields.optional(tag.constructed(0));
    if (!point || fields.nextTag === tag.primitive(1)) continue;
    const full = new Fields(point, 'DistributionPointName').optional(tag.constructed(0));
    if (full)
      for (const name of full.children()) {
        const url = httpUrl(name);
        if (url && found.length < MAX_URLS) found.push(url);
      }
  }
  return found;
}

/** A GeneralName of kind uniformResourceIdentifier that HTTP can get; LDAP and others are nothing to us. */
function httpUrl(name: Element): string | undefined {
  if (name.tag !== tag.primitive(6) || name.length > MAX_URL_LENGTH) return undefined;
  const text = Buffer.from(name.content).toString('latin1').trim();
  return /^https?:\/\/[!-~]+$/i.test(text) && URL.canParse(text) ? text : undefined;
}
