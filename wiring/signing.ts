import { randomBytes } from 'node:crypto';
import { Keyring } from '../certs/keyring.ts';
import { SigningThreads } from '../certs/signers/threads.ts';
import { CertificateRepository } from '../certs/store/certificates.ts';
import { TrustedFiles } from '../certs/trust-files.ts';
import { TimeStampAuthority } from '../certs/tsp/client.ts';
import { algorithm } from '../certs/x509/oids.ts';
import type { SigningConfig } from '../config/signing.ts';
import type { HttpTransport } from '../connectors/kit/http.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database } from '../storage/port.ts';

export interface SigningParts {
  certificates: CertificateRepository;
  keyring: Keyring;
  opensslConfig: string | undefined;
  trust: TrustedFiles;
  timeStamps: TimeStampAuthority | undefined;
  close(): Promise<void>;
}

/** Keys of the organisations, in the store and elsewhere, and the threads that compute with them. */
export function signingOf(o: {
  config: SigningConfig;
  db: Database;
  cipher: Cipher;
  clock: Clock;
  log: Logger;
  transport: HttpTransport;
}): SigningParts {
  const { config, db, cipher, clock, log } = o;
  const threads = new SigningThreads(config.threads);
  const certificates = new CertificateRepository(db, cipher, () => clock.now());
  const http = o.transport.client({ clock, log });
  const trust = new TrustedFiles(config.trust);
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
    timeStamps,
    close: () => threads.close(),
  };
}
