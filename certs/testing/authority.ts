import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import * as tag from '../asn1/tags.ts';
import * as der from '../asn1/writer.ts';
import type { Signer } from '../signer.ts';
import { Certificate } from '../x509/certificate.ts';
import { digest } from '../x509/digest.ts';
import { nameOid } from '../x509/name.ts';
import { questionOf } from '../x509/ocsp-request.ts';
import { access, algorithm, extension, purpose } from '../x509/oids.ts';

const DAY_MS = 24 * 3600_000;
const SIGNATURE = der.algorithmIdentifier(algorithm.ecdsaSha256);
let serial = 1000n;

export interface Holder {
  certificate: Certificate;
  key: KeyObject;
}

export interface CertificateRequest {
  name: string;
  /** Further attributes of the subject, by the names of nameOid. */
  subject?: Partial<Record<keyof typeof nameOid, string>>;
  /** Nobody: the certificate signs itself. */
  by?: Holder;
  from?: number;
  to?: number;
  isCa?: boolean;
  pathLength?: number;
  /** Octets of the bits of keyUsage with the count of unused bits before them; false for none. */
  keyUsage?: number[] | false;
  extendedKeyUsage?: string[];
  isPurposeCritical?: boolean;
  privateKeyUsage?: { notBefore: number; notAfter: number };
  crlUrl?: string;
  ocspUrl?: string;
  /** Further extensions, whole. */
  further?: Uint8Array[];
  /** A key to certify instead of a new one. */
  key?: KeyObject;
  serial?: bigint;
}

export const CA_USAGE = [1, 0x06];
export const SIGNING_USAGE = [6, 0xc0];

export function extensionOf(oid: string, value: Uint8Array, ...critical: ['critical'?]): Uint8Array {
  return der.sequence(der.oid(oid), ...(critical.length > 0 ? [der.boolean(true)] : []), der.octetString(value));
}

export const nameOf = (commonName: string, further: CertificateRequest['subject'] = {}): Uint8Array =>
  der.sequence(
    ...Object.entries({ commonName, ...further }).map(([key, value]) =>
      der.setOf(der.sequence(der.oid(nameOid[key as keyof typeof nameOid]), der.utf8String(value))),
    ),
  );

/** Makes a certificate on the curve P-256 by the rules of RFC 5280, or against them where the test says so. */
export function issue(request: CertificateRequest): Holder {
  const key = request.key ?? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const { by, isCa = false, pathLength, extendedKeyUsage, privateKeyUsage } = request;
  const { keyUsage = isCa ? CA_USAGE : SIGNING_USAGE } = request;
  const now = Date.now();
  const extensions = [
    extensionOf(
      extension.basicConstraints,
      der.sequence(
        ...(isCa ? [der.boolean(true)] : []),
        ...(pathLength === undefined ? [] : [der.integer(pathLength)]),
      ),
      'critical',
    ),
    ...(keyUsage
      ? [extensionOf(extension.keyUsage, der.tlv(tag.BIT_STRING, Uint8Array.from(keyUsage)), 'critical')]
      : []),
    ...(extendedKeyUsage
      ? [
          extensionOf(
            extension.extendedKeyUsage,
            der.sequence(...extendedKeyUsage.map((oid) => der.oid(oid))),
            ...(request.isPurposeCritical === false ? [] : ['critical' as const]),
          ),
        ]
      : []),
    ...(privateKeyUsage
      ? [
          extensionOf(
            extension.privateKeyUsagePeriod,
            der.sequence(
              der.contextPrimitive(0, der.generalizedTime(privateKeyUsage.notBefore).subarray(2)),
              der.contextPrimitive(1, der.generalizedTime(privateKeyUsage.notAfter).subarray(2)),
            ),
          ),
        ]
      : []),
    ...(request.crlUrl
      ? [
          extensionOf(
            extension.crlDistributionPoints,
            der.sequence(
              der.sequence(der.context(0, der.context(0, der.contextPrimitive(6, Buffer.from(request.crlUrl))))),
            ),
          ),
        ]
      : []),
    ...(request.ocspUrl
      ? [
          extensionOf(
            extension.authorityInfoAccess,
            der.sequence(der.sequence(der.oid(access.ocsp), der.contextPrimitive(6, Buffer.from(request.ocspUrl)))),
          ),
        ]
      : []),
    ...(request.further ?? []),
  ];
  const tbs = der.sequence(
    der.context(0, der.integer(2)),
    der.integer(request.serial ?? serial++),
    SIGNATURE,
    by?.certificate.subject.der ?? nameOf(request.name),
    der.sequence(der.time(request.from ?? now - DAY_MS), der.time(request.to ?? now + 365 * DAY_MS)),
    nameOf(request.name, request.subject),
    publicKey(key),
    der.context(3, der.sequence(...extensions)),
  );
  return { certificate: new Certificate(signed(tbs, by?.key ?? key)), key };
}

