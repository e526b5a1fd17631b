import { isDerFault } from '../asn1/fault.ts';
import type { Certificate } from './certificate.ts';
import type { Crl, Revocation } from './crl.ts';
import type { OcspResponse } from './ocsp-response.ts';
import { extension } from './oids.ts';

/** Lists and answers that are at hand; each is believed only after its signature and its time are checked. */
export interface RevocationEvidence {
  readonly crls: readonly Crl[];
  readonly ocsp: readonly OcspResponse[];
}

export type RevocationStatus =
  | { readonly status: 'good'; readonly source: 'crl' | 'ocsp'; readonly asOf: number }
  | {
      readonly status: 'revoked';
      readonly source: 'crl' | 'ocsp';
      readonly asOf: number;
      readonly revocation: Revocation;
    }
  /** `not-needed`: a responder's certificate that its authority has exempted. */
  | { readonly status: 'not-needed' }
  | { readonly status: 'unknown'; readonly why: UnknownBecause };

/**
 * `none`: nothing speaks of the certificate; `stale`: only news that was over by then; `after-expiry`: only news made when
 * the certificate was over, from which authorities drop its entry; `not-trusted`: not signed by who may.
 */
export type UnknownBecause = 'none' | 'stale' | 'after-expiry' | 'not-trusted';

export interface Judgement {
  /** The instant whose validity is asked about, epoch milliseconds. */
  at: number;
  /** The time of this check: evidence from later is not believed. */
  now: number;
}

/** Clocks of authorities may be ahead of ours by so much. */
const CLOCK_SKEW_MS = 5 * 60_000;
/** An OCSP answer that names no next one is as good as fresh for so long. */
const OCSP_DEFAULT_MS = 24 * 3600_000;

/**
 * Whether a certificate was revoked at an instant. Evidence serves when it was made after the instant, or was still the
 * current one at it. A revocation counts from its own date on: a signature that is proven to be older stays valid. One
 * piece of evidence that says "revoked" outweighs any that says "good".
 */
export function revocationOf(
  certificate: Certificate,
  issuer: Certificate,
  evidence: RevocationEvidence,
  { at, now }: Judgement,
): RevocationStatus {
  if (certificate.hasExtension(extension.ocspNoCheck)) return { status: 'not-needed' };
  let good: RevocationStatus | undefined;
  let why: UnknownBecause = 'none';
  for (const found of statements(certificate, issuer, evidence)) {
    const { source, asOf, until } = found;
    const said = unlessUnknown(found.said);
    if (!said) {
      if (why === 'none') why = 'not-trusted';
      continue;
    }
    if (asOf > now + CLOCK_SKEW_MS) continue;
    // Who was revoked stays so, however old the news.
    if (said !== 'good' && said.reason !== 'removeFromCRL' && said.at <= at)
      return { status: 'revoked', source, asOf, revocation: said };
    // Authorities need not list certificates that are over (RFC 5280 §3.3): silence then says nothing.
    if (!certificate.coversTime(asOf) && asOf > certificate.notAfter) why = 'after-expiry';
    else if (asOf < at && until < at) why = 'stale';
    else if (!good || ('asOf' in good && good.asOf < asOf)) good = { status: 'good', source, asOf };
  }
  return good ?? { status: 'unknown', why };
}

interface Statement {
  source: 'crl' | 'ocsp';
  asOf: number;
  until: number;
  /** What is said, when the one who signed it may say so. */
  said(): 'good' | Revocation | undefined;
}

function* statements(
  certificate: Certificate,
  issuer: Certificate,
  { crls, ocsp }: RevocationEvidence,
): Generator<Statement> {
  for (const crl of crls)
    if (crl.covers(certificate))
      yield {
        source: 'crl',
        asOf: crl.thisUpdate,
        until: crl.nextUpdate ?? crl.thisUpdate,
        said: () => (crl.isSignedBy(issuer) ? (crl.find(certificate.serialDer) ?? 'good') : undefined),
      };
  for (const response of ocsp) {
    const answer = response.answerFor(certificate, issuer);
    if (!answer || answer.status === 'unknown') continue;
    const { status } = answer;
    yield {
      source: 'ocsp',
      asOf: answer.thisUpdate,
      until: answer.nextUpdate ?? answer.thisUpdate + OCSP_DEFAULT_MS,
      said: () => (response.isSignedFor(issuer) ? status : undefined),
    };
  }
}

/** Evidence that is damaged, or signed by an algorithm that nobody here knows, is no evidence. */
function unlessUnknown<T>(say: () => T): T | undefined {
  try {
    return say();
  } catch (error) {
    if (isDerFault(error)) return undefined;
    throw error;
  }
}
