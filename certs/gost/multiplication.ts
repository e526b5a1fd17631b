import { randomBytes } from 'node:crypto';
import { curveKernels, type KernelPlaces } from './curve-kernel.ts';
import { fromBigEndian, toLittleEndian } from './octets.ts';
import { instantiate } from './web-assembly.ts';

export interface Affine {
  readonly x: bigint;
  readonly y: bigint;
}

/** y² = x³ + ax + b over p, with a base point of order q. */
export interface CurveNumbers {
  /** Octets of a coordinate. */
  readonly octets: 32 | 64;
  readonly p: bigint;
  readonly a: bigint;
  readonly b: bigint;
  readonly q: bigint;
  readonly base: Affine;
  /** 1/n modulo p. */
  invert(n: bigint): bigint;
}

interface Kernel {
  memory: { buffer: ArrayBuffer; grow(pages: number): number };
  mul(out: number, a: number, b: number): void;
  addPoints(out: number, p: number, q: number): void;
  accumulate(table: number, count: number, index: number, negative: number): void;
}

/** The multiples 1 … 2^(bits − 1) of a point, of its 2^bits-fold and so on: a product costs one addition a window. */
interface Table {
  readonly address: number;
  /** Width of a window. */
  readonly bits: number;
  readonly windows: number;
}

const LIMB_BITS = 28;
const LIMB_MASK = 2n ** BigInt(LIMB_BITS) - 1n;
const PAGE_OCTETS = 65_536;
/** Of the multiple of q that is added to a secret number. */
const BLIND_OCTETS = 16;
const BASE_BITS = 7;
const BASE_HALF = 2 ** (BASE_BITS - 1);
/** Of other points, whose tables are made while somebody waits. */
const POINT_BITS = 5;
/** Points whose tables are kept; a hub meets few signers often and many once. */
const KEPT_TABLES = 16;
/** A point gets a table at its so many-th use: it costs as much as some products without one. */
const TABLE_AFTER = 8;

/** Multiplies points of one curve by numbers, by the kernel that scripts/curve-kernel.mjs makes. */
export class Multiplication {
  readonly #curve: CurveNumbers;
  readonly #kernel: Kernel;
  readonly #place: KernelPlaces;
  /** R of Montgomery's form: what stands in memory for one. */
  readonly #one: bigint;
  /** Points that a table is made of, or that a product is put together from. */
  readonly #points: number;
  /** Two numbers. */
  readonly #numbers: number;
  #free: number;
  #words: Int32Array;
  readonly #base: Table;
  readonly #known = new Map<string, { uses: number; table: Table | undefined }>();

  /** Tables of points that were forgotten. */
  readonly #spare: Table[] = [];

  /** Makes the table of the base point: about a hundredth of a second for 256 bits, some for 512. */
  constructor(curve: CurveNumbers) {
    const { octets, p, a, b, q, base } = curve;
    if (q >> BigInt(8 * octets) !== 0n)
      throw new RangeError('The order of the base point is larger than a coordinate.');
    const { place, module } = curveKernels[octets];
    this.#curve = curve;
    this.#place = place;
    this.#kernel = instantiate(module) as Kernel;
    this.#words = new Int32Array(this.#kernel.memory.buffer);
    this.#one = 1n << BigInt(LIMB_BITS * place.limbs);
    this.#points = place.free;
    this.#numbers = this.#points + BASE_HALF * 3 * place.size;
    this.#free = this.#numbers + 2 * place.size;
    this.#reserve();
    const wide = new BigInt64Array(this.#kernel.memory.buffer);
    for (const [i, limb] of this.#limbs(p).entries()) wide[place.modulus / 8 + i] = BigInt(limb);
    wide[place.inverse / 8] = LIMB_MASK + 1n - inverseOfOdd(p);
    this.#words[place.minusThree / 4] = a === p - 3n ? 1 : 0;
    this.#write(place.a, a);
    this.#write(place.b3, 3n * b);
    this.#write(place.zero, 0n);
    this.#base = this.#newTable(BASE_BITS, 8 * (octets + BLIND_OCTETS));
    this.#fill(this.#base, base);
  }

  /**
   * number · base for a secret number from 1 to q − 1. The kernel does the same operations on the same addresses whatever the number
   * is, and a random multiple of q hides it even so. Cutting it into windows and the way back to x and y is BigInt arithmetic, which
   * does not take a constant time.
   */
  secretly(number: bigint): Affine {
    const blind = randomBytes(BLIND_OCTETS);
    // At least 2^127, so that it hides; below 1.5 · 2^127, so that the sum stays within the table.
    blind[0] = ((blind[0] as number) & 0x3f) | 0x80;
    this.#clear();
    this.#add(this.#base, number + fromBigEndian(blind) * this.#curve.q);
    const product = this.#sum();
    if (!product) throw new RangeError('The number is a multiple of the order of the curve.');
    return product;
  }

  /** m · base + n · point, for numbers from 0 to q − 1 that are no secret; undefined for the point at infinity. */
  openly(m: bigint, n: bigint, point: Affine): Affine | undefined {
    const table = this.#tableOf(point);
    this.#clear();
    if (table) this.#add(table, n);
    else this.#addWithoutTable(point, n);
    this.#add(this.#base, m);
    return this.#sum();
  }

  /** The table of a point that has come often. */
  #tableOf(point: Affine): Table | undefined {
    const id = `${point.x.toString(36)} ${point.y.toString(36)}`;
    const known = this.#known.get(id) ?? { uses: 0, table: undefined };
    this.#known.delete(id);
    this.#known.set(id, known);
    known.uses++;
    for (const [oldest, { table }] of this.#known) {
      if (this.#known.size <= KEPT_TABLES) break;
      this.#known.delete(oldest);
      if (table) this.#spare.push(table);
    }
    if (known.uses >= TABLE_AFTER && !known.table) {
      known.table = this.#spare.pop() ?? this.#newTable(POINT_BITS, 8 * this.#curve.octets);
      this.#fill(known.table, point);
    }
    return known.table;
  }

  #clear(): void {
    const { accumulator, size } = this.#place;
    this.#write(accumulator, 0n);
    this.#write(accumulator + size, 1n);
    this.#write(accumulator + 2 * size, 0n);
  }

  /** accumulator += n · the point of a table. */
  #add({ address, bits, windows }: Table, n: bigint): void {
    const half = 2 ** (bits - 1);
    const octets = toLittleEndian(n, Math.ceil((windows * bits) / 8) + 1);
    let carry = 0;
    for (let window = 0; window < windows; window++) {
      const at = window * bits;
      const pair = (octets[at >> 3] as number) | ((octets[(at >> 3) + 1] as number) << 8);
      const value = ((pair >> (at & 7)) & (2 * half - 1)) + carry;
      // From −half + 1 to half, without a branch.
      carry = (value + half - 1) >> bits;
      const digit = value - (carry << bits);
      const negative = digit >> 31;
      const index = (digit ^ negative) - negative - 1;
      this.#kernel.accumulate(address + window * half * 2 * this.#place.size, half, index, negative);
    }
  }

