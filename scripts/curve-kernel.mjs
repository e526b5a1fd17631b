/**
 * Writes certs/gost/curve-kernel.ts: arithmetic on the curves of GOST R 34.10-2012 as WebAssembly, whose text is made here.
 * `node scripts/curve-kernel.mjs --check` fails when the file is not what this makes.
 *
 * A number of the field is N limbs of 28 bits, least significant first, each in 32 bits of memory: N − 1 of them from 0 to
 * 2^28 − 1 and a last one with a sign. It is a · 2^(28 N) modulo p (Montgomery's form), and not reduced: it may be some
 * multiples of p larger, or negative. The limbs above p leave room for factors of up to 256 p, and no sum below comes near.
 * No branch and no address depends on a number or on the index that is looked up.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import wabt from 'wabt';

const LIMB_BITS = 28;
const MASK = 2 ** LIMB_BITS - 1;
const file = new URL('../certs/gost/curve-kernel.ts', import.meta.url);
const range = (n) => Array.from({ length: n }, (_, i) => i);

/** Places in memory, in octets, for numbers of so many limbs. */
function layout(limbs) {
  const size = 16 * Math.ceil(limbs / 4);
  let next = 8 * limbs;
  const take = (octets) => {
    const at = 16 * Math.ceil(next / 16);
    next = at + octets;
    return at;
  };
  const fixed = {
    /** Octets of a number. */
    size,
    limbs,
    /** p, each limb in 64 bits. */
    modulus: 0,
    /** −1/p modulo 2^28, in 64 bits. */
    inverse: take(8),
    /** One when the coefficient a is −3, in 32 bits. */
    minusThree: take(4),
    a: take(size),
    /** Three times the coefficient b. */
    b3: take(size),
    zero: take(size),
    /** X, Y, Z. */
    accumulator: take(3 * size),
  };
  const scratch = Object.fromEntries(
    ['t0', 't1', 't2', 't3', 't4', 't5', 'x3', 'y3', 'z3'].map((name) => [name, take(size)]),
  );
  // The point that was looked up, x and y; −y after it.
  const chosen = take(3 * size);
  return { ...fixed, scratch, chosen, free: 1024 * Math.ceil(next / 1024) };
}

