import type { HubApi } from './api.ts';
import { sleep } from './child.ts';

const OPEN = ['accepted', 'running', 'waiting', 'retrying', 'uncertain'];

/** Waits until most has been tried at least once, so that the faults do not end before the work has begun. */
export async function mostTried(api: HubApi, operations: number, say: (line: string) => void): Promise<void> {
  const end = performance.now() + STORM_MS;
  while (performance.now() < end) {
    const untried = await api.all('/v1/operations?status=accepted');
    if (untried.length <= operations * UNTRIED) return;
    say(`  ${untried.length} of ${operations} operations are untried`);
    await sleep(5_000);
  }
}

/** Longest time that the storm goes on after the mischief. */
const STORM_MS = 120_000;

/** Share of the operations that may be left for the time after the storm. */
const UNTRIED = 0.05;

/** Waits until nothing is open any more but what is left to a person. Returns seconds. */
export async function recovered(api: HubApi, limitMs: number, say: (line: string) => void): Promise<number> {
  const started = performance.now();
  for (let told = 0; ; ) {
    const counts = await Promise.all(
      OPEN.map(async (status) => {
        const found = await api.all(`/v1/operations?status=${status}`);
        return found.filter((o) => o.status !== 'uncertain' || o.waitingFor !== 'operator').length;
      }),
    );
    const open = counts.reduce((a, b) => a + b, 0);
    const seconds = (performance.now() - started) / 1000;
    if (open === 0) return seconds;
    const named = OPEN.map((s, i) => `${s} ${counts[i]}`).join(', ');
    if (seconds * 1000 > limitMs) {
      say(`still open after ${seconds.toFixed(0)} s: ${named}`);
      return seconds;
    }
    if (seconds - told > 10) {
      told = seconds;
      say(`  ${seconds.toFixed(0)} s: open ${named}`);
    }
    await sleep(1_000);
  }
}
