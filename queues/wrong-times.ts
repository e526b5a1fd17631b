import type { Clock, Logger } from '../connectors/port.ts';
import type { Database } from '../storage/port.ts';

/** Smaller differences are what time services correct all day. */
const TOLERANCE_MS = 30_000;
/** Longer than any pause that the hub makes by itself. */
const MAX_BREAK_MS = 2 * 60_000;
const MAX_TRACKING_PAUSE_MS = 11 * 60_000;
const MAX_POLL_PAUSE_MS = 3_600_000;

/**
 * An earlier process may have lived by a wrong clock. On a store that one process owns at a time, the next one
 *
 * - counts the settle times of uncertain operations anew: they may have begun later than they say;
 * - looks at once at what was planned by a clock that was ahead. What waits for a moment that somebody named stays.
 *
 * @returns operations that were planned by a clock that was ahead
 */
export async function mendTimes(db: Database, clock: Clock, log: Logger): Promise<number> {
  const at = clock.now();
  const now = new Date(at);
  const after = (ms: number): Date => new Date(at + ms);
  const [, ahead] = await db.transact([
    {
      sql: `update operation set uncertain_since = $1 where status = 'uncertain' and uncertain_since <> $1`,
      params: [now],
    },
    {
      sql: `update operation set due_at = $1, updated_at = $1
            where due_at > $1 and updated_at > $2 and lease_until is null and coalesce(waiting_for, '') <> 'time'`,
      params: [now, after(TOLERANCE_MS)],
    },
    {
      sql: `update exchange set next_poll_at = $1 where status = 'polling' and next_poll_at > $1 and (created_at > $2 or next_poll_at > $3)`,
      params: [now, after(TOLERANCE_MS), after(MAX_POLL_PAUSE_MS)],
    },
    { sql: 'update tracking set next_at = $1 where next_at > $2', params: [now, after(MAX_TRACKING_PAUSE_MS)] },
    {
      sql: 'update instance_state set breaker_until = $1 where breaker_until > $2',
      params: [now, after(MAX_BREAK_MS)],
    },
  ]);
  const count = ahead?.count ?? 0;
  if (count > 0)
    log.warn('the clock was set back since the hub ran last; operations that were planned by it are due at once', {
      operations: count,
    });
  return count;
}