function text(limbs) {
  const at = layout(limbs);
  const { t0, t1, t2, t3, t4, t5, x3, y3, z3 } = at.scratch;
  const limb = (pointer, i) => `(i64.load32_s offset=${4 * i} (local.get ${pointer}))`;
  const sum = (terms) => terms.map((term) => `(local.set $sum (i64.add (local.get $sum) ${term}))`).join('\n');
  const product = (k) =>
    range(limbs)
      .filter((i) => k - i >= 0 && k - i < limbs)
      .map((i) => `(i64.mul (local.get $a${i}) (local.get $b${k - i}))`);
  const multiples = (k, below) =>
    range(below)
      .filter((i) => k - i >= 0 && k - i < limbs)
      .map((i) => `(i64.mul (local.get $m${i}) (i64.load offset=${at.modulus + 8 * (k - i)} (i32.const 0)))`);
  const shift = `(local.set $sum (i64.shr_s (local.get $sum) (i64.const ${LIMB_BITS})))`;

  /** out = a b / 2^(28 N), column by column; out may be a or b. */
  const mul = `
  (func $mul (export "mul") (param $out i32) (param $a i32) (param $b i32)
    ${range(limbs)
      .map((i) => `(local $a${i} i64) (local $b${i} i64) (local $m${i} i64)`)
      .join(' ')} (local $sum i64) (local $n i64)
    ${range(limbs)
      .map((i) => `(local.set $a${i} ${limb('$a', i)}) (local.set $b${i} ${limb('$b', i)})`)
      .join('\n')}
    (local.set $n (i64.load offset=${at.inverse} (i32.const 0)))
    ${range(limbs)
      .map(
        (k) => `${sum([...product(k), ...multiples(k, k)])}
    (local.set $m${k} (i64.and (i64.mul (local.get $sum) (local.get $n)) (i64.const ${MASK})))
    ${sum([`(i64.mul (local.get $m${k}) (i64.load offset=${at.modulus} (i32.const 0)))`])}
    ${shift}`,
      )
      .join('\n')}
    ${range(limbs - 1)
      .map(
        (k) => `${sum([...product(k + limbs), ...multiples(k + limbs, limbs)])}
    (i64.store32 offset=${4 * k} (local.get $out) (i64.and (local.get $sum) (i64.const ${MASK})))
    ${shift}`,
      )
      .join('\n')}
    (i64.store32 offset=${4 * (limbs - 1)} (local.get $out) (local.get $sum)))`;

  const carried = (name, operation) => `
  (func $${name} (export "${name}") (param $out i32) (param $a i32) (param $b i32)
    (local $sum i32)
    ${range(limbs)
      .map((i) => {
        const terms = ['$a', '$b'].map((p) => `(i32.load offset=${4 * i} (local.get ${p}))`).join(' ');
        const store = (value) => `(i32.store offset=${4 * i} (local.get $out) ${value})`;
        return `(local.set $sum (i32.add (local.get $sum) (i32.${operation} ${terms})))
    ${
      i === limbs - 1
        ? store('(local.get $sum)')
        : `${store(`(i32.and (local.get $sum) (i32.const ${MASK}))`)} (local.set $sum (i32.shr_s (local.get $sum) (i32.const ${LIMB_BITS})))`
    }`;
      })
      .join('\n')})`;

  /** out = a x, where the coefficient of nearly all curves is −3. */
  const mulA = `
  (func $mul_a (param $out i32) (param $x i32)
    (if (i32.load offset=${at.minusThree} (i32.const 0))
      (then
        (call $add (i32.const ${at.chosen + 2 * at.size}) (local.get $x) (local.get $x))
        (call $add (i32.const ${at.chosen + 2 * at.size}) (i32.const ${at.chosen + 2 * at.size}) (local.get $x))
        (call $sub (local.get $out) (i32.const ${at.zero}) (i32.const ${at.chosen + 2 * at.size})))
      (else (call $mul (local.get $out) (i32.const ${at.a}) (local.get $x)))))`;

  const c = (address) => `(i32.const ${address})`;
  const coordinate = (pointer, n) => `(i32.add (local.get ${pointer}) (i32.const ${n * at.size}))`;
  const call = (name, ...places) =>
    `(call $${name} ${places.map((p) => (typeof p === 'number' ? c(p) : p)).join(' ')})`;
  const [X1, Y1, Z1] = range(3).map((n) => coordinate('$p', n));
  const [X2, Y2, Z2] = range(3).map((n) => coordinate('$q', n));
  /** The second half of the addition, the same for both forms: from t0 … t5 to x3, y3, z3. */
  const ending = `
    ${call('mul_a', z3, t4)}
    ${call('mul', x3, at.b3, t2)}
    ${call('add', z3, x3, z3)}
    ${call('sub', x3, t1, z3)}
    ${call('add', z3, t1, z3)}
    ${call('mul', y3, x3, z3)}
    ${call('add', t1, t0, t0)}
    ${call('add', t1, t1, t0)}
    ${call('mul_a', t2, t2)}
    ${call('mul', t4, at.b3, t4)}
    ${call('add', t1, t1, t2)}
    ${call('sub', t2, t0, t2)}
    ${call('mul_a', t2, t2)}
    ${call('add', t4, t4, t2)}
    ${call('mul', t0, t1, t4)}
    ${call('add', y3, y3, t0)}
    ${call('mul', t0, t5, t4)}
    ${call('mul', x3, t3, x3)}
    ${call('sub', x3, x3, t0)}
    ${call('mul', t0, t3, t1)}
    ${call('mul', z3, t5, z3)}
    ${call('add', z3, z3, t0)}`;
  const beginning = `
    ${call('mul', t0, X1, X2)}
    ${call('mul', t1, Y1, Y2)}
    ${call('add', t3, X1, Y1)}
    ${call('add', t4, X2, Y2)}
    ${call('mul', t3, t3, t4)}
    ${call('add', t4, t0, t1)}
    ${call('sub', t3, t3, t4)}`;

  /** p + q in projective coordinates, also when they are the same or nought (Renes, Costello, Batina 2015, algorithm 1). */
  const addPoints = `
  (func (export "addPoints") (param $out i32) (param $p i32) (param $q i32)
    ${beginning}
    ${call('mul', t2, Z1, Z2)}
    ${call('add', t4, X1, Z1)}
    ${call('add', t5, X2, Z2)}
    ${call('mul', t4, t4, t5)}
    ${call('add', t5, t0, t2)}
    ${call('sub', t4, t4, t5)}
    ${call('add', t5, Y1, Z1)}
    ${call('add', x3, Y2, Z2)}
    ${call('mul', t5, t5, x3)}
    ${call('add', x3, t1, t2)}
    ${call('sub', t5, t5, x3)}
    ${ending}
    (memory.copy (local.get $out) ${c(x3)} ${c(3 * at.size)}))`;

  const blocks = range(at.size / 16);
  const both = range((2 * at.size) / 16);
  const all = range((3 * at.size) / 16);
  const load = (base, j) => `(v128.load offset=${base + 16 * j} (i32.const 0))`;
  /**
   * accumulator += ± entry number $index of a table of $count points, x and y each; the index −1 adds nothing. Every entry is
   * read, the sum is made in any case, and what is not wanted is masked away.
   */
  const accumulate = `
  (func (export "accumulate") (param $table i32) (param $count i32) (param $index i32) (param $negative i32)
    (local $i i32) (local $mask v128) ${both.map((j) => `(local $r${j} v128)`).join(' ')} (local $p i32) (local $q i32)
    (loop $entries
      (local.set $mask (i32x4.splat (i32.sub (i32.const 0) (i32.eq (local.get $i) (local.get $index)))))
      ${both.map((j) => `(local.set $r${j} (v128.or (local.get $r${j}) (v128.and (local.get $mask) (v128.load offset=${16 * j} (local.get $table)))))`).join('\n')}
      (local.set $table (i32.add (local.get $table) (i32.const ${2 * at.size})))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $entries (i32.lt_u (local.get $i) (local.get $count))))
    ${both.map((j) => `(v128.store offset=${at.chosen + 16 * j} (i32.const 0) (local.get $r${j}))`).join('\n')}
    ${call('sub', at.chosen + 2 * at.size, at.zero, at.chosen + at.size)}
    (local.set $mask (i32x4.splat (local.get $negative)))
    ${blocks.map((j) => `(v128.store offset=${at.chosen + at.size + 16 * j} (i32.const 0) (v128.bitselect ${load(at.chosen + 2 * at.size, j)} ${load(at.chosen + at.size, j)} (local.get $mask)))`).join('\n')}
    (local.set $p ${c(at.accumulator)})
    (local.set $q ${c(at.chosen)})
    ${beginning}
    ${call('mul', t4, X2, Z1)}
    ${call('add', t4, t4, X1)}
    ${call('mul', t5, Y2, Z1)}
    ${call('add', t5, t5, Y1)}
    (memory.copy ${c(t2)} ${Z1} ${c(at.size)})
    ${ending}
    (local.set $mask (i32x4.splat (i32.sub (i32.const 0) (i32.eq (local.get $index) (i32.const -1)))))
    ${all.map((j) => `(v128.store offset=${at.accumulator + 16 * j} (i32.const 0) (v128.bitselect ${load(at.accumulator, j)} ${load(x3, j)} (local.get $mask)))`).join('\n')})`;

  return `(module (memory (export "memory") 1) ${mul} ${carried('add', 'add')} ${carried('sub', 'sub')} ${mulA} ${addPoints} ${accumulate})`;
}

