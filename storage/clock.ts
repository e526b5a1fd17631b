import { performance } from 'node:perf_hooks';
import type { Database } from './port.ts';

/** Differences up to this are what time services correct all day, milliseconds. */
const SLEW_MS = 2_000;
const CHECK_EVERY_MS = 10_000;
/** A jump is believed when it has lasted so long; until then it may be a mistake that is about to be corrected. */
const HOLD_MS = 10 * 60_000;
/** A reading that took longer says too little. */
const MAX_READING_MS = 1_000;

export interface StoreClockOptions {
  db: Database;
  /** Reads the clock that counts, epoch milliseconds; by default the server's, or this machine's when embedded. */
  source?: () => Promise<number>;
  /** Steady milliseconds that no jump of the wall clock touches. */
  monotonic?: () => number;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}

/** The time by which operations are leased and retried. */
export interface StoreClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Compares with the source once; called by itself every ten seconds. */
  check(): Promise<void>;
  close(): void;
}

/**
 * One time for all processes on a store: the store's own clock at the start, carried on by this machine's steady
 * counter. A worker whose machine has a wrong or jumping clock would otherwise take leases for over that are not, and
 * send what another one is just sending.
 *
 * Small differences are adopted at once. A jump is held back for ten minutes; on the embedded store, which has one owner,
 * running leases are moved along with it, so that none ends early.
 */
export async function openStoreClock(options: StoreClockOptions): Promise<StoreClock> {
  const { db, warn } = options;
  const monotonic = options.monotonic ?? (() => performance.now());
  const source = options.source ?? (db.kind === 'pglite' ? async () => Date.now() : () => serverTime(db));
  const read = async (): Promise<{ time: number; at: number; took: number }> => {
    const before = monotonic();
    const time = await source();
    const after = monotonic();
    return { time, at: (before + after) / 2, took: after - before };
  };
  const first = await read();
  let anchor = { time: first.time, at: first.at };
  let jumpedAt: number | undefined;
  const now = (): number => Math.round(anchor.time + (monotonic() - anchor.at));
  const check = async (): Promise<void> => {
    const reading = await read();
    if (reading.took > MAX_READING_MS) return;
    const difference = reading.time - (anchor.time + (reading.at - anchor.at));
    if (Math.abs(difference) > SLEW_MS) {
      jumpedAt ??= reading.at;
      if (reading.at - jumpedAt < HOLD_MS) {
        if (jumpedAt === reading.at)
          warn('the clock jumped; the hub goes on with its own time and follows in ten minutes if it stays so', {
            seconds: Math.round(difference / 1000),
          });
        return;
      }
      if (db.kind === 'pglite') await moveLeases(db, difference);
      warn('the hub follows a clock that jumped', { seconds: Math.round(difference / 1000) });
    }
    jumpedAt = undefined;
    anchor = { time: reading.time, at: reading.at };
  };
  const timer = setInterval(() => {
    // A store that doesn't answer changes nothing: the steady counter goes on.
    check().catch(() => undefined);
  }, CHECK_EVERY_MS);
  timer.unref();
  return { now, check, close: () => clearInterval(timer) };
}

async function serverTime(db: Database): Promise<number> {
  const { rows } = await db.query<{ now: Date }>('select clock_timestamp() as now');
  return rows[0]?.now.getTime() ?? Date.now();
}

async function moveLeases(db: Database, ms: number): Promise<void> {
  const by = `make_interval(secs => $1::double precision / 1000)`;
  await db.transact([
    {
      sql: `update operation set lease_until = lease_until + ${by}, attempt_deadline = attempt_deadline + ${by}, due_at = due_at + ${by}
            where lease_until is not null`,
      params: [ms],
    },
    { sql: `update exchange set lease_until = lease_until + ${by} where lease_until is not null`, params: [ms] },
  ]);
}
