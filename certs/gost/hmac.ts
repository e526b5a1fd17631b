import { Streebog } from './streebog.ts';

const BLOCK = 64;

/** HMAC over GOST R 34.11-2012 (R 50.1.113-2016, RFC 7836 §4.1): 32 octets for 256 bits, 64 for 512. */
export function hmac(bits: 256 | 512, key: Uint8Array, ...data: readonly Uint8Array[]): Uint8Array {
  const block = new Uint8Array(BLOCK);
  block.set(key.length > BLOCK ? new Streebog(bits).update(key).digest() : key);
  const inner = new Streebog(bits).update(block.map((octet) => octet ^ 0x36));
  for (const part of data) inner.update(part);
  return new Streebog(bits)
    .update(block.map((octet) => octet ^ 0x5c))
    .update(inner.digest())
    .digest();
}
