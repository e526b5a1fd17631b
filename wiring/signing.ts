import { randomBytes } from 'node:crypto';
import type { SigningOrganisation } from '../certs/fitness.ts';
import { Keyring } from '../certs/keyring.ts';
import { endOfPower } from '../certs/powers/check.ts';
import { SigningThreads } from '../certs/signers/threads.ts';
import { CertificateRepository } from '../certs/store/certificates.ts';
import { ExpiryWatch } from '../certs/store/expiry-watch.ts';
import { PowerRepository } from '../certs/store/powers.ts';
import { TrustedFiles } from '../certs/trust-files.ts';
import { TimeStampAuthority } from '../certs/tsp/client.ts';
import { endOf } from '../certs/x509/in-force.ts';
import { algorithm } from '../certs/x509/oids.ts';
import { RevocationSource } from '../certs/x509/revocation-source.ts';
import type { HubConfig } from '../config/load.ts';
import type { HttpTransport } from '../connectors/kit/http.ts';
import type { Clock, Logger, SigningPort } from '../connectors/port.ts';
import { parseNetworks } from '../connectors/webhook/address.ts';
import { guardedFetch } from '../connectors/webhook/guarded-fetch.ts';
import type { AuditLog } from '../storage/audit/log.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database } from '../storage/port.ts';
import { connectorSigning, type SigningUser } from './connector-signing.ts';

export interface SigningParts {
  certificates: CertificateRepository;
  keyring: Keyring;
  opensslConfig: string | undefined;
  trust: TrustedFiles;
  timeStamps: TimeStampAuthority | undefined;
  /** What an attempt of a connector signs by. */
  forConnector(user: SigningUser): SigningPort;
  /** Asks authorities about revocation; undefined where hub.yaml doesn't say so. */
  revocation: RevocationSource | undefined;
  powers: PowerRepository;
  organisations: readonly SigningOrganisation[];
  /** Warns before certificates end. */
  watch: ExpiryWatch;
  close(): Promise<void>;
}

/** Keys of the organisations, in the store and elsewhere, and the threads that compute with them. */
export function signingOf(o: {
  config: HubConfig;
  db: Database;
  cipher: Cipher;
  clock: Clock;
  log: Logger;
  transport: HttpTransport;
  audit: AuditLog;
  random(): number;
  onChange(): void;
}): SigningParts {
  const { db, cipher, clock, log, audit } = o;
  const config = o.config.signing;
  const threads = new SigningThreads(config.threads);
  const certificates = new CertificateRepository(db, cipher, () => clock.now());
  const powers = new PowerRepository(db, cipher, () => clock.now());
  const http = o.transport.client({ clock, log });
  // Who has authorities asked and wants an answer takes no silence for one.
  const trust = new TrustedFiles({
    ...config.trust,
    ...(config.revocation.mode === 'require' ? { revocation: 'require' as const } : {}),
  });
  const revocation = revocationOf(config.revocation, clock, log);
  const timeStamps = config.timeStamps
    ? new TimeStampAuthority({
        http,
        url: config.timeStamps.url,
        ...(config.timeStamps.policy ? { policy: config.timeStamps.policy } : {}),
        digest: algorithm.streebog256,
        // Judged by the files as they are when a stamp is asked for.
        get trust() {
          return trust.trust();
        },
        clock,
        random: randomBytes,
      })
    : undefined;
  const keyring = new Keyring({
    certificates,
    outside: config.keys,
    threads,
    http,
    opensslConfig: config.opensslConfig,
    now: () => clock.now(),
  });
  return {
    certificates,
    keyring,
    opensslConfig: config.opensslConfig,
    trust,
    revocation,
    powers,
    organisations: o.config.organisations,
    timeStamps,
    watch: new ExpiryWatch({
      ...o,
      organisations: o.config.organisations.map((org) => org.id),
      warnDays: config.warnDays,
      inventory: async (org) => {
        const { entries, faults } = await keyring.survey(org);
        return {
          endings: [
            ...entries.map(({ name, certificate }) => ({
              org,
              kind: 'certificate' as const,
              name,
              thumbprint: certificate.thumbprint,
              endsAt: endOf(certificate),
            })),
            ...(await powers.list(org))
              .filter(({ revokedAt }) => revokedAt === null)
              .map(({ name, power }) => ({
                org,
                kind: 'power-of-attorney' as const,
                name,
                thumbprint: power.number,
                endsAt: endOfPower(power),
              })),
          ],
          unreadable: faults.map((fault) => ({ org, kind: 'certificate', ...fault })),
        };
      },
    }),
    forConnector: (user) =>
      connectorSigning(
        {
          keyring,
          trust,
          revocation,
          powers,
          audit,
          clock,
          organisation: o.config.organisations.find((org) => org.id === user.organisation),
        },
        user,
      ),
    close: () => threads.close(),
  };
}

function revocationOf(
  config: HubConfig['signing']['revocation'],
  clock: Clock,
  log: Logger,
): RevocationSource | undefined {
  if (config.mode === 'off') return undefined;
  return new RevocationSource({
    http: { request: guardedFetch({ allowed: parseNetworks(config.allowAddresses) }) },
    clock,
    timeoutMs: config.timeoutMs,
    maxListBytes: config.maxListMegabytes * 1024 * 1024,
    maxAgeMs: config.cacheMinutes * 60_000,
    onFailure: (url, why) => log.warn('an authority said nothing of revocation', { url, why }),
  });
}
