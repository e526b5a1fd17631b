import type { Certificate } from '../x509/certificate.ts';
import { buildChain } from '../x509/chain.ts';
import { type RevocationEvidence, revocationOf } from '../x509/revocation.ts';
import { displayName, identityOfName } from '../x509/subject.ts';
import { type Finding, finding } from './findings.ts';

/** Whom the verifier believes. Nothing of it comes from the message that is verified. */
export interface Trust {
  /** Trusted roots: configured files. */
  readonly roots: readonly Certificate[];
  /** Configured authorities between roots and holders. */
  readonly intermediates: readonly Certificate[];
  readonly evidence: RevocationEvidence;
  /**
   * `require`: without news on revocation a signature is not valid (for signatures with a legal effect);
   * `prefer`: missing news is only a warning; `off`: nobody asks.
   */
  readonly revocation: 'require' | 'prefer' | 'off';
}

export interface TrustQuestion {
  certificate: Certificate;
  /** Certificates that the message brings: may stand between, are never trusted by themselves. */
  brought: readonly Certificate[];
  /** The instant to judge at, and the time of this check; epoch milliseconds. */
  at: number;
  now: number;
  /** Whether the revocation of a later date spoils what was made before. For keys of time-stamping it mostly does. */
  laterRevocation: 'harmless' | 'harmful';
}

/** Chain, validity and revocation of a certificate at an instant. */
export function checkTrust(
  trust: Trust,
  question: TrustQuestion,
): { findings: Finding[]; path: readonly Certificate[] } {
  const { certificate, brought, at, now } = question;
  const { path, problems } = buildChain({
    leaf: certificate,
    roots: trust.roots,
    intermediates: [...trust.intermediates, ...brought],
    at,
  });
  const findings = problems.map(({ code, certificate: about }) =>
    finding(code, {
      name: nameOf(code === 'CHAIN_NO_ISSUER' ? about.issuer : about.subject),
      from: about.notBefore,
      to: about.notAfter,
    }),
  );
  if (!problems.some(({ code }) => code.startsWith('CHAIN_'))) {
    const root = path[path.length - 1] ?? certificate;
    findings.push(finding('CHAIN_TRUSTED', { name: nameOf(root.subject) }), ...checkRevocation(trust, path, question));
  }
  if (!problems.some(({ code }) => code.startsWith('CERT_'))) findings.push(finding('CERT_IN_TIME', { time: at }));
  return { findings, path };

  function checkRevocation(
    { evidence, revocation }: Trust,
    chain: readonly Certificate[],
    { laterRevocation }: TrustQuestion,
  ): Finding[] {
    if (revocation === 'off') return [finding('REVOCATION_UNCHECKED')];
    const found: Finding[] = [];
    let asOf = Infinity;
    for (const [i, one] of chain.entries()) {
      const issuer = chain[i + 1];
      if (!issuer) break;
      const name = nameOf(one.subject);
      const status = revocationOf(one, issuer, evidence, { at, now });
      const later = laterRevocation === 'harmful' ? revocationOf(one, issuer, evidence, { at: now, now }) : status;
      const revoked =
        status.status === 'revoked'
          ? status
          : later.status === 'revoked' && !ORDERLY.has(later.revocation.reason)
            ? later
            : undefined;
      if (revoked)
        found.push(finding('REVOKED', { name, time: revoked.revocation.at, detail: revoked.revocation.reason }));
      else if (status.status === 'unknown')
        found.push(
          finding('REVOCATION_UNKNOWN', { name, detail: status.why }, revocation === 'require' ? 'unknown' : 'warning'),
        );
      else if (status.status === 'good') asOf = Math.min(asOf, status.asOf);
    }
    if (found.length > 0) return found;
    return [finding('NOT_REVOKED', { time: Number.isFinite(asOf) ? asOf : now })];
  }
}

/** Reasons under which what a time-stamping authority signed before stays good (RFC 3161 §4). */
const ORDERLY: ReadonlySet<string> = new Set(['affiliationChanged', 'superseded', 'cessationOfOperation']);

const nameOf = (name: Certificate['subject']): string => displayName(identityOfName(name));
