/**
 * GOST R 34.11-94 with the CryptoPro parameter set, as AttachmentHASH demands (description: RFC 5831).
 * Small and slow: the attachments of a simulated system are few.
 */

/** Substitution of id-GostR3411-94-CryptoProParamSet; row i serves the nibble i, lowest first (RFC 4357). */
const SBOX = [
  [10, 4, 5, 6, 8, 1, 3, 7, 13, 12, 14, 0, 9, 2, 11, 15],
  [5, 15, 4, 0, 2, 13, 11, 9, 1, 7, 6, 3, 12, 14, 10, 8],
  [7, 15, 12, 14, 9, 4, 1, 0, 3, 11, 5, 2, 6, 10, 8, 13],
  [4, 10, 7, 12, 0, 15, 2, 8, 14, 1, 6, 5, 13, 11, 9, 3],
  [7, 6, 4, 11, 9, 12, 2, 10, 1, 8, 0, 14, 15, 13, 3, 5],
  [7, 6, 2, 4, 13, 9, 15, 0, 10, 1, 5, 11, 8, 14, 12, 3],
  [13, 14, 4, 1, 7, 0, 5, 10, 3, 12, 8, 15, 6, 2, 9, 11],
  [1, 3, 10, 9, 5, 11, 4, 15, 8, 6, 7, 14, 13, 0, 2, 12],
] as const;

const TABLES = [0, 1, 2, 3].map((byte) =>
  Uint32Array.from({ length: 256 }, (_, v) => {
    const low = SBOX[2 * byte]?.[v & 15] ?? 0;
    const high = SBOX[2 * byte + 1]?.[v >> 4] ?? 0;
    const word = ((high << 4) | low) << (8 * byte);
    return ((word << 11) | (word >>> 21)) >>> 0;
  }),
);

/** C3 of the key generation: bytes, lowest first. */
const C3 = Buffer.from('00ff00ff00ff00ffff00ff00ff00ff0000ffff00ff0000ffff000000ffff00ff', 'hex');

function round(value: number): number {
  return (
    ((TABLES[0]?.[value & 255] ?? 0) ^
      (TABLES[1]?.[(value >>> 8) & 255] ?? 0) ^
      (TABLES[2]?.[(value >>> 16) & 255] ?? 0) ^
      (TABLES[3]?.[value >>> 24] ?? 0)) >>>
    0
  );
}

/** GOST 28147-89 in simple replacement of one 8-byte block. */
function encrypt(key: Uint8Array, block: Uint8Array): Uint8Array {
  const k = new DataView(key.buffer, key.byteOffset, 32);
  const b = new DataView(block.buffer, block.byteOffset, 8);
  let n1 = b.getUint32(0, true);
  let n2 = b.getUint32(4, true);
  for (let i = 0; i < 32; i++) {
    const word = k.getUint32(4 * (i < 24 ? i % 8 : 31 - i), true);
    const next = (n2 ^ round((n1 + word) >>> 0)) >>> 0;
    n2 = n1;
    n1 = next;
  }
  const out = new Uint8Array(8);
  const view = new DataView(out.buffer);
  view.setUint32(0, n2, true);
  view.setUint32(4, n1, true);
  return out;
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = (a[i] ?? 0) ^ (b[i] ?? 0);
  return out;
}

/** A of the key generation: the 64-bit parts shift down, the top one becomes y1 xor y2. */
function shiftParts(y: Uint8Array): Uint8Array {
  const out = new Uint8Array(32);
  out.set(y.subarray(8), 0);
  out.set(xor(y.subarray(0, 8), y.subarray(8, 16)), 24);
  return out;
}

/** P of the key generation: byte i + 4k comes from 8i + k. */
function permute(y: Uint8Array): Uint8Array {
  const out = new Uint8Array(32);
  for (let i = 0; i < 4; i++) for (let k = 0; k < 8; k++) out[i + 4 * k] = y[8 * i + k] ?? 0;
  return out;
}

/** Psi, n times: the 16-bit words shift down, the top one becomes y1^y2^y3^y4^y13^y16. */
function mix(y: Uint8Array, times: number): Uint8Array {
  const words = new Uint16Array(16 + times);
  for (let i = 0; i < 16; i++) words[i] = (y[2 * i] ?? 0) | ((y[2 * i + 1] ?? 0) << 8);
  for (let n = 0; n < times; n++)
    words[n + 16] =
      (words[n] ?? 0) ^
      (words[n + 1] ?? 0) ^
      (words[n + 2] ?? 0) ^
      (words[n + 3] ?? 0) ^
      (words[n + 12] ?? 0) ^
      (words[n + 15] ?? 0);
  const out = new Uint8Array(32);
  for (let i = 0; i < 16; i++) {
    out[2 * i] = (words[times + i] ?? 0) & 255;
    out[2 * i + 1] = (words[times + i] ?? 0) >> 8;
  }
  return out;
}

function step(h: Uint8Array, m: Uint8Array): Uint8Array {
  let u: Uint8Array = h;
  let v: Uint8Array = m;
  const s = new Uint8Array(32);
  for (let i = 0; i < 4; i++) {
    if (i > 0) {
      u = shiftParts(u);
      if (i === 2) u = xor(u, C3);
      v = shiftParts(shiftParts(v));
    }
    s.set(encrypt(permute(xor(u, v)), h.subarray(8 * i, 8 * i + 8)), 8 * i);
  }
  return mix(xor(h, mix(xor(m, mix(s, 12)), 1)), 61);
}

/** Hash in hex, lower case, bytes as the usual tools print them. */
export function gost94(data: Uint8Array): string {
  let h: Uint8Array = new Uint8Array(32);
  const sum = new Uint8Array(32);
  const block = new Uint8Array(32);
  for (let at = 0; at < data.length; at += 32) {
    block.fill(0);
    block.set(data.subarray(at, at + 32));
    h = step(h, block);
    let carry = 0;
    for (let i = 0; i < 32; i++) {
      carry += (sum[i] ?? 0) + (block[i] ?? 0);
      sum[i] = carry & 255;
      carry >>= 8;
    }
  }
  const length = new Uint8Array(32);
  new DataView(length.buffer).setBigUint64(0, BigInt(data.length) * 8n, true);
  h = step(h, length);
  return Buffer.from(step(h, sum)).toString('hex');
}
