import type { Clock, Logger } from '../connectors/port.ts';
import type { Database } from '../storage/port.ts';

/**
 * Ends the leases of a process that is known to be dead, so that its operations don't wait for them to run out. Only for
 * a store that one process owns at a time: whoever holds its lock knows that no earlier owner can send another byte.
 * What was under way is reconciled like after any lease that ran out, counted from now.
 *
 * @returns operations and exchanges that were freed
 */
export async function endDeadLeases(db: Database, clock: Clock, log: Logger): Promise<number> {
  const now = new Date(clock.now());
  const results = await db.transact([
    {
      // Whatever its clock said: nothing of it was sent after this moment, and perhaps something just before it.
      sql: `update operation set lease_until = null, due_at = $1, attempt_deadline = $1, updated_at = $1
            where lease_until is not null`,
      params: [now],
    },
    { sql: 'update exchange set lease_until = null where lease_until is not null' },
    // Freed by an earlier start that died before it took them up, and whose clock may have been another one.
    {
      sql: `update operation set due_at = $1, attempt_deadline = $1 where status = 'running' and lease_until is null`,
      params: [now],
    },
    // The try whether an instance is back died with its process, and its end may be written by a clock that was ahead.
    { sql: 'update instance_state set probe_by = null, probe_until = null where probe_by is not null' },
    { sql: 'update sync_lease set lease_until = null, leased_by = null where leased_by is not null' },
    { sql: 'update tracking set claimed_until = null, claimed_by = null where claimed_by is not null' },
    // A task whose answer a job carries out is held by the job.
    { sql: 'update task set effect_until = null where effect_until is not null and job is null' },
    { sql: 'update bulk_job set lease_until = null where lease_until is not null' },
    { sql: 'update task_mail set lease_until = null where lease_until is not null' },
  ]);
  const freed = results.slice(0, 2).reduce((sum, r) => sum + r.count, 0);
  if (freed > 0) log.info('an earlier process ended in the middle of its work; its operations are taken up', { freed });
  return freed;
}
