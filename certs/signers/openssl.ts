import { HubError } from '../../canonical/errors.ts';
import type { SignatureAlgorithm, Signer, SignerCertificate } from '../signer.ts';
import { run, Turns } from './process.ts';

export interface OpensslOptions {
  certificate: SignerCertificate;
  algorithm: SignatureAlgorithm;
  /** File of the private key, as `openssl -sign` takes it. */
  keyFile: string;
  /** Password of the key file; goes by the environment. */
  password?: string | undefined;
  /** Configuration that loads gost-engine, for OPENSSL_CONF; the one of the system otherwise. */
  config?: string | undefined;
  command?: string | undefined;
  timeoutMs?: number | undefined;
}

const DIGESTS: Readonly<Record<SignatureAlgorithm, string>> = {
  'gost2012-256': '-md_gost12_256',
  'gost2012-512': '-md_gost12_512',
  'rsa-sha256': '-sha256',
  'ecdsa-sha256': '-sha256',
};
const AT_ONCE = 3;
const TIMEOUT_MS = 30_000;

/** A key file and the program `openssl`, with gost-engine for GOST: 6 to 15 ms a signature, a process each. */
export function opensslSigner(options: OpensslOptions): Signer {
  const { certificate, algorithm, keyFile, password, config, command = 'openssl', timeoutMs = TIMEOUT_MS } = options;
  const turns = new Turns(AT_ONCE);
  return {
    algorithm,
    certificate: async () => certificate,
    signRaw: (data) =>
      turns.take(async () => {
        const { status, output, errors } = await run({
          command,
          args: [
            'dgst',
            DIGESTS[algorithm],
            '-sign',
            keyFile,
            ...(password ? ['-passin', 'env:HUB_KEY_PASSWORD'] : []),
          ],
          env: { ...(password ? { HUB_KEY_PASSWORD: password } : {}), ...(config ? { OPENSSL_CONF: config } : {}) },
          input: data,
          timeoutMs,
        });
        if (status === 0 && output.length > 0) return new Uint8Array(output);
        throw refusal(errors);
      }),
  };
}

function refusal(errors: string): HubError {
  if (/bad decrypt|maybe wrong password|bad password|mac verify/i.test(errors))
    return new HubError('needs-operator', 'SIGNER_PASSWORD_WRONG', 'The password of the key file is wrong.');
  if (
    /unknown option|Unrecognized flag|unsupported|unknown digest|could not load/i.test(errors) &&
    /gost/i.test(errors)
  )
    return new HubError(
      'misconfigured',
      'SIGNER_NO_GOST',
      'openssl knows no GOST: install libengine-gost-openssl and name a configuration that loads it (opensslConfig).',
    );
  if (/No such file|Could not (open|read|find)/i.test(errors))
    return new HubError('misconfigured', 'KEY_UNREADABLE', 'openssl can not read the file of the private key.');
  return new HubError('unexpected', 'SIGNER_FAILED', `openssl made no signature: ${lastLine(errors)}`);
}

/** Errors of openssl name functions and files of its own, never a key. */
function lastLine(errors: string): string {
  return errors.trim().split('\n').at(-1)?.slice(0, 200) || 'it said nothing';
}
