import type Forge from 'node-forge';
import { HubError } from '../../canonical/errors.ts';
import { pemBlocks } from '../asn1/pem.ts';
import { parseDer } from '../asn1/reader.ts';
import * as tag from '../asn1/tags.ts';
import { oid } from '../asn1/writer.ts';
import { run } from '../signers/process.ts';

/** What a PKCS#12 file holds. */
export interface PfxContent {
  certificates: Uint8Array[];
  /** Private keys, not encrypted. */
  keys: Uint8Array[];
}

const DATA = Buffer.from(oid('1.2.840.113549.1.7.1'));
/** CryptoPro's own encryption of its exports, which nobody else reads. */
const CRYPTOPRO_PBE = Buffer.from(oid('1.2.840.113549.1.12.1.80'));
const TIMEOUT_MS = 30_000;

/** Whether octets are PKCS#12: version 3, then a content of data. */
export function isPfx(der: Uint8Array): boolean {
  if (der[0] !== tag.SEQUENCE) return false;
  const head = Buffer.from(der.subarray(0, 64));
  return head.indexOf(Buffer.from([tag.INTEGER, 1, 3, tag.SEQUENCE])) > 0 && head.includes(DATA);
}

/**
 * Opens PKCS#12: files with RSA, ECDSA or AES by node-forge, those that are encrypted by GOST through openssl with
 * gost-engine.
 *
 * @throws HubError rejected/KEY_PASSWORD_WRONG, rejected/PFX_DAMAGED, rejected/PFX_OF_CRYPTOPRO, misconfigured/SIGNER_NO_GOST
 */
export async function openPfx(
  der: Uint8Array,
  password: string,
  { opensslConfig, command = 'openssl' }: { opensslConfig?: string | undefined; command?: string | undefined } = {},
): Promise<PfxContent> {
  if (Buffer.from(der).includes(CRYPTOPRO_PBE))
    throw new HubError(
      'rejected',
      'PFX_OF_CRYPTOPRO',
      'CryptoPro CSP wrote this PFX with an encryption of its own, which only CSP reads. Keep the key in CSP (signer: cryptopro-csp), or export it by P12FromGostCSP.',
    );
  try {
    parseDer(der);
  } catch (cause) {
    throw damaged(cause);
  }
  try {
    // Loaded when the first file comes: no start of the hub waits for it.
    const { default: forge } = await import('node-forge');
    return byForge(forge, der, password);
  } catch (error) {
    const message = (error as Error).message ?? '';
    if (/Invalid password|MAC could not be verified/i.test(message)) throw wrongPassword(error);
    if (!/unsupported|OID|algorithm|cannot read/i.test(message)) throw damaged(error);
  }
  return byOpenssl(der, password, opensslConfig, command);
}

function byForge(forge: typeof Forge, der: Uint8Array, password: string): PfxContent {
  const asn1 = forge.asn1.fromDer(forge.util.createBuffer(Buffer.from(der).toString('binary')));
  const pfx = forge.pkcs12.pkcs12FromAsn1(asn1, true, password);
  const content: PfxContent = { certificates: [], keys: [] };
  for (const safe of pfx.safeContents)
    for (const bag of safe.safeBags) {
      const isKey = bag.type === forge.pki.oids.keyBag || bag.type === forge.pki.oids.pkcs8ShroudedKeyBag;
      const value = bag.cert
        ? forge.pki.certificateToAsn1(bag.cert)
        : bag.key
          ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(bag.key))
          : bag.asn1;
      const octets = new Uint8Array(Buffer.from(forge.asn1.toDer(value).getBytes(), 'binary'));
      if (isKey) content.keys.push(octets);
      else if (bag.type === forge.pki.oids.certBag) content.certificates.push(octets);
    }
  return content;
}

async function byOpenssl(
  der: Uint8Array,
  password: string,
  config: string | undefined,
  command: string,
): Promise<PfxContent> {
  const { status, output, errors } = await run({
    command,
    args: ['pkcs12', '-nodes', '-passin', 'env:HUB_PFX_PASSWORD'],
    env: { HUB_PFX_PASSWORD: password, ...(config ? { OPENSSL_CONF: config } : {}) },
    input: der,
    timeoutMs: TIMEOUT_MS,
  });
  if (status !== 0) {
    if (/invalid password|mac verify/i.test(errors)) throw wrongPassword(undefined);
    throw new HubError(
      'misconfigured',
      'SIGNER_NO_GOST',
      'The PFX is encrypted by GOST and openssl can not open it: install libengine-gost-openssl and name a configuration that loads it (signing.opensslConfig).',
    );
  }
  const blocks = pemBlocks(output.toString('latin1'));
  return {
    certificates: blocks.filter((b) => b.label === 'CERTIFICATE').map((b) => b.der),
    keys: blocks.filter((b) => b.label === 'PRIVATE KEY').map((b) => b.der),
  };
}

function wrongPassword(cause: unknown): HubError {
  return new HubError(
    'rejected',
    'KEY_PASSWORD_WRONG',
    'The password does not open the PFX file.',
    { errors: [{ pointer: '/password', message: 'does not open the PFX file' }] },
    { cause },
  );
}

function damaged(cause: unknown): HubError {
  return new HubError('rejected', 'PFX_DAMAGED', 'The PFX file is damaged or cut; copy it again.', {}, { cause });
}
