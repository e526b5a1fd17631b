import type { Trust } from './cms/trust-check.ts';
import type { Certificate } from './x509/certificate.ts';
import { buildChain } from './x509/chain.ts';
import type { RevocationEvidence } from './x509/revocation.ts';

/** Who gets news on revocation: a `RevocationSource`, or a stand-in. */
export interface NewsSource {
  evidenceFor(path: readonly Certificate[]): Promise<RevocationEvidence>;
}

/**
 * Trust with what the addresses in certificates say of revocation. Asked is only for paths that lead to a trusted root:
 * addresses in other certificates are whatever a stranger wrote there.
 *
 * @param brought certificates that may stand between
 * @param now epoch milliseconds
 */
export async function withFreshNews(
  trust: Trust,
  {
    certificates,
    brought,
    now,
    source,
  }: {
    certificates: readonly Certificate[];
    brought: readonly Certificate[];
    now: number;
    source: NewsSource | undefined;
  },
): Promise<Trust> {
  if (!source || trust.revocation === 'off') return trust;
  const crls = [...trust.evidence.crls];
  const ocsp = [...trust.evidence.ocsp];
  for (const certificate of certificates) {
    const { path, problems } = buildChain({
      leaf: certificate,
      roots: trust.roots,
      intermediates: [...trust.intermediates, ...brought],
      at: now,
    });
    if (problems.some(({ code }) => code.startsWith('CHAIN_'))) continue;
    const news = await source.evidenceFor(path);
    crls.push(...news.crls);
    ocsp.push(...news.ocsp);
  }
  return { ...trust, evidence: { crls, ocsp } };
}