function publicKey(key: KeyObject): Uint8Array {
  const jwk = key.export({ format: 'jwk' });
  const point = Buffer.concat([
    Buffer.of(4),
    Buffer.from(jwk.x ?? '', 'base64url'),
    Buffer.from(jwk.y ?? '', 'base64url'),
  ]);
  return der.sequence(der.algorithmIdentifier(algorithm.ecKey, der.oid('1.2.840.10045.3.1.7')), der.bitString(point));
}

function signed(tbs: Uint8Array, key: KeyObject): Uint8Array {
  return der.sequence(tbs, SIGNATURE, der.bitString(sign('sha256', tbs, key)));
}

/** A signer with the holder's key. */
export function signerOf({ certificate, key }: Holder, chain: readonly Holder[] = []): Signer {
  return {
    algorithm: 'ecdsa-sha256',
    certificate: async () => ({ der: certificate.der, chain: chain.map((c) => c.certificate.der) }),
    signRaw: async (data) => new Uint8Array(sign('sha256', data, key)),
  };
}

export interface ListRequest {
  by: Holder;
  revoked: { serialDer: Uint8Array; at: number; reason?: number; invalidSince?: number }[];
  from?: number;
  to?: number;
  /** Extensions of the list, whole. */
  further?: Uint8Array[];
}

/** A revocation list, DER. */
export function issueList({
  by,
  revoked,
  from = Date.now() - 60_000,
  to = from + DAY_MS,
  further = [],
}: ListRequest): Uint8Array {
  const entries = revoked.map(({ serialDer, at, reason, invalidSince }) => {
    const inside = [
      ...(reason === undefined ? [] : [extensionOf(extension.reasonCode, Uint8Array.of(tag.ENUMERATED, 1, reason))]),
      ...(invalidSince === undefined ? [] : [extensionOf(extension.invalidityDate, der.generalizedTime(invalidSince))]),
    ];
    return der.sequence(serialDer, der.time(at), ...(inside.length > 0 ? [der.sequence(...inside)] : []));
  });
  const tbs = der.sequence(
    der.integer(1),
    SIGNATURE,
    by.certificate.subject.der,
    der.time(from),
    der.time(to),
    ...(entries.length > 0 ? [der.sequence(...entries)] : []),
    ...(further.length > 0 ? [der.context(0, der.sequence(...further))] : []),
  );
  return signed(tbs, by.key);
}

export interface AnswerRequest {
  /** The request that is answered. */
  to: Uint8Array;
  by: Holder;
  /** Certificates that go along. */
  with?: Holder[];
  status: 'good' | 'unknown' | { at: number };
  from?: number;
  until?: number;
}

/** An OCSP answer, DER. */
export function answerOcsp({
  to,
  by,
  with: along = [],
  status,
  from = Date.now() - 1000,
  until,
}: AnswerRequest): Uint8Array {
  const said =
    status === 'good'
      ? der.contextPrimitive(0, new Uint8Array())
      : status === 'unknown'
        ? der.contextPrimitive(2, new Uint8Array())
        : der.context(1, der.generalizedTime(status.at));
  const data = der.sequence(
    der.context(1, by.certificate.subject.der),
    der.generalizedTime(from),
    der.sequence(
      der.sequence(
        questionOf(to),
        said,
        der.generalizedTime(from),
        ...(until === undefined ? [] : [der.context(0, der.generalizedTime(until))]),
      ),
    ),
  );
  const basic = der.sequence(
    data,
    SIGNATURE,
    der.bitString(sign('sha256', data, by.key)),
    ...(along.length > 0 ? [der.context(0, der.sequence(...along.map((h) => h.certificate.der)))] : []),
  );
  return der.sequence(
    Uint8Array.of(tag.ENUMERATED, 1, 0),
    der.context(0, der.sequence(der.oid('1.3.6.1.5.5.7.48.1.1'), der.octetString(basic))),
  );
}

export const OCSP_PURPOSE = [purpose.ocspSigning];
export const STAMP_PURPOSE = [purpose.timeStamping];

/** TSTInfo over octets, for tests that make tokens no honest authority would. */
export function stampInfo(octets: Uint8Array, time: number, nonce?: bigint): Uint8Array {
  return der.sequence(
    der.integer(1),
    der.oid('1.2.3.4'),
    der.sequence(der.algorithmIdentifier(algorithm.sha256), der.octetString(digest(algorithm.sha256, octets))),
    der.integer(7),
    der.generalizedTime(time),
    ...(nonce === undefined ? [] : [der.integer(nonce)]),
  );
}
