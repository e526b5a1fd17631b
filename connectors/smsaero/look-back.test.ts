import { describe, expect, test } from '@jest/globals';
import { earliest } from './look-back.ts';

const HOUR = 3_600_000;
const now = Date.parse('2026-11-26T12:00:00Z');
const skewMs = 120_000;
const op = { acceptedAt: now - HOUR, uncertainSince: now - HOUR + 5_000 };

describe('how far back a lost text is looked for', () => {
  test('to the acceptance, less the difference of clocks, however long ago that was', () => {
    expect(earliest(op, { now, gatewayNow: now + 60_000, skewMs })).toBe(op.acceptedAt - skewMs);
    expect(earliest({ ...op, uncertainSince: now }, { now, gatewayNow: now, skewMs })).toBe(op.acceptedAt - skewMs);
  });

  test.each([
    ['the hub is ahead of the gateway', op, { now, gatewayNow: now - 2 * HOUR, skewMs }],
    ['the hub is behind the gateway', op, { now, gatewayNow: now + 2 * HOUR, skewMs }],
    [
      'the clock was set back since',
      { acceptedAt: now + HOUR, uncertainSince: now + HOUR },
      { now, gatewayNow: now, skewMs },
    ],
    [
      'the restart counted the attempt anew after that',
      { acceptedAt: now + HOUR, uncertainSince: now },
      { now, gatewayNow: now, skewMs },
    ],
    ['the gateway tells no time', op, { now, gatewayNow: undefined, skewMs }],
  ])('a day when %s', (_why, wrong, clocks) => {
    const times = [clocks.now, clocks.gatewayNow ?? clocks.now, wrong.acceptedAt];
    expect(earliest(wrong, clocks)).toBe(Math.min(...times) - 24 * HOUR);
  });
});
