import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Curve, curveOf, curveOids } from './curves.ts';

const curves = curveOids.map((oid) => [oid, curveOf(oid) as Curve] as const);
/** Numbers whose windows are all nought, all ones, the turning point between the signs, or none of these. */
const edges = ({ q }: Curve): bigint[] => [
  1n,
  2n,
  3n,
  63n,
  64n,
  65n,
  127n,
  128n,
  q - 1n,
  q - 2n,
  (q - 1n) / 2n,
  (q + 1n) / 2n,
  (1n << 200n) - 1n,
  1n << 203n,
  BigInt(`0x${'40'.repeat(31)}`) % q,
];

test.each(curves)('multiplies the base point of %s as an independent library does', (_oid, curve) => {
  const { Point, q } = curve;
  const multiplication = curve.multiplication();
  const random = fc.sample(fc.bigInt({ min: 1n, max: q - 1n }), { numRuns: 8, seed: 20_261_127 });
  for (const n of [...edges(curve), ...random]) {
    const expected = Point.BASE.multiplyUnsafe(n).toAffine();
    expect([n, multiplication.secretly(n)]).toEqual([n, { x: expected.x, y: expected.y }]);
  }
});

test.each(curves)('adds products on %s with a table of the point and without', (_oid, curve) => {
  const { Point, q } = curve;
  const multiplication = curve.multiplication();
  const point = Point.BASE.multiplyUnsafe(q / 3n);
  const numbers = [...edges(curve), 0n];
  for (const [i, n] of numbers.entries()) {
    const m = numbers[(5 * i + 3) % numbers.length] as bigint;
    const expected = Point.BASE.multiplyUnsafe(m).add(point.multiplyUnsafe(n));
    const { x, y } = expected.toAffine();
    // The table is there from the eighth time on.
    expect([m, n, multiplication.openly(m, n, point.toAffine())]).toEqual([
      m,
      n,
      expected.is0() ? undefined : { x, y },
    ]);
  }
});

test.each(curves)(
  'a sum at infinity on %s is told, and doubling in place of adding is right',
  (_oid, { Point, q, ...curve }) => {
    const base = Point.BASE.toAffine();
    const multiplication = curve.multiplication();
    expect(multiplication.openly(0n, 0n, base)).toBeUndefined();
    expect(multiplication.openly(5n, q - 5n, base)).toBeUndefined();
    const ten = Point.BASE.multiplyUnsafe(10n).toAffine();
    expect(multiplication.openly(5n, 5n, base)).toEqual({ x: ten.x, y: ten.y });
  },
);