const library = await wabt();
const compiled = (limbs) => {
  const module = library.parseWat('curve.wat', text(limbs));
  module.validate();
  const lines =
    Buffer.from(module.toBinary({}).buffer)
      .toString('base64')
      .match(/.{1,110}/g) ?? [];
  const { scratch: _scratch, chosen: _chosen, ...places } = layout(limbs);
  return `{
    place: ${JSON.stringify(places, null, 2)
      .replaceAll('"', '')
      .replaceAll('\n', '\n    ')
      .replace(/(\d)\n {4}\}/, '$1,\n    }')},
    module:
      '${lines.join("' +\n      '")}',
  }`;
};
const made = `// Made by scripts/curve-kernel.mjs, which is its source.

/** Where things lie in the memory of a kernel, in octets. */
export interface KernelPlaces {
  /** Octets of a number of the field. */
  readonly size: number;
  readonly limbs: number;
  readonly modulus: number;
  readonly inverse: number;
  readonly minusThree: number;
  readonly a: number;
  readonly b3: number;
  readonly zero: number;
  readonly accumulator: number;
  /** The first octet that a caller may use. */
  readonly free: number;
}

/** Modules, base64, by octets of a coordinate. */
export const curveKernels: Readonly<Record<32 | 64, { readonly place: KernelPlaces; readonly module: string }>> = {
  32: ${compiled(10)},
  64: ${compiled(19)},
};
`;
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== made) {
    process.stderr.write('certs/gost/curve-kernel.ts is not what scripts/curve-kernel.mjs makes; run it.\n');
    process.exit(1);
  }
} else writeFileSync(file, made);
