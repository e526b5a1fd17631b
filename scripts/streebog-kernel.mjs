/**
 * Writes certs/gost/streebog-kernel.ts: the compression function of GOST R 34.11-2012 (RFC 6986 §8) as WebAssembly, whose
 * text is made here. `node scripts/streebog-kernel.mjs --check` fails when the file is not what this makes.
 *
 * Memory, in octets: eight tables of 256 words of 64 bits (S, P and L for the octet of each position), twelve constants,
 * the state h, N and Σ, scratch, and data from `DATA` on. Numbers are little-endian, as WebAssembly reads them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import wabt from 'wabt';

const TABLES = 0;
const CONSTANTS = 8 * 256 * 8;
const H = CONSTANTS + 12 * 64;
const N = H + 64;
const SUM = N + 64;
const ZERO = SUM + 64;
const KEY = ZERO + 64;
const STATE = KEY + 64;
const DATA = 32 * 1024;
const PAGES = 2;
const file = new URL('../certs/gost/streebog-kernel.ts', import.meta.url);

const lanes = [0, 1, 2, 3, 4, 5, 6, 7];

/** (x >> 8i) & 255, times eight: the place in a table. */
const place = (x, i) => {
  const shifted = i === 0 ? `(i64.shl ${x} (i64.const 3))` : `(i64.shr_u ${x} (i64.const ${8 * i - 3}))`;
  return `(i32.and (i32.wrap_i64 ${shifted}) (i32.const 2040))`;
};

/** out = LPS(a ⊕ b): each octet of word j adds a word of table j to the output of its own number. */
const lps = `
  (func $lps (param $a i32) (param $b i32) (param $out i32)
    (local $x i64) ${lanes.map((i) => `(local $r${i} i64)`).join(' ')}
    ${lanes
      .map(
        (j) => `
    (local.set $x (i64.xor (i64.load offset=${8 * j} (local.get $a)) (i64.load offset=${8 * j} (local.get $b))))
    ${lanes
      .map((i) => {
        const word = `(i64.load offset=${TABLES + 2048 * j} ${place('(local.get $x)', i)})`;
        return `(local.set $r${i} ${j === 0 ? word : `(i64.xor (local.get $r${i}) ${word})`})`;
      })
      .join('\n    ')}`,
      )
      .join('')}
    ${lanes.map((i) => `(i64.store offset=${8 * i} (local.get $out) (local.get $r${i}))`).join('\n    ')})`;

/** h = E(LPS(h ⊕ n), m) ⊕ h ⊕ m. */
const g = `
  (func $g (export "g") (param $n i32) (param $m i32)
    (local $c i32)
    (call $lps (i32.const ${H}) (local.get $n) (i32.const ${KEY}))
    (call $lps (i32.const ${KEY}) (local.get $m) (i32.const ${STATE}))
    (local.set $c (i32.const ${CONSTANTS}))
    (loop $rounds
      (call $lps (i32.const ${KEY}) (local.get $c) (i32.const ${KEY}))
      (call $lps (i32.const ${KEY}) (i32.const ${STATE}) (i32.const ${STATE}))
      (local.set $c (i32.add (local.get $c) (i32.const 64)))
      (br_if $rounds (i32.lt_u (local.get $c) (i32.const ${CONSTANTS + 11 * 64}))))
    (call $lps (i32.const ${KEY}) (local.get $c) (i32.const ${KEY}))
    ${lanes
      .map(
        (i) => `(i64.store offset=${8 * i} (i32.const ${H})
      (i64.xor (i64.xor (i64.load offset=${8 * i} (i32.const ${KEY})) (i64.load offset=${8 * i} (i32.const ${STATE})))
        (i64.xor (i64.load offset=${8 * i} (i32.const ${H})) (i64.load offset=${8 * i} (local.get $m)))))`,
      )
      .join('\n    ')})`;

/** to += what, modulo 2^512. */
const add = `
  (func $add (export "add") (param $to i32) (param $what i32)
    (local $i i32) (local $a i64) (local $s i64) (local $carry i64)
    (loop $words
      (local.set $a (i64.load (i32.add (local.get $to) (local.get $i))))
      (local.set $s (i64.add (local.get $a) (i64.load (i32.add (local.get $what) (local.get $i)))))
      (i64.store (i32.add (local.get $to) (local.get $i)) (i64.add (local.get $s) (local.get $carry)))
      (local.set $carry (i64.or
        (i64.extend_i32_u (i64.lt_u (local.get $s) (local.get $a)))
        (i64.extend_i32_u (i64.lt_u (i64.add (local.get $s) (local.get $carry)) (local.get $s)))))
      (local.set $i (i32.add (local.get $i) (i32.const 8)))
      (br_if $words (i32.lt_u (local.get $i) (i32.const 64)))))`;

/** Takes in so many whole blocks from DATA; N stays below 2^64, which no file reaches. */
const blocks = `
  (func (export "blocks") (param $count i32)
    (local $m i32)
    (local.set $m (i32.const ${DATA}))
    (loop $each
      (call $g (i32.const ${N}) (local.get $m))
      (i64.store (i32.const ${N}) (i64.add (i64.load (i32.const ${N})) (i64.const 512)))
      (call $add (i32.const ${SUM}) (local.get $m))
      (local.set $m (i32.add (local.get $m) (i32.const 64)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br_if $each (local.get $count))))`;

const text = `(module (memory (export "memory") ${PAGES} ${PAGES}) ${lps} ${g} ${add} ${blocks})`;

const module = (await wabt()).parseWat('streebog.wat', text);
module.validate();
const { buffer } = module.toBinary({});
const lines =
  Buffer.from(buffer)
    .toString('base64')
    .match(/.{1,110}/g) ?? [];
const made = `// Made by scripts/streebog-kernel.mjs, which is its source.

/** Where things lie in the memory of the kernel, in octets. */
export const place = {
  tables: ${TABLES},
  constants: ${CONSTANTS},
  h: ${H},
  n: ${N},
  sum: ${SUM},
  zero: ${ZERO},
  data: ${DATA},
  dataOctets: ${PAGES * 65536 - DATA},
} as const;

/** The module, base64. */
export const kernel =
  '${lines.join("' +\n  '")}';
`;
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== made) {
    process.stderr.write('certs/gost/streebog-kernel.ts is not what scripts/streebog-kernel.mjs makes; run it.\n');
    process.exit(1);
  }
} else writeFileSync(file, made);
