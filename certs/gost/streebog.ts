import { A, C, PI } from './streebog-constants.ts';
import { kernel, place } from './streebog-kernel.ts';
import { instantiate } from './web-assembly.ts';

interface Kernel {
  memory: { buffer: ArrayBuffer };
  /** Takes in whole blocks that lie at `place.data`. */
  blocks(count: number): void;
  /** h = g_N(h, m) for addresses of N and m. */
  g(n: number, m: number): void;
  /** 512-bit addition of what lies at the second address to what lies at the first. */
  add(to: number, what: number): void;
}

const BLOCK = 64;
/** h, N and Σ of one digest, side by side. */
const STATE_OCTETS = 3 * BLOCK;

interface Machine extends Omit<Kernel, 'memory'> {
  octets: Uint8Array;
}
let made: Machine | undefined;

/** The kernel with its tables: made for the first digest, since many processes never take one. */
function machine(): Machine {
  if (made) return made;
  const { memory, ...functions } = instantiate(kernel) as Kernel;
  const octets = new Uint8Array(memory.buffer);
  fillTables(octets);
  made = { ...functions, octets };
  return made;
}

/** What S, P and L together make of an octet at each of the eight places of a word, and the constants of the rounds. */
function fillTables(octets: Uint8Array): void {
  const words = new BigUint64Array(octets.buffer);
  for (let position = 0; position < 8; position++)
    for (let octet = 0; octet < 256; octet++) {
      let word = 0n;
      for (let bit = 0; bit < 8; bit++) if (((PI[octet] ?? 0) >> bit) & 1) word ^= A[63 - 8 * position - bit] ?? 0n;
      words[place.tables / 8 + 256 * position + octet] = word;
    }
  for (const [n, constant] of C.entries())
    octets.set(Buffer.from(constant, 'hex').reverse(), place.constants + n * BLOCK);
}

/**
 * GOST R 34.11-2012 («Стрибог», RFC 6986) over a stream of octets, at a memory of about 300 octets however long the
 * stream is. The digest has the order of octets that `openssl dgst -md_gost12_256` prints and that CMS and XML carry;
 * the RFC prints its examples reversed.
 */
export class Streebog {
  readonly bits: 256 | 512;
  readonly #state = new Uint8Array(STATE_OCTETS);
  readonly #rest = new Uint8Array(BLOCK);
  #restOctets = 0;
  #isDone = false;

  constructor(bits: 256 | 512) {
    this.bits = bits;
    if (bits === 256) this.#state.fill(1, 0, BLOCK);
  }

  /** @throws Error after `digest` */
  update(data: Uint8Array): this {
    if (this.#isDone) throw new Error('The digest has been taken already.');
    let from = 0;
    if (this.#restOctets > 0) {
      from = Math.min(BLOCK - this.#restOctets, data.length);
      this.#rest.set(data.subarray(0, from), this.#restOctets);
      this.#restOctets += from;
      if (this.#restOctets < BLOCK) return this;
    }
    // The kernel serves every digest of the thread in turn; nothing else runs between these lines.
    const { octets, blocks } = machine();
    octets.set(this.#state, place.h);
    if (this.#restOctets === BLOCK) {
      octets.set(this.#rest, place.data);
      blocks(1);
      this.#restOctets = 0;
    }
    while (data.length - from >= BLOCK) {
      const count = Math.floor(Math.min(data.length - from, place.dataOctets) / BLOCK);
      octets.set(data.subarray(from, from + count * BLOCK), place.data);
      blocks(count);
      from += count * BLOCK;
    }
    this.#state.set(octets.subarray(place.h, place.h + STATE_OCTETS));
    this.#rest.set(data.subarray(from));
    this.#restOctets = data.length - from;
    return this;
  }

  /** The digest, 32 or 64 octets; takes it once. */
  digest(): Uint8Array {
    if (this.#isDone) throw new Error('The digest has been taken already.');
    this.#isDone = true;
    const { octets, g, add } = machine();
    octets.set(this.#state, place.h);
    const block = octets.subarray(place.data, place.data + 2 * BLOCK).fill(0);
    block.set(this.#rest.subarray(0, this.#restOctets));
    block[this.#restOctets] = 1;
    const bits = 8 * this.#restOctets;
    block[BLOCK] = bits & 0xff;
    block[BLOCK + 1] = bits >> 8;
    g(place.n, place.data);
    add(place.n, place.data + BLOCK);
    add(place.sum, place.data);
    g(place.zero, place.n);
    g(place.zero, place.sum);
    return octets.slice(place.h + (this.bits === 512 ? 0 : BLOCK / 2), place.h + BLOCK);
  }

  /** Another digest that goes on from here. */
  clone(): Streebog {
    const copy = new Streebog(this.bits);
    copy.#state.set(this.#state);
    copy.#rest.set(this.#rest);
    copy.#restOctets = this.#restOctets;
    copy.#isDone = this.#isDone;
    return copy;
  }
}

/** The digest of octets that are all there: 32 octets for 256 bits, 64 for 512. */
export function streebog(bits: 256 | 512, data: Uint8Array): Uint8Array {
  return new Streebog(bits).update(data).digest();
}
