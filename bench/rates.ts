/** How fast each of several contenders was in each round; a round has the same place in both lists. */
export type Rates<Name extends string> = Readonly<Record<Name, readonly number[]>>;

const WARM_UP_CALLS = 20_000;
const BATCH = 200;

/**
 * Runs contenders in turn, a short slice each, round after round: whatever else the machine does meanwhile falls on all
 * of them, so their ratios hold on a busy machine too.
 * @returns calls per second, by contender and round
 */
export async function race<Name extends string>(
  contenders: Readonly<Record<Name, () => unknown>>,
  options: { rounds: number; sliceMs: number },
): Promise<Rates<Name>> {
  const entries = Object.entries(contenders) as [Name, () => unknown][];
  const rates = Object.fromEntries(entries.map(([name]) => [name, []])) as unknown as Record<Name, number[]>;
  for (const [, work] of entries) await repeat(work, WARM_UP_CALLS);
  for (let round = 0; round < options.rounds; round++) {
    for (const [name, work] of entries) {
      const started = performance.now();
      let calls = 0;
      while (performance.now() - started < options.sliceMs) {
        await repeat(work, BATCH);
        calls += BATCH;
      }
      rates[name].push(calls / ((performance.now() - started) / 1000));
    }
  }
  return rates;
}

async function repeat(work: () => unknown, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const out = work();
    if (out instanceof Promise) await out;
  }
}

/** Middle value with the extremes: `0.71 (0.68–0.74)`. */
export function spread(values: readonly number[], digits: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[0], sorted.at(-1)];
  const shown = (n: number): string => n.toFixed(digits);
  return sorted.length < 2 ? shown(low) : `${shown(median(sorted))} (${shown(low)}–${shown(high)})`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** a/b, round by round. */
export function ratios(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value / (b[i] ?? Number.NaN));
}
