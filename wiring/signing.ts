import { Keyring } from '../certs/keyring.ts';
import { SigningThreads } from '../certs/signers/threads.ts';
import { CertificateRepository } from '../certs/store/certificates.ts';
import type { SigningConfig } from '../config/signing.ts';
import type { HttpTransport } from '../connectors/kit/http.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database } from '../storage/port.ts';

export interface SigningParts {
  certificates: CertificateRepository;
  keyring: Keyring;
  opensslConfig: string | undefined;
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
  const keyring = new Keyring({
    certificates,
    outside: config.keys,
    threads,
    http: o.transport.client({ clock, log }),
    opensslConfig: config.opensslConfig,
    now: () => clock.now(),
  });
  return { certificates, keyring, opensslConfig: config.opensslConfig, close: () => threads.close() };
}
