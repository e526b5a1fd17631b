import { deliveryCommands, webhookSubject } from '../../canonical/commands/deliver-webhook.ts';
import type { StoredProblem } from '../../canonical/errors.ts';
import type { Database, Row, Statement } from '../../storage/port.ts';

const KINDS = [...deliveryCommands.keys()];
/** Literal, so that the partial index of deliveries serves. */
const IS_DELIVERY = `kind in (${KINDS.map((k) => `'${k}'`).join(', ')})`;
const FREE = '(lease_until is null or lease_until <= $3)';
/** Rows of one statement of the clean-up. */
const CHUNK = 5_000;

/** A delivery as an operator sees it; its id is that of its operation. */
export interface Delivery {
  id: string;
  event: string;
  no: number;
  type: string;
  replay: boolean;
  status: string;
  waitingFor: string | null;
  attempts: number;
  /** HTTP status of the last answer; null when there was none. */
  lastStatus: number | null;
  error: StoredProblem | null;
  acceptedAt: Date;
  nextAt: Date | null;
  finishedAt: Date | null;
}

/** Newest first; `before` is the id of the last one seen. */
export async function listDeliveries(
  db: Database,
  org: string,
  webhook: string,
  filter: { status?: string; before?: string; limit: number },
): Promise<Delivery[]> {
  const { rows } = await db.query(
    `select id, payload, status, waiting_for, attempts, result, error, accepted_at, due_at, finished_at from operation
     where org = $1 and subject = $2 and ${IS_DELIVERY} and ($3::text is null or status = $3) and ($4::uuid is null or id < $4)
     order by id desc limit $5`,
    [org, webhookSubject(webhook), filter.status ?? null, filter.before ?? null, filter.limit],
  );
  return rows.map(deliveryOfRow);
}

function deliveryOfRow(r: Row): Delivery {
  const payload = r.payload as { event: string; no: number; type: string; replay?: boolean };
  const error = r.error as StoredProblem | null;
  const result = r.result as { status?: number } | null;
  return {
    id: r.id as string,
    event: payload.event,
    no: payload.no,
    type: payload.type,
    replay: payload.replay === true,
    status: r.status as string,
    waitingFor: r.waiting_for as string | null,
    attempts: r.attempts as number,
    lastStatus: result?.status ?? error?.upstream?.status ?? null,
    error,
    acceptedAt: r.accepted_at as Date,
    nextAt: r.due_at as Date | null,
    finishedAt: r.finished_at as Date | null,
  };
}

/** What waited while the endpoint was disabled, and what had been given up, is due at once. */
export function resumeStatement(org: string, webhook: string, now: Date): Statement {
  return {
    sql: `update operation set status = 'retrying', waiting_for = null, due_at = $3, attempts = 0, finished_at = null, holds = true, updated_at = $3, lease_no = lease_no + 1
          where org = $1 and subject = $2 and ${IS_DELIVERY} and (status in ('dead', 'retrying') or (status = 'waiting' and waiting_for in ('disabled', 'endpoint'))) and ${FREE}`,
    params: [org, webhookSubject(webhook), now],
  };
}

/** Nothing that still waits is sent any more. */
export function cancelStatement(org: string, webhook: string, now: Date): Statement {
  return {
    sql: `update operation set status = 'cancelled', waiting_for = null, due_at = null, finished_at = $3, holds = false, updated_at = $3, lease_no = lease_no + 1
          where org = $1 and subject = $2 and ${IS_DELIVERY} and status in ('accepted', 'waiting', 'retrying', 'uncertain', 'dead') and ${FREE}`,
    params: [org, webhookSubject(webhook), now],
  };
}

/** Removes deliveries that ended before a moment. Returns how many. */
export async function removeOldDeliveries(db: Database, before: Date): Promise<number> {
  const ended = `${IS_DELIVERY} and finished_at < $1 and status in ('succeeded', 'failed', 'cancelled', 'dead')`;
  let removed = 0;
  for (;;) {
    const [, result] = await db.transact([
      {
        sql: `delete from attempt a using (select org, id from operation where ${ended} order by id limit ${CHUNK}) f where a.org = f.org and a.operation = f.id`,
        params: [before],
      },
      {
        sql: `delete from operation o using (select org, id from operation where ${ended} order by id limit ${CHUNK}) f where o.org = f.org and o.id = f.id`,
        params: [before],
      },
    ]);
    removed += result?.count ?? 0;
    if ((result?.count ?? 0) < CHUNK) return removed;
  }
}
