/**
 * GOST R 34.11-94 (RFC 5831) with the CryptoPro parameters of RFC 4357 §11.2, which ГИС ЖКХ and old signatures use for
 * files. Octets come in the order of `openssl dgst -md_gost94`. Broken as a hash for new uses: nothing is signed by it.
 */

const BLOCK = 32;

/** Rows π8 … π1 of the substitution. */
const SUBSTITUTION = [
  '13a95b4f867ed02c',
  'de41705a3c8f629b',
  '7624d9f0a15b8ec3',
  '764b9c2a180efd35',
  '4a7c0f28e165db93',
  '7fce94103b526a8d',
  '5f402db91763cea8',
  'a4568137dce092bf',
].map((row) => [...row].map((digit) => Number.parseInt(digit, 16)));

/** Substitution of an octet at each of the four places of a word, moved eleven bits to the left. */
const tables = [0, 1, 2, 3].map((place) => {
  const high = SUBSTITUTION[6 - 2 * place] ?? [];
  const low = SUBSTITUTION[7 - 2 * place] ?? [];
  return Int32Array.from({ length: 256 }, (_, octet) => {
    const word = (((high[octet >> 4] ?? 0) << 4) | (low[octet & 15] ?? 0)) << (8 * place);
    return (word << 11) | (word >>> 21);
  });
}) as [Int32Array, Int32Array, Int32Array, Int32Array];

/** C3 of the key schedule, least significant word first; C2 and C4 are nought. */
const C3 = Uint32Array.of(
  0xff00ff00,
  0xff00ff00,
  0x00ff00ff,
  0x00ff00ff,
  0x00ffff00,
  0xff0000ff,
  0x000000ff,
  0xff00ffff,
);

/** Scratch of the step function; digests of a thread take turns. */
const u = new Uint32Array(8);
const v = new Uint32Array(8);
const w = new Uint8Array(BLOCK);
const w32 = new Uint32Array(w.buffer);
const key = new Uint32Array(8);
const keyOctets = new Uint8Array(key.buffer);
const s32 = new Uint32Array(8);
/** The shift register: sixteen words of sixteen bits and all that come after them. */
const line = new Uint16Array(16 + 61);
const s16 = new Uint16Array(s32.buffer);

/** The digest of a stream of octets, 32 octets long. */
export class Gost94 {
  readonly #h = new Uint32Array(8);
  readonly #sum = new Uint32Array(8);
  readonly #block = new Uint32Array(8);
  readonly #octets = new Uint8Array(this.#block.buffer);
  #filled = 0;
  #length = 0;
  #isDone = false;

  /** @throws Error after `digest` */
  update(data: Uint8Array): this {
    if (this.#isDone) throw new Error('The digest has been taken already.');
    this.#length += data.length;
    for (let from = 0; from < data.length; ) {
      const part = data.subarray(from, from + BLOCK - this.#filled);
      this.#octets.set(part, this.#filled);
      this.#filled += part.length;
      from += part.length;
      if (this.#filled === BLOCK) this.#take();
    }
    return this;
  }

  /** Takes it once. */
  digest(): Uint8Array {
    if (this.#isDone) throw new Error('The digest has been taken already.');
    this.#isDone = true;
    if (this.#filled > 0) {
      this.#octets.fill(0, this.#filled);
      this.#take();
    }
    const length = new Uint32Array(8);
    length[0] = (this.#length * 8) % 2 ** 32;
    length[1] = Math.floor((this.#length * 8) / 2 ** 32);
    step(this.#h, length);
    step(this.#h, this.#sum);
    return new Uint8Array(this.#h.buffer).slice();
  }

  #take(): void {
    step(this.#h, this.#block);
    let carry = 0;
    for (let i = 0; i < 8; i++) {
      const sum = (this.#sum[i] ?? 0) + (this.#block[i] ?? 0) + carry;
      this.#sum[i] = sum;
      carry = sum >= 2 ** 32 ? 1 : 0;
    }
    this.#filled = 0;
  }
}

/** The digest of octets that are all there. */
export function gost94(data: Uint8Array): Uint8Array {
  return new Gost94().update(data).digest();
}

/** H = χ(M, H). */
function step(h: Uint32Array, m: Uint32Array): void {
  u.set(h);
  v.set(m);
  for (let part = 0; part < 4; part++) {
    if (part > 0) {
      turn(u);
      if (part === 2) for (let i = 0; i < 8; i++) u[i] = (u[i] as number) ^ (C3[i] as number);
      turn(v);
      turn(v);
    }
    for (let i = 0; i < 8; i++) w32[i] = (u[i] as number) ^ (v[i] as number);
    for (let i = 0; i < 4; i++) for (let k = 0; k < 8; k++) keyOctets[i + 4 * k] = w[8 * i + k] as number;
    encrypt(h[2 * part] as number, h[2 * part + 1] as number, part);
  }
  // H = ψ⁶¹(H ⊕ ψ(M ⊕ ψ¹²(S)))
  line.set(s16);
  shift(12);
  mix(12, m);
  shift(1);
  mix(1, h);
  shift(61);
  for (let i = 0; i < 8; i++) h[i] = (line[61 + 2 * i] as number) | ((line[62 + 2 * i] as number) << 16);
}

/** A(y4 ‖ y3 ‖ y2 ‖ y1) = (y1 ⊕ y2) ‖ y4 ‖ y3 ‖ y2, words of 64 bits. */
function turn(y: Uint32Array): void {
  const low = (y[0] as number) ^ (y[2] as number);
  const high = (y[1] as number) ^ (y[3] as number);
  y.copyWithin(0, 2);
  y[6] = low;
  y[7] = high;
}

/** One block by GOST 28147-89 in simple substitution under the key at hand: eight words three times, then back. */
function encrypt(low: number, high: number, part: number): void {
  const [t0, t1, t2, t3] = tables;
  let a = low | 0;
  let b = high | 0;
  for (let round = 0; round < 32; round++) {
    const x = (a + (key[round < 24 ? round & 7 : 31 - round] as number)) | 0;
    const y =
      (t0[x & 255] as number) |
      (t1[(x >>> 8) & 255] as number) |
      (t2[(x >>> 16) & 255] as number) |
      (t3[x >>> 24] as number);
    const next = b ^ y;
    b = a;
    a = next;
  }
  s32[2 * part] = b;
  s32[2 * part + 1] = a;
}

/** So many steps of ψ: each new word is made of those at places 1, 2, 3, 4, 13 and 16. */
function shift(steps: number): void {
  for (let i = 0; i < steps; i++)
    line[i + 16] =
      (line[i] as number) ^
      (line[i + 1] as number) ^
      (line[i + 2] as number) ^
      (line[i + 3] as number) ^
      (line[i + 12] as number) ^
      (line[i + 15] as number);
}

/** What the register holds after so many steps, with other words added, becomes its beginning. */
function mix(from: number, words: Uint32Array): void {
  for (let i = 0; i < 8; i++) {
    const word = words[i] as number;
    line[2 * i] = (line[from + 2 * i] as number) ^ (word & 0xffff);
    line[2 * i + 1] = (line[from + 2 * i + 1] as number) ^ (word >>> 16);
  }
}
