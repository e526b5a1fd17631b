import { checkTrust, type Trust } from '../cms/trust-check.ts';
import type { TrustCheck } from './xades-verify.ts';

/**
 * Judges a signer as of this check: XML signatures bring no proof of when they were made, and their SigningTime is the
 * signer's word.
 *
 * @param now epoch milliseconds
 */
export function trustedNow(trust: Trust, now: number): TrustCheck {
  return async (certificate, brought) =>
    checkTrust(trust, { certificate, brought, at: now, now, laterRevocation: 'harmless' })
      .findings.filter((f) => f.outcome === 'failed' || f.outcome === 'unknown')
      .map((f) => f.en);
}
