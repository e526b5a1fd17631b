import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** Keeps personal data at rest: sealed fields, keyed digests, blind indexes. */
export interface Cipher {
  /** AES-256-GCM; `context` (e.g. `operation:<org>:<id>`) is authenticated, so a value can't be moved to another row. */
  seal(plain: string | Uint8Array, context: string): Uint8Array;
  /** @throws Error when the bytes, the context or the key version don't fit */
  open(sealed: Uint8Array, context: string): Uint8Array;
  openText(sealed: Uint8Array, context: string): string;
  /** Searchable stand-in of a value: equal values give equal text, without the key it tells nothing. 128 bits, base64url. */
  blind(domain: string, value: string): string;
  /** Keyed digest for comparisons (idempotency bodies), 32 bytes. */
  hmac(domain: string, text: string): Uint8Array;
}

export interface MasterKey {
  /** 1…255; the newest seals, all open. */
  version: number;
  /** 32 bytes. */
  key: Uint8Array;
}

const NONCE = 12;
const TAG = 16;
/** Nonces drawn at once: asking the system for twelve bytes a time costs as much as the sealing. */
const NONCES = 512;

/**
 * @param keys every master key still in use; sealing uses the highest version
 * @param blindKey the key of blind indexes and digests, which stays when master keys rotate; default: the lowest version
 */
export function createCipher(keys: readonly MasterKey[], blindKey?: Uint8Array): Cipher {
  const sorted = [...keys].sort((a, b) => a.version - b.version);
  const oldest = sorted[0];
  const newest = sorted.at(-1);
  if (!oldest || !newest) throw new Error('At least one master key is needed.');
  for (const { version, key } of sorted) {
    if (key.length !== 32 || !Number.isInteger(version) || version < 1 || version > 255)
      throw new Error(`Master key ${version} must be 32 bytes with a version from 1 to 255.`);
  }
  const sealKeys = new Map(sorted.map(({ version, key }) => [version, derive(key, 'seal')]));
  const digestKey = derive(blindKey ?? oldest.key, 'digest');
  const sealKey = sealKeys.get(newest.version) as Buffer;

  let drawn = Buffer.alloc(0);
  /** Each is given out once; what seals keeps it, so it is copied there. */
  const nextNonce = (): Buffer => {
    if (drawn.length === 0) drawn = randomBytes(NONCE * NONCES);
    const nonce = drawn.subarray(0, NONCE);
    drawn = drawn.subarray(NONCE);
    return nonce;
  };
  const open = (sealed: Uint8Array, context: string): Uint8Array => {
    const key = sealKeys.get(sealed[0] ?? 0);
    if (!key || sealed.length < 1 + NONCE + TAG)
      throw new Error('Sealed data is damaged or needs a master key that was not given.');
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + NONCE));
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
    return Buffer.concat([decipher.update(sealed.subarray(1 + NONCE, sealed.length - TAG)), decipher.final()]);
  };
  const hmac = (domain: string, text: string): Buffer =>
    createHmac('sha256', digestKey).update(`${domain}\0${text}`).digest();
  return {
    seal: (plain, context) => {
      const nonce = nextNonce();
      const cipher = createCipheriv('aes-256-gcm', sealKey, nonce);
      cipher.setAAD(Buffer.from(context));
      const body = [cipher.update(plain as Uint8Array), cipher.final()];
      return Buffer.concat([Buffer.of(newest.version), nonce, ...body, cipher.getAuthTag()]);
    },
    open,
    openText: (sealed, context) => Buffer.from(open(sealed, context)).toString('utf8'),
    blind: (domain, value) => hmac(`blind:${domain}`, value).subarray(0, 16).toString('base64url'),
    hmac,
  };
}

function derive(key: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `connector-hub/${purpose}`, 32));
}
