import { HubError } from '../canonical/errors.ts';
import type { Trust } from './cms/trust-check.ts';
import type { Certificate } from './x509/certificate.ts';
import { buildChain } from './x509/chain.ts';
import { revocationOf } from './x509/revocation.ts';
import { identityOf } from './x509/subject.ts';

/** Whose name is signed in, as hub.yaml gives it. */
export interface SigningOrganisation {
  id: string;
  inn?: string | undefined;
  ogrn?: string | undefined;
}

/**
 * A certificate that names another legal person would make the other one answer for what is signed. One of a person alone
 * names no organisation, and is a matter of powers of attorney.
 *
 * @throws HubError needs-operator/CERTIFICATE_OF_ANOTHER
 */
export function mustBelongTo(organisation: SigningOrganisation, name: string, certificate: Certificate): void {
  const { innLegal, inn, ogrn, ogrnip } = identityOf(certificate);
  // Twelve digits are those of a sole trader (индивидуальный предприниматель), who signs as a person.
  const heldInn = organisation.inn?.length === 12 ? (inn ?? innLegal) : innLegal;
  const pairs = [
    ['ИНН', organisation.inn, heldInn],
    ['ОГРН', organisation.ogrn, organisation.ogrn?.length === 15 ? (ogrnip ?? ogrn) : ogrn],
  ] as const;
  for (const [what, ours, theirs] of pairs)
    if (ours !== undefined && theirs !== undefined && ours !== theirs)
      throw new HubError(
        'needs-operator',
        'CERTIFICATE_OF_ANOTHER',
        `The certificate '${name}' is of another organisation: its ${what} is not that of ${organisation.id} in hub.yaml.`,
      );
}

/**
 * By what is at hand of revocation: silence is no obstacle to signing, since the receiver judges by news of its own.
 *
 * @param now epoch milliseconds
 * @throws HubError needs-operator/CERTIFICATE_REVOKED
 */
export function mustNotBeRevoked(
  trust: Trust,
  { name, certificate, chain }: { name: string; certificate: Certificate; chain: readonly Certificate[] },
  now: number,
): void {
  const { path } = buildChain({
    leaf: certificate,
    roots: trust.roots,
    intermediates: [...trust.intermediates, ...chain],
    at: now,
  });
  for (const [i, one] of path.entries()) {
    const issuer = path[i + 1];
    if (!issuer) return;
    const status = revocationOf(one, issuer, trust.evidence, { at: now, now });
    if (status.status === 'revoked')
      throw new HubError(
        'needs-operator',
        'CERTIFICATE_REVOKED',
        `The certificate '${name}'${i === 0 ? '' : ', by that of its authority,'} is revoked since ${new Date(status.revocation.at).toISOString().slice(0, 10)}: get a new one and import it.`,
      );
  }
}
