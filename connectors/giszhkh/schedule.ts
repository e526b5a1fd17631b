import type { GisZhkhConfig } from './config.ts';

/** Which schedule a request follows. */
export type Pace = keyof GisZhkhConfig['poll'];

/** Milliseconds until the next question, after so many that were asked. */
export function pauseAfter({ poll }: GisZhkhConfig, pace: Pace, asked: number): number {
  const pauses = poll[pace];
  return (pauses[Math.min(asked, pauses.length - 1)] as number) * 1000;
}
