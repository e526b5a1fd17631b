import type { Finding } from '../cms/findings.ts';
import { checkTrust, type Trust } from '../cms/trust-check.ts';
import { type NewsSource, withFreshNews } from '../fresh-news.ts';
import type { TrustCheck } from './xades-verify.ts';

export interface TrustedNow {
  trust: Trust;
  /** Epoch milliseconds. */
  now: number;
  /** Gets news on revocation; absent where nobody is asked. */
  source?: NewsSource | undefined;
  /** Is told everything that was looked at, for a report. */
  told?(findings: readonly Finding[]): void;
}

/**
 * Judges a signer as of this check: XML signatures bring no proof of when they were made, and their SigningTime is the
 * signer's word.
 */
export function trustedNow({ trust, now, source, told }: TrustedNow): TrustCheck {
  return async (certificate, brought) => {
    const informed = await withFreshNews(trust, { certificates: [certificate], brought, now, source });
    const { findings } = checkTrust(informed, { certificate, brought, at: now, now, laterRevocation: 'harmless' });
    told?.(findings);
    return findings.filter((f) => f.outcome === 'failed' || f.outcome === 'unknown').map((f) => f.en);
  };
}
