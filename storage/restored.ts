import { remarkStatement } from './audit/pending.ts';
import { keepMeta } from './meta.ts';
import type { Database, Statement } from './port.ts';

/** What an operation waits for that was brought back and has no number of its own by which the upstream could be asked. */
export const RESTORED = 'restore';
/** Room for the numbers and events that were given between the backup and the loss of the store. */
const SKIPPED_NUMBERS = 1_000_000;

/**
 * What has to be done to a store that was brought back from a backup, before anybody works on it. Between the backup and
 * now its operations may have been carried out:
 *
 * - every operation that is not final becomes uncertain, so that the upstream is asked before anything is sent; only what
 *   was not to be sent before a moment that is still to come stays as it is;
 * - numbers for upstreams go on far above the ones that may have been given since, and so do those of the change feed, so
 *   that no reader takes a new event for one that it has seen;
 * - no process of then holds anything any more.
 */
export function afterRestore(now: Date): Statement[] {
  return [
    {
      sql: `update operation set status = 'uncertain', waiting_for = case when own_id is null then '${RESTORED}' else 'settle' end,
              uncertain_since = $1, due_at = $1, asks = 0, lease_no = lease_no + 1, leased_by = null, lease_until = null,
              attempt_deadline = null, attempts = greatest(attempts, 1)
            where status in ('accepted', 'running', 'waiting', 'retrying', 'uncertain')
              and coalesce(waiting_for, '') <> 'approval' and not (status = 'waiting' and attempts = 0 and not_before > $1)`,
      params: [now],
    },
    // A person still has to decide; when it is approved it is asked about before it is sent.
    {
      sql: `update operation set attempts = greatest(attempts, 1), lease_no = lease_no + 1 where status = 'waiting' and waiting_for = 'approval'`,
    },
    // Packets of changes may have been taken and acknowledged since.
    { sql: 'update sync_state set compare_due = true where first_load_done' },
    {
      sql: 'update exchange set leased_by = null, lease_until = null, lease_no = lease_no + 1 where lease_until is not null',
    },
    { sql: 'update tracking set claimed_by = null, claimed_until = null where claimed_by is not null' },
    { sql: 'update task set effect_until = null, effect_no = effect_no + 1 where effect_until is not null' },
    { sql: 'update task_mail set lease_until = null, lease_no = lease_no + 1 where lease_until is not null' },
    { sql: 'update alert_notice set lease_until = null, lease_no = lease_no + 1 where lease_until is not null' },
    { sql: 'delete from sync_lease' },
    { sql: 'delete from sync_request' },
    { sql: 'delete from process' },
    {
      sql: 'update instance_state set breaker_until = null, breaker_openings = 0, probe_by = null, probe_until = null',
    },
    { sql: 'update upstream_sequence set value = value + $1', params: [SKIPPED_NUMBERS] },
    { sql: 'update event_counter set last_no = last_no + $1', params: [SKIPPED_NUMBERS] },
    remarkStatement('store.restore', now),
  ];
}

/** Which database this is, of all that a backup can be restored into; it changes with every new one. */
const HOME = `select jsonb_build_object('cluster', (select system_identifier::text from pg_control_system()),
  'database', (select oid::text from pg_database where datname = current_database())) as home, clock_timestamp() as now`;

/**
 * Notices that a server's database was made from a dump of another one, and does then what {@link afterRestore} says, once.
 * The same is done by hand after a restore in place (`hub migrate --restored`).
 *
 * @returns true when it was restored
 */
export async function settleRestored(db: Database): Promise<boolean> {
  if (db.kind !== 'postgres') return false;
  const { rows } = await db.query<{ home: unknown; now: Date }>(HOME);
  const home = JSON.stringify(rows[0]?.home);
  const now = rows[0]?.now ?? new Date();
  const [, told] = await db.transact([
    { sql: 'select pg_advisory_xact_lock(7424103)' },
    keepMeta('home', rows[0]?.home),
  ]);
  if (told?.count === 1) return false;
  try {
    await db.transact([
      { sql: 'select pg_advisory_xact_lock(7424103)' },
      {
        sql: `update hub_meta set value = $1::jsonb where name = 'home' and value <> $1::jsonb`,
        params: [home],
        expect: { rows: 1, name: 'moved' },
      },
      ...afterRestore(now),
    ]);
    return true;
  } catch (error) {
    if ((error as { expectation?: string }).expectation === 'moved') return false;
    throw error;
  }
}
