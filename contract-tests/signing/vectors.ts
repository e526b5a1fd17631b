import { createPrivateKey, sign as nodeSign } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from '@jest/globals';
import { pemBlocks } from '../../certs/asn1/pem.ts';
import type { Trust } from '../../certs/cms/trust-check.ts';
import { readPrivateKey, signData } from '../../certs/gost/private-key.ts';
import type { Signer } from '../../certs/signer.ts';
import { Certificate } from '../../certs/x509/certificate.ts';
import { Crl } from '../../certs/x509/crl.ts';

const facts = process.env.HUB_CONTRACT_FACTS;
/** Test vectors for GOST signatures: published keys that are worth nothing. */
export const vectors = facts ? join(facts, 'signing', 'vectors') : '';

/** A suite over the vectors; skipped visibly without HUB_CONTRACT_FACTS. */
export function describeVectors(title: string, suite: () => void): void {
  if (!facts) {
    describe(title, () => test.skip('needs HUB_CONTRACT_FACTS', () => {}));
    return;
  }
  if (!existsSync(vectors)) throw new Error(`HUB_CONTRACT_FACTS is set, but ${vectors} is not there.`);
  describe(title, suite);
}

export const path = (...parts: string[]): string => join(vectors, ...parts);
export const read = (...parts: string[]): Uint8Array => new Uint8Array(readFileSync(path(...parts)));
export const names = (folder: string): string[] => readdirSync(path(folder)).sort();

/** Read once: some suites sign thousands of times. */
const certificates = new Map<string, Certificate>();
const keys = new Map<string, ReturnType<typeof readPrivateKey>>();

export function certificate(name: string): Certificate {
  const known = certificates.get(name) ?? new Certificate(read('certs', `${name}.cer`));
  certificates.set(name, known);
  return known;
}
export const authorities = (): Certificate[] => [certificate('ca256'), certificate('ca512')];
export const list = (): Crl => Crl.parse(read('certs', 'ca256.crl'));

/** Trust in the test authorities. The authority of 512 bits publishes no list. */
export function trust(settings: Partial<Trust> = {}): Trust {
  return { roots: authorities(), intermediates: [], evidence: { crls: [], ocsp: [] }, revocation: 'off', ...settings };
}

/** The keys that a document can be signed with, by certificate. */
export const signerNames = [
  'dir256',
  'dir256tcb',
  'dir256cpa',
  'dir256cpb',
  'dir256cpc',
  'dir256xcha',
  'dir512a',
  'dir512b',
  'dir512c',
  'employee256',
];

function keyOf(name: string): ReturnType<typeof readPrivateKey> {
  const known = keys.get(name);
  if (known) return known;
  const [block] = pemBlocks(Buffer.from(read('keys', `${name}.key.pem`)).toString('latin1'));
  if (!block) throw new Error(`keys/${name}.key.pem holds no key.`);
  const key = readPrivateKey(block.der);
  keys.set(name, key);
  return key;
}

/** A signer of the vectors, in this thread. */
export function vectorSigner(name: string): Signer {
  const key = keyOf(name);
  const chain = [certificate(name.includes('512') ? 'ca512' : 'ca256').der];
  return {
    algorithm: key.algorithm,
    certificate: async () => ({ der: certificate(name).der, chain }),
    signRaw: async (data) => signData(key, data),
  };
}

/** A signer of RSA or ECDSA with a key of Node's. */
export function nodeSigner(algorithm: 'rsa-sha256' | 'ecdsa-sha256', pem: string, der: Uint8Array): Signer {
  const key = createPrivateKey(pem);
  return {
    algorithm,
    certificate: async () => ({ der, chain: [] }),
    signRaw: async (data) => new Uint8Array(nodeSign('sha256', data, key)),
  };
}
