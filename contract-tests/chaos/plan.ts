/** How much chaos, and over how much load. */
export interface Plan {
  messages: number;
  readings: number;
  /** Seconds over which load and mischief are spread. */
  seconds: number;
  kills: number;
  /** Stops of a process that outlast its leases. */
  pauses: number;
  clockJumps: number;
  /** Server pair only. */
  flushes: number;
  redisRestarts: number;
  postgresRestarts: number;
  apis: number;
  workers: number;
  /** Settle time of the gateway, and how late the upstream carries out what it was cut from, milliseconds. */
  settleMs: number;
  lateMs: number;
}

export const plans: Readonly<Record<'short' | 'long', Plan>> = {
  short: {
    messages: 600,
    readings: 100,
    seconds: 75,
    kills: 5,
    pauses: 1,
    clockJumps: 2,
    flushes: 1,
    redisRestarts: 1,
    postgresRestarts: 2,
    apis: 1,
    workers: 2,
    settleMs: 9_000,
    lateMs: 5_000,
  },
  long: {
    messages: 10_000,
    readings: 2_000,
    seconds: 480,
    kills: 24,
    pauses: 3,
    clockJumps: 6,
    flushes: 4,
    redisRestarts: 2,
    postgresRestarts: 4,
    apis: 2,
    workers: 3,
    settleMs: 90_000,
    lateMs: 60_000,
  },
};

/** A generator that gives the same numbers for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}
