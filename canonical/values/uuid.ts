import { z } from 'zod';

export const Uuid = z.uuid().describe('UUID');

let lastMs = 0;
let counter = 0;

/**
 * UUIDv7 (RFC 9562 §5.7), monotone within this process: ids made in one millisecond still sort by their making.
 * @param now epoch milliseconds
 * @param random uniform in [0, 1)
 */
export function uuidv7(now: number, random: () => number = Math.random): string {
  if (now > lastMs) {
    lastMs = now;
    counter = Math.floor(random() * 0x400);
  } else if (++counter > 0xfff) {
    lastMs++;
    counter = 0;
  }
  const time = lastMs.toString(16).padStart(12, '0');
  const a = counter.toString(16).padStart(3, '0');
  const variant = (8 + Math.floor(random() * 4)).toString(16);
  const tail = (): string =>
    Math.floor(random() * 0x1000000)
      .toString(16)
      .padStart(6, '0');
  const t1 = tail();
  const t2 = tail();
  const t3 = tail();
  return `${time.slice(0, 8)}-${time.slice(8)}-7${a}-${variant}${t1.slice(0, 3)}-${t1.slice(3)}${t2}${t3.slice(0, 3)}`;
}
