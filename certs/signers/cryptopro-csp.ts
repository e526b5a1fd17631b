import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HubError } from '../../canonical/errors.ts';
import type { Signer, SignerCertificate } from '../signer.ts';
import { OctetOrder } from './octet-order.ts';
import { run, Turns } from './process.ts';

export interface CryptoProCspOptions {
  certificate: SignerCertificate;
  spki: Uint8Array;
  algorithm: 'gost2012-256' | 'gost2012-512';
  /** Name of the container, e.g. `\\.\HDIMAGE\director`. */
  container: string;
  /** PIN of the container. It shows in the list of processes while a signature is made: better a container without one. */
  pin?: string | undefined;
  /** Folder or path of csptest. */
  command?: string | undefined;
  timeoutMs?: number | undefined;
}

const COMMAND = '/opt/cprocsp/bin/amd64/csptest';
const TIMEOUT_MS = 60_000;
/** A token signs one at a time. */
const AT_ONCE = 1;

/** What codes of CryptoPro and Windows mean for whoever must act. */
const FAULTS: Readonly<Record<string, [kind: 'needs-operator' | 'misconfigured', code: string, message: string]>> = {
  '0x8010006b': ['needs-operator', 'SIGNER_PIN_WRONG', 'The PIN of the container is wrong; it is not tried again.'],
  '0x8010006c': [
    'needs-operator',
    'SIGNER_PIN_LOCKED',
    'The PIN of the token is locked: unlock it with its administrator PIN.',
  ],
  '0x80090016': ['misconfigured', 'SIGNER_NO_CONTAINER', 'There is no container of this name for the user of the hub.'],
  '0x8009000d': ['misconfigured', 'SIGNER_NO_CONTAINER', 'The container has no key of this use.'],
  '0x8007065b': ['needs-operator', 'SIGNER_LICENCE', 'The licence of CryptoPro CSP is over.'],
  '0x80090020': [
    'needs-operator',
    'SIGNER_LICENCE',
    'CryptoPro CSP refused inside; its licence or the token is the usual reason.',
  ],
};

/**
 * A key in a container of CryptoPro CSP, signed by its command line. Each signature is verified before it is given on, in
 * the order of octets that CMS and XML want.
 */
export function cryptoProCspSigner(options: CryptoProCspOptions): Signer {
  const { certificate, spki, algorithm, container, pin, command = COMMAND, timeoutMs = TIMEOUT_MS } = options;
  const turns = new Turns(AT_ONCE);
  const order = new OctetOrder(spki);
  let stopped: HubError | undefined;
  return {
    algorithm,
    certificate: async () => certificate,
    signRaw: (data) =>
      turns.take(async () => {
        // A wrong PIN that is tried again locks the token.
        if (stopped) throw stopped;
        const folder = await mkdtemp(join(tmpdir(), 'hub-sign-'));
        try {
          const [input, output] = [join(folder, 'data'), join(folder, 'signature')];
          await writeFile(input, data, { mode: 0o600 });
          const {
            status,
            output: said,
            errors,
          } = await run({
            command,
            args: [
              ...['-keyset', '-container', container, '-keytype', 'exchange'],
              ...['-sign', algorithm === 'gost2012-256' ? 'GOST12_256' : 'GOST12_512'],
              ...['-in', input, '-out', output],
              ...(pin ? ['-password', pin] : []),
            ],
            timeoutMs,
          });
          const code = /\[ErrorCode: (0x[0-9a-f]{8})\]/i
            .exec(`${said.toString('latin1')}\n${errors}`)?.[1]
            ?.toLowerCase();
          if (status !== 0 || code !== '0x00000000') {
            const fault = faultOf(code);
            if (fault.code.startsWith('SIGNER_PIN')) stopped = fault;
            throw fault;
          }
          const signature = order.normal(data, new Uint8Array(await readFile(output)));
          if (!signature)
            throw new HubError(
              'misconfigured',
              'KEY_MISMATCH',
              'The container signed with a key that does not belong to the certificate.',
            );
          return signature;
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      }),
  };
}

function faultOf(code: string | undefined): HubError {
  const known = code === undefined ? undefined : FAULTS[code];
  if (known) return new HubError(...known);
  return new HubError(
    'unexpected',
    'SIGNER_FAILED',
    `CryptoPro CSP made no signature (${code ?? 'without a code'}); its log and \`csptest -keyset -verifycontext\` tell more.`,
  );
}
