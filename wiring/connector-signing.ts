import { createHash, randomUUID } from 'node:crypto';
import { HubError, isHubError } from '../canonical/errors.ts';
import { mustBelongTo, mustNotBeRevoked, type SigningOrganisation } from '../certs/fitness.ts';
import { type NewsSource, withFreshNews } from '../certs/fresh-news.ts';
import type { Keyring, KeyringEntry } from '../certs/keyring.ts';
import { checkPower, isHolder } from '../certs/powers/check.ts';
import type { Signer } from '../certs/signer.ts';
import type { PowerRepository } from '../certs/store/powers.ts';
import type { TrustedFiles } from '../certs/trust-files.ts';
import { identityOf } from '../certs/x509/subject.ts';
import { signXades } from '../certs/xml/xades-sign.ts';
import { trustedNow } from '../certs/xml/xades-trust.ts';
import { verifyXades } from '../certs/xml/xades-verify.ts';
import type { Clock, SigningPort } from '../connectors/port.ts';
import type { AuditLog } from '../storage/audit/log.ts';

/** For whom a connector signs. */
export interface SigningUser {
  organisation: string;
  instance: string;
  /** Ids of operations; none outside of attempts. */
  operations: readonly string[];
}

export interface ConnectorSigningParts {
  keyring: Pick<Keyring, 'signer'>;
  trust: Pick<TrustedFiles, 'trust'>;
  /** Asks authorities; absent where nobody is asked. */
  revocation?: NewsSource | undefined;
  powers: Pick<PowerRepository, 'list'>;
  audit: Pick<AuditLog, 'append'>;
  clock: Clock;
  /** As hub.yaml describes it. */
  organisation: SigningOrganisation | undefined;
}

/** Operations that one entry of the audit log names. */
const MOST_NAMED = 100;

/** Keys of an organisation in the hands of a connector: judged, then entered in the audit log, then used. */
export function connectorSigning(parts: ConnectorSigningParts, user: SigningUser): SigningPort {
  const { keyring, trust, revocation: source, audit, clock, organisation } = parts;

  async function fitSigner(certificate: string): Promise<{ signer: Signer; entry: KeyringEntry }> {
    const found = await keyring.signer(user.organisation, certificate).catch((cause: unknown) => {
      // Not the upstream lacks something: the settings of the instance are wrong.
      if (isHubError(cause) && cause.code === 'CERTIFICATE_UNKNOWN')
        throw new HubError(
          'misconfigured',
          'SIGNING_CERTIFICATE_UNKNOWN',
          `connectors.${user.instance} of hub.yaml signs by '${certificate}', and ${user.organisation} has no certificate of this name; hub certs list shows what there is.`,
          {},
          { cause },
        );
      throw cause;
    });
    if (organisation) mustBelongTo(organisation, certificate, found.entry.certificate);
    const { certificate: own, chain } = found.entry;
    const now = clock.now();
    const informed = await withFreshNews(trust.trust(), { certificates: [own], brought: chain, now, source });
    mustNotBeRevoked(informed, found.entry, now);
    return found;
  }

  return {
    xades: async ({ xml, id, certificate }) => {
      const { signer, entry } = await fitSigner(certificate);
      const octets = Buffer.from(xml);
      try {
        await audit.append({
          org: user.organisation,
          actor: `instance:${user.instance}`,
          action: 'signatures.make',
          subject: `Certificate:${certificate}`,
          details: {
            format: 'xades-bes',
            thumbprint: entry.certificate.thumbprint,
            sha256: createHash('sha256').update(octets).digest('hex'),
            size: octets.length,
            element: id,
            operations: user.operations.slice(0, MOST_NAMED),
            operationCount: user.operations.length,
          },
        });
      } catch (cause) {
        throw new HubError(
          'transient',
          'SIGNING_NOT_AUDITED',
          'The use of the key could not be entered in the audit log; nothing was signed.',
          {},
          { cause },
        );
      }
      const signed = await signXades(octets, { element: { id }, signer, at: clock.now(), uuid: randomUUID() });
      return Buffer.from(signed).toString();
    },
    powersFor: async (certificate) => {
      const { entry } = await fitSigner(certificate);
      const identity = identityOf(entry.certificate);
      const now = clock.now();
      return (await parts.powers.list(user.organisation))
        .filter(
          ({ power, revokedAt }) =>
            power.representatives.some((party) => isHolder(party, identity)) &&
            checkPower({ power, organisation, revokedAt: revokedAt?.getTime(), now }).every(
              (f) => f.outcome !== 'failed',
            ),
        )
        .map(({ name, power, document, signature }) => ({
          name,
          number: power.number,
          endsOn: power.endsOn,
          codes: power.powers.machine.map(({ code }) => code),
          document,
          signature,
        }));
    },
    verifyXades: (xml, expected) =>
      verifyXades(xml, { expected, trust: trustedNow({ trust: trust.trust(), now: clock.now(), source }) }),
  };
}