  /** accumulator = n · point, for an accumulator that is clear. */
  #addWithoutTable(point: Affine, n: bigint): void {
    const { accumulator, size } = this.#place;
    const multiple = (of: number): number => this.#points + (of - 1) * 3 * size;
    this.#writePoint(multiple(1), point);
    for (let of = 2; of < 16; of++) this.#kernel.addPoints(multiple(of), multiple(of - 1), multiple(1));
    for (const digit of n.toString(16)) {
      for (let i = 0; i < 4; i++) this.#kernel.addPoints(accumulator, accumulator, accumulator);
      const of = Number.parseInt(digit, 16);
      if (of > 0) this.#kernel.addPoints(accumulator, accumulator, multiple(of));
    }
  }

  #sum(): Affine | undefined {
    const { accumulator, size } = this.#place;
    const { p, invert } = this.#curve;
    const z = this.#read(accumulator + 2 * size);
    if (z === 0n) return undefined;
    // R is in all three and goes away.
    const inverse = invert(z);
    return { x: (this.#read(accumulator) * inverse) % p, y: (this.#read(accumulator + size) * inverse) % p };
  }

  #newTable(bits: number, numberBits: number): Table {
    const address = this.#free;
    // One more, for what the signs carry over.
    const windows = Math.ceil(numberBits / bits) + 1;
    this.#free += windows * 2 ** (bits - 1) * 2 * this.#place.size;
    this.#reserve();
    return { address, bits, windows };
  }

  #reserve(): void {
    const { memory } = this.#kernel;
    const missing = this.#free - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_OCTETS));
    this.#words = new Int32Array(memory.buffer);
  }

  #fill({ address, bits, windows }: Table, point: Affine): void {
    const { mul, addPoints } = this.#kernel;
    const { size } = this.#place;
    const count = 2 ** (bits - 1);
    const [inverse, own] = [this.#numbers, this.#numbers + size];
    const from = (i: number): number => this.#points + i * 3 * size;
    this.#writePoint(from(0), point);
    for (let window = 0; window < windows; window++) {
      const to = (i: number): number => address + (window * count + i) * 2 * size;
      for (let i = 1; i < count; i++) addPoints(from(i), from(i - 1), from(0));
      // One inversion for all: products of the first Z, the first two, … stand where the results will.
      this.#copy(to(0), from(0) + 2 * size);
      for (let i = 1; i < count; i++) mul(to(i), to(i - 1), from(i) + 2 * size);
      this.#write(inverse, this.#curve.invert(this.#read(to(count - 1))) * this.#one);
      for (let i = count - 1; i >= 0; i--) {
        if (i === 0) this.#copy(own, inverse);
        else mul(own, inverse, to(i - 1));
        mul(inverse, inverse, from(i) + 2 * size);
        mul(to(i), from(i), own);
        mul(to(i) + size, from(i) + size, own);
      }
      addPoints(from(0), from(count - 1), from(count - 1));
    }
  }

  #writePoint(address: number, { x, y }: Affine): void {
    const { size } = this.#place;
    this.#write(address, x);
    this.#write(address + size, y);
    this.#write(address + 2 * size, 1n);
  }

  #copy(to: number, from: number): void {
    this.#words.copyWithin(to / 4, from / 4, (from + this.#place.size) / 4);
  }

  /** Puts a number down in Montgomery's form. */
  #write(address: number, n: bigint): void {
    this.#words.set(this.#limbs((n * this.#one) % this.#curve.p), address / 4);
  }

  /** The number at an address modulo p, still in Montgomery's form. */
  #read(address: number): bigint {
    let n = 0n;
    for (let i = this.#place.limbs - 1; i >= 0; i--)
      n = (n << BigInt(LIMB_BITS)) + BigInt(this.#words[address / 4 + i] as number);
    n %= this.#curve.p;
    return n < 0n ? n + this.#curve.p : n;
  }

  #limbs(n: bigint): number[] {
    return Array.from({ length: this.#place.limbs }, (_, i) => Number((n >> BigInt(LIMB_BITS * i)) & LIMB_MASK));
  }
}

/** 1/n modulo 2^28, for an odd n: each step doubles the bits that are right (Newton). */
function inverseOfOdd(n: bigint): bigint {
  let inverse = n & 7n;
  for (let bits = 3; bits < LIMB_BITS; bits *= 2) inverse = (inverse * (2n - n * inverse)) & LIMB_MASK;
  return inverse;
}
