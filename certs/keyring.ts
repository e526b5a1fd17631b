import { readFileSync, statSync } from 'node:fs';
import { HubError } from '../canonical/errors.ts';
import { readKeyMaterial } from './import/key-material.ts';
import type { Signer, SignerCertificate } from './signer.ts';
import { cryptoProCspSigner } from './signers/cryptopro-csp.ts';
import { cryptoProDssSigner, type SigningHttp } from './signers/cryptopro-dss.ts';
import { opensslSigner } from './signers/openssl.ts';
import { pkcs11Signer } from './signers/pkcs11.ts';
import { softwareSigner } from './signers/software.ts';
import type { SigningThreads } from './signers/threads.ts';
import type { CertificateRepository } from './store/certificates.ts';
import type { Certificate } from './x509/certificate.ts';
import { mustBeInForce } from './x509/in-force.ts';
import { signatureAlgorithmOf } from './x509/key-algorithm.ts';

/** A key outside of the store, as hub.yaml describes it. */
export type OutsideKey = { organisation: string; certificate: string } & (
  | {
      signer: 'openssl';
      key: string;
      password?: string | undefined;
      command?: string | undefined;
      timeoutMs?: number | undefined;
    }
  | {
      signer: 'cryptopro-csp';
      container: string;
      pin?: string | undefined;
      command?: string | undefined;
      timeoutMs?: number | undefined;
    }
  | {
      signer: 'cryptopro-dss';
      url: string;
      identityApp?: string | undefined;
      signApp?: string | undefined;
      clientId: string;
      clientSecret: string;
      login: string;
      password: string;
      certificateId: number;
      pin?: string | undefined;
    }
  | { signer: 'pkcs11'; library: string; token?: string | undefined; keyId: string; pin: string }
);

/** A certificate that the organisation can name. */
export interface KeyringEntry {
  name: string;
  certificate: Certificate;
  chain: readonly Certificate[];
  /** Where its key lies; `none` for a certificate without one. */
  signer: 'store' | OutsideKey['signer'] | 'none';
}

export interface KeyringOptions {
  certificates: CertificateRepository;
  outside: Readonly<Record<string, OutsideKey>>;
  threads: SigningThreads;
  http: SigningHttp;
  opensslConfig?: string | undefined;
  now(): number;
}

/** Who can sign for an organisation: keys of the store, and those that hub.yaml says lie elsewhere. */
export class Keyring {
  readonly #o: KeyringOptions;
  readonly #outside = new Map<string, { stamp: string; opened: Promise<{ entry: KeyringEntry; signer: Signer }> }>();
  readonly #stored = new Map<string, Promise<Signer>>();

  constructor(options: KeyringOptions) {
    this.#o = options;
  }

  /** Every certificate of an organisation, by name. @throws HubError misconfigured for a file of hub.yaml that can't be read */
  async list(org: string): Promise<KeyringEntry[]> {
    const { entries, faults } = await this.survey(org);
    const [fault] = faults;
    if (fault) throw fault.error;
    return entries;
  }

