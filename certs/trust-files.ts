import { readFileSync, statSync } from 'node:fs';
import { HubError } from '../canonical/errors.ts';
import { pemBlocks, toDer } from './asn1/pem.ts';
import type { Trust } from './cms/trust-check.ts';
import { Certificate } from './x509/certificate.ts';
import { Crl } from './x509/crl.ts';

export interface TrustFiles {
  roots: readonly string[];
  intermediates: readonly string[];
  crls: readonly string[];
  revocation: Trust['revocation'];
}

/** Certificates and revocation lists of configured files; a file that has changed is read again. */
export class TrustedFiles {
  readonly #files: TrustFiles;
  readonly #read = new Map<string, { stamp: string; value: readonly (Certificate | Crl)[] }>();

  constructor(files: TrustFiles) {
    this.#files = files;
  }

  /** @throws HubError misconfigured/TRUST_UNREADABLE naming the file */
  trust(): Trust {
    const { roots, intermediates, crls, revocation } = this.#files;
    const certificates = (paths: readonly string[]): Certificate[] =>
      paths.flatMap((path) => this.#of(path, 'CERTIFICATE', (der) => new Certificate(der)) as readonly Certificate[]);
    return {
      roots: certificates(roots),
      intermediates: certificates(intermediates),
      evidence: {
        crls: crls.flatMap((path) => this.#of(path, 'X509 CRL', (der) => new Crl(der)) as readonly Crl[]),
        ocsp: [],
      },
      revocation,
    };
  }

  #of(path: string, label: string, make: (der: Uint8Array) => Certificate | Crl): readonly (Certificate | Crl)[] {
    try {
      const { mtimeMs, size } = statSync(path);
      const stamp = `${mtimeMs} ${size}`;
      const known = this.#read.get(path);
      if (known?.stamp === stamp) return known.value;
      const octets = readFileSync(path);
      const text = octets.toString('latin1');
      const ders = text.includes('-----BEGIN ')
        ? pemBlocks(text)
            .filter((block) => block.label === label)
            .map((block) => block.der)
        : [toDer(octets)];
      const value = ders.map(make);
      if (value.length === 0) throw new Error(`it holds no ${label}`);
      this.#read.set(path, { stamp, value });
      return value;
    } catch (cause) {
      throw new HubError(
        'misconfigured',
        'TRUST_UNREADABLE',
        `signing.trust of hub.yaml: ${path} can't be read: ${(cause as Error).message}`,
        {},
        { cause },
      );
    }
  }
}
