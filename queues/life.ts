import type { Traffic } from '../connectors/kit/http.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database } from '../storage/port.ts';
import { eventOf, type FeedEvent } from '../storage/repositories/events.ts';
import { type Operation, operationOf } from '../storage/repositories/operation.ts';
import { type Attempt, attemptOf } from './journal.ts';

/** What is known of an operation beside its own row. */
export interface Life {
  attempts: (Attempt & { traffic: Traffic[] })[];
  /** Published or not, about the operation and about its message; in their order. */
  events: FeedEvent[];
  parts: {
    instance: string;
    part: number;
    parts: number;
    ref: string | null;
    status: string | null;
    reason: string | null;
    statusAt: Date | null;
  }[];
  tracking: { polls: number; nextAt: Date | null; giveUpAt: Date } | undefined;
  /** The operation that caused this one, while it is kept. */
  parent: Operation | undefined;
  children: Operation[];
  /** The operation about the same subject that has to end first. */
  heldBy: Operation | undefined;
}

const MAX_ATTEMPTS = 100;
const MAX_EVENTS = 200;
const MAX_CHILDREN = 50;

/** Gathers the life of an operation. Traffic is opened here and must be masked before it is shown. */
export async function readLife(db: Database, cipher: Cipher, op: Operation): Promise<Life> {
  const own = [op.org, op.id];
  const parentId = typeof op.trace?.parent === 'string' ? op.trace.parent : null;
  const [attempts, events, parts, tracking, parent, children, held] = await Promise.all([
    db.query(`select * from attempt where org = $1 and operation = $2 order by no desc limit ${MAX_ATTEMPTS}`, own),
    db.query(
      `select * from (
         (select * from event where org = $1 and operation = $2 order by ord desc limit ${MAX_EVENTS})
         union all (select * from event where org = $1 and entity = 'Message' and entity_id = $2 and operation is null order by ord desc limit ${MAX_EVENTS})
       ) e order by ord`,
      own,
    ),
    db.query('select * from upstream_ref where org = $1 and operation = $2 order by instance, part limit 300', own),
    db.query('select polls, next_at, give_up_at from tracking where org = $1 and operation = $2', own),
    parentId
      ? db.query('select * from operation where org = $1 and id = $2', [op.org, parentId])
      : Promise.resolve({ rows: [] }),
    db.query(
      `select * from operation where org = $1 and trace->>'parent' = $2 and trace ? 'parent' order by id limit ${MAX_CHILDREN}`,
      own,
    ),
    op.subject === null || op.finishedAt
      ? Promise.resolve({ rows: [] })
      : db.query(
          `select * from operation where org = $1 and kind = $2 and subject = $3 and holds and ordering = 'fifo'
             and seq < (select seq from operation where org = $1 and id = $4) order by seq limit 1`,
          [op.org, op.kind, op.subject, op.id],
        ),
  ]);
  const [tracked] = tracking.rows;
  return {
    attempts: attempts.rows.reverse().map((r) => ({
      ...attemptOf(r),
      traffic: r.traffic
        ? (JSON.parse(cipher.openText(r.traffic as Uint8Array, `traffic:${op.org}:${op.id}`)) as Traffic[])
        : [],
    })),
    events: events.rows.map((r) => eventOf(op.org, r)),
    parts: parts.rows.map((r) => ({
      instance: r.instance as string,
      part: r.part as number,
      parts: r.parts as number,
      ref: r.ref as string | null,
      status: r.status as string | null,
      reason: r.reason as string | null,
      statusAt: r.status_at as Date | null,
    })),
    tracking: tracked && {
      polls: tracked.polls as number,
      nextAt: tracked.next_at as Date | null,
      giveUpAt: tracked.give_up_at as Date,
    },
    parent: parent.rows[0] && operationOf(parent.rows[0], cipher),
    children: children.rows.map((r) => operationOf(r, cipher)),
    heldBy: held.rows[0] && operationOf(held.rows[0], cipher),
  };
}
