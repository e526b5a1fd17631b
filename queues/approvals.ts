import { HubError } from '../canonical/errors.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import type { Clock } from '../connectors/port.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database, Statement } from '../storage/port.ts';
import { eventsStatement } from '../storage/repositories/events.ts';
import type { Operation } from '../storage/repositories/operation.ts';
import type { Journal } from './journal.ts';

export interface ApprovalOptions {
  db: Database;
  cipher: Cipher;
  clock: Clock;
  random(): number;
  journal: Journal;
  /** Who submitted an operation may not approve it. */
  fourEyes: boolean;
  /** Operations were released: the dispatcher looks at once. */
  onApproved(instances: ReadonlySet<string>): void;
  /** Statements about the record that mirrors a cancelled operation. */
  cancelled(op: Operation): Statement[];
}

export interface Decided {
  by: string;
  reason?: string;
}

/** What a person decides about operations that wait for approval. */
export class Approvals {
  readonly #o: ApprovalOptions;

  constructor(options: ApprovalOptions) {
    this.#o = options;
  }

  /** Refuses who submitted an operation, where another person has to approve. @throws HubError rejected/FOUR_EYES */
  async expectOther(org: string, id: string, by: string): Promise<Operation> {
    const op = await this.#o.journal.get(org, id);
    if (this.#o.fourEyes && op.client === by)
      throw new HubError(
        'rejected',
        'FOUR_EYES',
        'This key submitted the operation; somebody else has to approve it (limits.fourEyes in hub.yaml).',
      );
    return op;
  }

  /** Lets an operation go; `also` is written in the same transaction. @throws HubError conflict/OPERATION_NOT_WAITING_FOR_APPROVAL, rejected/FOUR_EYES */
  async approve(org: string, id: string, decided: Decided, also: readonly Statement[] = []): Promise<Operation> {
    const op = await this.expectOther(org, id, decided.by);
    const now = new Date(this.#o.clock.now());
    const change = {
      // One that came out of a backup may have been approved and sent before: it is asked about first.
      sql: `update operation set status = case when attempts > 0 then 'uncertain' when not_before > $3 then 'waiting' else 'accepted' end,
              waiting_for = case when attempts > 0 then 'settle' when not_before > $3 then 'time' end,
              uncertain_since = case when attempts > 0 then coalesce(uncertain_since, $3) end,
              due_at = greatest($3, coalesce(not_before, $3)), updated_at = $3, lease_no = lease_no + 1
            where org = $1 and id = $2 and status = 'waiting' and waiting_for = 'approval'`,
      params: [org, id, now],
    };
    await this.#decide(op, 'approved', decided, now, change, also);
    this.#o.onApproved(new Set([op.instance]));
    return this.#o.journal.get(org, id);
  }

  /** Gives an operation up; `also` is written in the same transaction. @throws HubError conflict/OPERATION_NOT_WAITING_FOR_APPROVAL */
  async reject(org: string, id: string, decided: Decided, also: readonly Statement[] = []): Promise<Operation> {
    const op = await this.#o.journal.get(org, id);
    const now = new Date(this.#o.clock.now());
    await this.#decide(
      op,
      'rejected',
      decided,
      now,
      {
        sql: `update operation set status = 'cancelled', waiting_for = null, holds = false, due_at = null, finished_at = $3, updated_at = $3, lease_no = lease_no + 1,
                error = '{"kind":"rejected","code":"REJECTED_BY_PERSON","message":"A person has rejected the operation; nothing was sent.","retryable":false}'::jsonb
              where org = $1 and id = $2 and status = 'waiting' and waiting_for = 'approval'`,
        params: [org, id, now],
      },
      [...this.#o.cancelled(op), ...also],
    );
    // Its successors may go on.
    this.#o.onApproved(new Set([op.instance]));
    return this.#o.journal.get(org, id);
  }

  /** What was decided about an operation; undefined while nothing was. */
  async decision(
    org: string,
    id: string,
  ): Promise<{ decision: string; by: string; reason: string | null; at: Date } | undefined> {
    const { rows } = await this.#o.db.query(
      'select decision, decided_by, reason, decided_at from approval where org = $1 and operation = $2',
      [org, id],
    );
    const [row] = rows;
    if (!row) return undefined;
    return {
      decision: row.decision as string,
      by: row.decided_by as string,
      reason: row.reason ? this.#o.cipher.openText(row.reason as Uint8Array, contextOf(org, id)) : null,
      at: row.decided_at as Date,
    };
  }

  async #decide(
    op: Operation,
    decision: 'approved' | 'rejected',
    { by, reason }: Decided,
    now: Date,
    change: Statement,
    more: readonly Statement[] = [],
  ): Promise<void> {
    const { db, cipher, random } = this.#o;
    try {
      await db.transact([
        { ...change, expect: { rows: 1, name: 'state' } },
        {
          sql: `insert into approval (org, operation, decision, decided_by, reason, decided_at) values ($1, $2, $3, $4, $5, $6)
                on conflict (org, operation) do update set decision = excluded.decision, decided_by = excluded.decided_by, reason = excluded.reason, decided_at = excluded.decided_at`,
          params: [
            op.org,
            op.id,
            decision,
            by,
            reason === undefined ? null : cipher.seal(reason, contextOf(op.org, op.id)),
            now,
          ],
        },
        eventsStatement([
          {
            org: op.org,
            id: uuidv7(now.getTime(), random),
            type: `operation.${decision}`,
            operation: op.id,
            data: { kind: op.kind, by },
            at: now,
          },
        ]),
        ...more,
      ]);
    } catch (error) {
      if ((error as { expectation?: string }).expectation !== 'state') throw error;
      throw new HubError(
        'conflict',
        'OPERATION_NOT_WAITING_FOR_APPROVAL',
        `Only an operation that waits for approval can be ${decision}; this one is ${op.status}${op.waitingFor ? ` (waits for ${op.waitingFor})` : ''}.`,
      );
    }
  }
}

function contextOf(org: string, id: string): string {
  return `approval:${org}:${id}`;
}