  /** What there is, with the faults of files that can't be read beside it. */
  async survey(org: string): Promise<{ entries: KeyringEntry[]; faults: { name: string; error: unknown }[] }> {
    const entries: KeyringEntry[] = (await this.#o.certificates.list(org)).map(
      ({ name, certificate, chain, hasKey }) => ({ name, certificate, chain, signer: hasKey ? 'store' : 'none' }),
    );
    const faults: { name: string; error: unknown }[] = [];
    for (const [name, key] of Object.entries(this.#o.outside)) {
      if (key.organisation !== org) continue;
      try {
        entries.push((await this.#openOutside(name, key)).entry);
      } catch (error) {
        faults.push({ name, error });
      }
    }
    return { entries: entries.sort((a, b) => (a.name < b.name ? -1 : 1)), faults };
  }

  /** Whether hub.yaml uses a name: the store must not. */
  isOutside(org: string, name: string): boolean {
    return this.#o.outside[name]?.organisation === org;
  }

  /**
   * The signer of a name, fit to sign now.
   *
   * @throws HubError not-found/CERTIFICATE_UNKNOWN, rejected/CERTIFICATE_WITHOUT_KEY, needs-operator/CERTIFICATE_EXPIRED,
   * needs-operator/CERTIFICATE_NOT_YET, and those of the signer
   */
  async signer(org: string, name: string): Promise<{ signer: Signer; entry: KeyringEntry }> {
    const outside = this.#o.outside[name];
    if (outside?.organisation === org) {
      const opened = await this.#openOutside(name, outside);
      mustBeInForce(opened.entry.certificate, this.#o.now(), name);
      return opened;
    }
    const stored = await this.#o.certificates.current(org, name);
    if (!stored)
      throw new HubError(
        'not-found',
        'CERTIFICATE_UNKNOWN',
        `There is no certificate '${name}'; hub certs list shows what there is.`,
        {
          errors: [{ pointer: '/certificate', message: 'is not known' }],
        },
      );
    const { certificate, chain, id, hasKey } = stored;
    const entry: KeyringEntry = { name, certificate, chain, signer: hasKey ? 'store' : 'none' };
    if (!hasKey)
      throw new HubError(
        'rejected',
        'CERTIFICATE_WITHOUT_KEY',
        `The certificate '${name}' has no private key here: import it together with its key, or describe where the key lies under signing.keys of hub.yaml.`,
        { errors: [{ pointer: '/certificate', message: 'has no private key' }] },
      );
    mustBeInForce(certificate, this.#o.now(), name);
    let signer = this.#stored.get(id);
    if (!signer) {
      signer = this.#openStored(org, id, entry);
      this.#stored.set(id, signer);
      signer.catch(() => this.#stored.delete(id));
    }
    return { signer: await signer, entry };
  }

  async #openStored(org: string, id: string, { certificate, chain }: KeyringEntry): Promise<Signer> {
    const pkcs8 = await this.#o.certificates.keyOf(org, id);
    if (!pkcs8) throw new HubError('not-found', 'CERTIFICATE_UNKNOWN', 'The certificate was removed meanwhile.');
    return softwareSigner({
      certificate: plain(certificate, chain),
      spki: certificate.spki,
      pkcs8,
      threads: this.#o.threads,
    });
  }

  #openOutside(name: string, key: OutsideKey): Promise<{ entry: KeyringEntry; signer: Signer }> {
    const stamp = stampOf(key.certificate);
    const known = this.#outside.get(name);
    // A new certificate in the place of the old one is read without a restart.
    if (known?.stamp === stamp) return known.opened;
    const opened = this.#readOutside(name, key);
    this.#outside.set(name, { stamp, opened });
    // A file that is put right is read again.
    opened.catch(() => this.#outside.delete(name));
    return opened;
  }

  async #readOutside(name: string, key: OutsideKey): Promise<{ entry: KeyringEntry; signer: Signer }> {
    let octets: Buffer;
    try {
      octets = readFileSync(key.certificate);
    } catch (cause) {
      throw new HubError(
        'misconfigured',
        'CERTIFICATE_UNREADABLE',
        `signing.keys.${name}.certificate: the file can't be read.`,
        {},
        { cause },
      );
    }
    const { certificate, chain } = await readKeyMaterial([octets]);
    const entry: KeyringEntry = { name, certificate, chain, signer: key.signer };
    return { entry, signer: this.#outsideSigner(name, key, certificate, plain(certificate, chain)) };
  }

  #outsideSigner(name: string, key: OutsideKey, of: Certificate, certificate: SignerCertificate): Signer {
    const { spki } = of;
    const algorithm = signatureAlgorithmOf(of);
    if (key.signer === 'openssl')
      return opensslSigner({ ...key, certificate, algorithm, keyFile: key.key, config: this.#o.opensslConfig });
    if (algorithm !== 'gost2012-256' && algorithm !== 'gost2012-512')
      throw new HubError(
        'misconfigured',
        'SIGNER_KEY_MISMATCH',
        `signing.keys.${name}: ${key.signer} signs by GOST R 34.10-2012 only, and the certificate is for another algorithm. Use signer: openssl, or import the key.`,
      );
    switch (key.signer) {
      case 'cryptopro-csp':
        return cryptoProCspSigner({ ...key, certificate, algorithm, spki });
      case 'cryptopro-dss': {
        const { clientId: id, clientSecret: secret, login, password, ...rest } = key;
        const { http, now } = this.#o;
        return cryptoProDssSigner({
          ...rest,
          certificate,
          algorithm,
          spki,
          client: { id, secret },
          user: { login, password },
          http,
          now,
        });
      }
      case 'pkcs11':
        return pkcs11Signer({ ...key, certificate, algorithm, spki });
    }
  }
}

/** Tells whether a file was replaced; '' for one that is not there, which its reading explains. */
function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs} ${stat.size} ${stat.ino}` : '';
}

function plain(certificate: Certificate, chain: readonly Certificate[]): SignerCertificate {
  return { der: certificate.der, chain: chain.map((c) => c.der) };
}
