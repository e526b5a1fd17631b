import { DerFault, isDerFault } from '../asn1/fault.ts';
import { expectTag } from '../asn1/reader.ts';
import { OCTET_STRING } from '../asn1/tags.ts';
import { readOid } from '../asn1/values.ts';
import type { Certificate } from '../x509/certificate.ts';
import { type Digest, digestOf } from '../x509/digest.ts';
import { startVerification, type Verification } from '../x509/signature.ts';
import type { Attributes } from './attributes.ts';
import { type Finding, finding } from './findings.ts';
import { attribute } from './oids.ts';
import { isOf, type SignerInfo } from './signed-data.ts';
import { namedCertificate } from './signing-certificate.ts';

/** Digests of one document that several signers share. */
export class Digests {
  readonly #running = new Map<string, Digest>();
  readonly #done = new Map<string, Uint8Array>();

  /** @throws DerFault DER_UNSUPPORTED */
  want(oid: string): void {
    if (!this.#running.has(oid)) this.#running.set(oid, digestOf(oid).create());
  }

  get takers(): Digest[] {
    return [...this.#running.values()];
  }

  /** The digest, after the whole document went through. */
  of(oid: string): Uint8Array {
    let done = this.#done.get(oid);
    if (!done) {
      const running = this.#running.get(oid);
      if (!running) throw new RangeError(`The digest ${oid} was not asked for beforehand.`);
      done = running.digest();
      this.#done.set(oid, done);
    }
    return done;
  }
}

/** Verification of one SignerInfo: begun before the document goes by, finished after. */
export interface SignerCheck {
  readonly certificate: Certificate | undefined;
  /** What must see the document besides the shared digests. */
  readonly takers: readonly { update(data: Uint8Array): unknown }[];
  /** Whether the document, the attributes, the key and the certificate belong together. No trust, no time. */
  finish(): Finding[];
}

/**
 * @param candidates certificates that the signer may have meant, from the message and from elsewhere
 * @param contentType what the structure says that it signs
 */
export function startSignerCheck(
  signer: SignerInfo,
  contentType: string,
  candidates: readonly Certificate[],
  digests: Digests,
): SignerCheck {
  const certificate = pick(signer, candidates);
  if (!certificate) return { certificate, takers: [], finish: () => [finding('SIGNER_CERT_MISSING')] };
  const digestOid = signer.digestAlgorithm.oid;
  const { signed } = signer;
  let overDocument: Verification | undefined;
  const refused = collect('DAMAGED', () => {
    if (signer.digestAlgorithm.parameters)
      throw new DerFault('DER_UNSUPPORTED', 'The digest algorithm has parameters.');
    digests.want(digestOid);
    if (!signed) overDocument = startVerification(certificate, signer.signatureAlgorithm, digestOid);
    return [];
  });
  if (refused.length > 0) return { certificate, takers: [], finish: () => refused };
  return {
    certificate,
    takers: overDocument ? [overDocument] : [],
    finish: () => {
      if (!signed)
        return collect('WRONG', () =>
          overDocument?.verify(signer.signature)
            ? [finding('DOCUMENT_INTACT'), finding('SIGNATURE_RIGHT')]
            : [finding('SIGNATURE_WRONG')],
        );
      return [
        ...collect('DAMAGED', () => checkAttributes(signed.attributes, contentType, digests.of(digestOid))),
        ...collect('WRONG', () => {
          const verification = startVerification(certificate, signer.signatureAlgorithm, digestOid);
          verification.update(signed.der);
          return [finding(verification.verify(signer.signature) ? 'SIGNATURE_RIGHT' : 'SIGNATURE_WRONG')];
        }),
        ...collect('DAMAGED', () => checkCertificate(signed.attributes, certificate)),
      ];
    },
  };
}

/** The certificate that the signature fixes, else the first that its issuer and number or its key name. */
function pick({ id, signed }: SignerInfo, candidates: readonly Certificate[]): Certificate | undefined {
  const named = candidates.filter((certificate) => isOf(id, certificate));
  if (named.length < 2 || !signed) return named[0];
  return (
    named.find((c) => collect('DAMAGED', () => checkCertificate(signed.attributes, c))[0]?.outcome === 'ok') ?? named[0]
  );
}

function checkAttributes(attributes: Attributes, contentType: string, digest: Uint8Array): Finding[] {
  const type = attributes.single(attribute.contentType);
  const hash = attributes.single(attribute.messageDigest);
  if (!type || !hash)
    return [finding('ATTRIBUTES_DAMAGED', { detail: type ? 'messageDigest is missing' : 'contentType is missing' })];
  const given = expectTag(hash, OCTET_STRING, 'messageDigest').content;
  return [
    ...(readOid(type, 'contentType') === contentType ? [] : [finding('CONTENT_TYPE_WRONG')]),
    finding(Buffer.compare(given, digest) === 0 ? 'DOCUMENT_INTACT' : 'DOCUMENT_CHANGED'),
  ];
}

function checkCertificate(attributes: Attributes, certificate: Certificate): Finding[] {
  switch (namedCertificate(attributes, certificate)) {
    case 'same':
      return [finding('SIGNING_CERT_NAMED')];
    case 'other':
      return [finding('SIGNING_CERT_OTHER')];
    case 'absent':
      return [];
  }
}

/** Runs one part of the check; what a structure is not able to say becomes a finding, and the other parts go on. */
function collect(otherwise: 'DAMAGED' | 'WRONG', check: () => Finding[]): Finding[] {
  try {
    return check();
  } catch (error) {
    if (!isDerFault(error)) throw error;
    const detail = error.message;
    if (error.code === 'DER_UNSUPPORTED') return [finding('ALGORITHM_UNSUPPORTED', { detail })];
    return [otherwise === 'WRONG' ? finding('SIGNATURE_WRONG') : finding('ATTRIBUTES_DAMAGED', { detail })];
  }
}
