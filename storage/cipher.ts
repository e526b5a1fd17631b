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
  readonly keys: Keyring;
}

/** The master keys of a cipher; they may change while it is used. */
export interface Keyring {
  /** Versions that it can open, ascending. */
  versions(): number[];
  /** Version that seals now. */
  sealing(): number;
  /** @throws Error for a version that was not given */
  sealWith(version: number): void;
  /** Takes further keys. @throws Error for a version that is known with another key */
  learn(keys: readonly MasterKey[]): void;
}

export interface MasterKey {
  /** 1…255; one of them seals, all open. */
  version: number;
  /** 32 bytes. */
  key: Uint8Array;
}

const NONCE = 12;
const TAG = 16;
/** Nonces drawn at once: asking the system for twelve bytes a time costs as much as the sealing. */
const NONCES = 512;

/** Key of blind indexes and digests that belongs to a master key, 32 bytes. */
export function digestKeyOf(key: Uint8Array): Uint8Array {
  return derive(key, 'digest');
}

/** Version of the master key that sealed these bytes. */
export function versionOf(sealed: Uint8Array): number {
  return sealed[0] ?? 0;
}

/**
 * @param keys every master key still in use; the highest version seals until told otherwise
 * @param digestKey the key of blind indexes and digests, which stays when master keys rotate; default: that of the lowest version
 * @param missing asked once for the keys when a version turns up that was not given
 */
export function createCipher(
  keys: readonly MasterKey[],
  digestKey: Uint8Array = digestKeyOf(oldestKey(keys)),
  missing?: (version: number) => readonly MasterKey[],
): Cipher {
  const masters = new Map<number, Uint8Array>();
  const sealKeys = new Map<number, Buffer>();
  const learn = (more: readonly MasterKey[]): void => {
    for (const { version, key } of more) {
      if (key.length !== 32 || !Number.isInteger(version) || version < 1 || version > 255)
        throw new Error(`Master key ${version} must be 32 bytes with a version from 1 to 255.`);
      const known = masters.get(version);
      if (known && Buffer.compare(known, key) !== 0)
        throw new Error(`There are two master keys of version ${version}.`);
      if (known) continue;
      masters.set(version, key);
      sealKeys.set(version, derive(key, 'seal'));
    }
  };
  learn(keys);
  let sealing = Math.max(...sealKeys.keys());
  let sealKey = sealKeys.get(sealing) as Buffer;

  let drawn = Buffer.alloc(0);
  /** Each is given out once; what seals keeps it, so it is copied there. */
  const nextNonce = (): Buffer => {
    if (drawn.length === 0) drawn = randomBytes(NONCE * NONCES);
    const nonce = drawn.subarray(0, NONCE);
    drawn = drawn.subarray(NONCE);
    return nonce;
  };
  const open = (sealed: Uint8Array, context: string): Uint8Array => {
    const version = versionOf(sealed);
    if (!sealKeys.has(version) && missing) learn(missing(version));
    const key = sealKeys.get(version);
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
      return Buffer.concat([Buffer.of(sealing), nonce, ...body, cipher.getAuthTag()]);
    },
    open,
    openText: (sealed, context) => Buffer.from(open(sealed, context)).toString('utf8'),
    blind: (domain, value) => hmac(`blind:${domain}`, value).subarray(0, 16).toString('base64url'),
    hmac,
    keys: {
      versions: () => [...sealKeys.keys()].sort((a, b) => a - b),
      sealing: () => sealing,
      sealWith: (version) => {
        const key = sealKeys.get(version);
        if (!key) throw new Error(`There is no master key of version ${version}.`);
        sealing = version;
        sealKey = key;
      },
      learn,
    },
  };
}

/** The one of the lowest version. @throws Error without any */
export function oldestKey(keys: readonly MasterKey[]): Uint8Array {
  const [first] = [...keys].sort((a, b) => a.version - b.version);
  if (!first) throw new Error('At least one master key is needed.');
  return first.key;
}

function derive(key: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `connector-hub/${purpose}`, 32));
}
