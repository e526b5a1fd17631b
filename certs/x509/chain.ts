import { isDerFault } from '../asn1/fault.ts';
import type { Certificate } from './certificate.ts';
import { isIssuedBy } from './signature.ts';

/** Certificates of a path, root and leaf included. Real ones have three or four. */
const MAX_PATH = 10;
/** Signatures that are verified for one search, so that a message full of look-alikes costs little. */
const MAX_VERIFICATIONS = 60;

export type ChainProblemCode =
  /** No certificate of the issuer is configured, and the message brings none. */
  | 'CHAIN_NO_ISSUER'
  /** The chain ends at a root that is not among the trusted ones. */
  | 'CHAIN_UNTRUSTED_ROOT'
  /** The issuer's key did not sign the certificate. */
  | 'CHAIN_SIGNATURE'
  /** Signed by an algorithm that is not known or too weak. */
  | 'CHAIN_ALGORITHM'
  | 'CERT_NOT_YET_VALID'
  | 'CERT_EXPIRED'
  /** A critical extension that nobody here understands. */
  | 'CERT_CRITICAL_EXTENSION'
  /** An issuer whose certificate does not make it an authority (basicConstraints). */
  | 'CA_NOT_AN_AUTHORITY'
  /** An issuer whose key may not sign certificates (keyUsage). */
  | 'CA_KEY_USAGE'
  /** More authorities follow than pathLenConstraint allows. */
  | 'CA_PATH_LENGTH';

export interface ChainProblem {
  readonly code: ChainProblemCode;
  /** The certificate it is about. */
  readonly certificate: Certificate;
}

export interface Chain {
  /** From the leaf towards the root; complete only without problems of kind CHAIN_…. */
  readonly path: readonly Certificate[];
  readonly problems: readonly ChainProblem[];
}

export interface ChainSearch {
  leaf: Certificate;
  /** Trusted roots: configured files, never from a message. */
  roots: readonly Certificate[];
  /** Others that may stand between: configured ones and those that a message brings. */
  intermediates: readonly Certificate[];
  /** The instant to judge at, epoch milliseconds. */
  at: number;
}

/**
 * Finds the path from a certificate to a trusted root and judges it by RFC 5280 §6 at one instant: signatures,
 * validity, basicConstraints, keyUsage, path length, critical extensions. Revocation is asked about apart.
 * Of several paths the one with the fewest problems is given.
 */
export function buildChain({ leaf, roots, intermediates, at }: ChainSearch): Chain {
  let best: Chain | undefined;
  let verifications = 0;
  const offer = (path: readonly Certificate[], problem?: ChainProblem): void => {
    const problems = [...(problem ? [problem] : []), ...judge(path, at)];
    if (!best || rank(problems) < rank(best.problems)) best = { path, problems };
  };
  const isRoot = (certificate: Certificate): boolean => roots.some((root) => root.equals(certificate));

  const extend = (path: readonly Certificate[]): void => {
    const last = path[path.length - 1] as Certificate;
    if (isRoot(last)) {
      offer(path);
      return;
    }
    const candidates = [...roots, ...intermediates].filter(
      (c) => mayHaveIssued(c, last) && !path.some((p) => p.equals(c)),
    );
    if (candidates.length === 0 || path.length >= MAX_PATH) {
      offer(path, { code: last.isSelfIssued ? 'CHAIN_UNTRUSTED_ROOT' : 'CHAIN_NO_ISSUER', certificate: last });
      return;
    }
    for (const candidate of unique(candidates)) {
      if (verifications++ >= MAX_VERIFICATIONS) return;
      const problem = signatureProblem(last, candidate);
      if (problem) offer([...path, candidate], { code: problem, certificate: last });
      else extend([...path, candidate]);
      if (best?.problems.length === 0) return;
    }
  };
  extend([leaf]);
  return best ?? { path: [leaf], problems: [{ code: 'CHAIN_NO_ISSUER', certificate: leaf }] };
}

function unique(certificates: readonly Certificate[]): Certificate[] {
  return certificates.filter((c, i) => certificates.findIndex((other) => other.equals(c)) === i);
}

/** A chain that is broken is worse than one that is whole and has faults; a wrong signature is the worst. */
function rank(problems: readonly ChainProblem[]): number {
  const weight = (code: ChainProblemCode) => (code === 'CHAIN_SIGNATURE' ? 300 : code.startsWith('CHAIN_') ? 200 : 1);
  return problems.reduce((sum, { code }) => sum + weight(code), 0);
}

/** Whether names and key identifiers allow that one certificate's key signed the other. */
function mayHaveIssued(issuer: Certificate, certificate: Certificate): boolean {
  if (!issuer.subject.equals(certificate.issuer) || issuer.subject.isEmpty) return false;
  const wanted = certificate.extensions.authorityKeyId;
  const has = issuer.extensions.subjectKeyId;
  return !wanted || !has || Buffer.compare(wanted, has) === 0;
}

function signatureProblem(certificate: Certificate, issuer: Certificate): ChainProblemCode | undefined {
  try {
    return isIssuedBy(certificate, issuer) ? undefined : 'CHAIN_SIGNATURE';
  } catch (error) {
    if (isDerFault(error)) return 'CHAIN_ALGORITHM';
    throw error;
  }
}

function judge(path: readonly Certificate[], at: number): ChainProblem[] {
  const problems: ChainProblem[] = [];
  let authorities = 0;
  for (const [i, certificate] of path.entries()) {
    const found = (code: ChainProblemCode) => problems.push({ code, certificate });
    if (at < certificate.notBefore) found('CERT_NOT_YET_VALID');
    else if (!certificate.coversTime(at)) found('CERT_EXPIRED');
    if (certificate.unknownCritical.length > 0) found('CERT_CRITICAL_EXTENSION');
    if (i === 0) continue;
    const { isCa, keyUsage, pathLength } = certificate.extensions;
    if (!isCa) found('CA_NOT_AN_AUTHORITY');
    if (keyUsage && !keyUsage.has('keyCertSign')) found('CA_KEY_USAGE');
    if (pathLength !== undefined && authorities > pathLength) found('CA_PATH_LENGTH');
    // A certificate that an authority gives itself for a new key does not count (RFC 5280 §6.1.4 l).
    if (!certificate.isSelfIssued) authorities++;
  }
  return problems;
}
