import { createHash } from 'node:crypto';
import { isDelivery } from '../canonical/commands/deliver-webhook.ts';
import type { HubError } from '../canonical/errors.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import type { Traffic } from '../connectors/kit/http.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import type { Cipher } from '../storage/cipher.ts';
import { type Database, type Statement, StoreInDoubt } from '../storage/port.ts';
import { eventsStatement, type NewEvent } from '../storage/repositories/events.ts';
import { finalStatuses, type Operation } from '../storage/repositories/operation.ts';
import type { Decision } from './decide.ts';
import type { TrackSink } from './ports.ts';

/** What is kept of one attempt. */
export interface AttemptRecord {
  action: 'send' | 'poll' | 'reconcile';
  startedAt: Date;
  outcome: string;
  traffic: readonly Traffic[];
  error?: HubError;
}

/** An operation as it was leased or loaded, and what is to be written about it. */
export interface Entry {
  op: Operation;
  decision: Decision;
  attempt?: AttemptRecord;
}

export interface OutcomeOptions {
  db: Database;
  cipher: Cipher;
  clock: Clock;
  random(): number;
  log: Logger;
  sink: TrackSink;
  onChange(): void;
}

/** Traffic records kept of one attempt. */
const MAX_TRAFFIC = 10;

/**
 * Writes what became of operations: state, attempt, event and the record that mirrors the operation, in one transaction.
 * The lease number fences: what a later owner has decided stands.
 */
export class OutcomeWriter {
  readonly #o: OutcomeOptions;

  constructor(options: OutcomeOptions) {
    this.#o = options;
  }

  /**
   * @param until epoch milliseconds; while the store is in doubt it is tried again up to then
   * @param before statements of the same transaction that go first
   */
  async write(
    entry: Entry,
    until = entry.op.leaseUntil?.getTime() ?? 0,
    before: readonly Statement[] = [],
  ): Promise<void> {
    const now = new Date(this.#o.clock.now());
    await this.#persist([...before, ...this.#statements(entry, now)], until, entry.op.id);
    this.#tell(entry, now);
    this.#o.onChange();
  }

  /**
   * Writes the outcomes of one upstream call and the state of its exchange together. Should one of the operations have
   * another owner meanwhile, the exchange is written first and each of the others by itself.
   */
  async writeCall(exchange: Statement, entries: readonly Entry[], until: number): Promise<void> {
    const now = new Date(this.#o.clock.now());
    const together = [exchange, ...entries.flatMap((e) => this.#statements(e, now))];
    if (!(await this.#persist(together, until, undefined))) {
      if (!(await this.#persist([exchange], until, undefined))) return;
      for (const entry of entries) await this.#persist(this.#statements(entry, now), until, entry.op.id);
    }
    for (const entry of entries) this.#tell(entry, now);
    this.#o.onChange();
  }

  #tell({ op, decision, attempt }: Entry, now: Date): void {
    if (!attempt) return;
    this.#o.log.info('attempt', {
      operation: op.id,
      kind: op.kind,
      instance: op.instance,
      action: attempt.action,
      outcome: attempt.outcome,
      status: decision.status,
      attempt: op.attempts,
      ms: now.getTime() - attempt.startedAt.getTime(),
      ...(op.exchange ? { exchange: op.exchange } : {}),
      ...(attempt.error ? { code: attempt.error.code } : {}),
    });
  }

  #statements({ op, decision, attempt }: Entry, now: Date): Statement[] {
    const isFinal = finalStatuses.includes(decision.status);
    // Whoever is to be asked about, or was carried by an exchange to its end, keeps it; a fresh attempt gets a new one.
    const exchange =
      isFinal || decision.status === 'uncertain' || decision.waitingFor === 'answer' ? op.exchange : null;
    const events = this.#events(op, decision, now);
    return [
      {
        sql: `update operation set status = $4, waiting_for = $5, due_at = $6, uncertain_since = case when $7 then $8::timestamptz else uncertain_since end, asks = $9, attempts = $10,
                result = coalesce($11::jsonb, result), error = $12::jsonb, holds = $13, finished_at = $14, updated_at = $15, exchange = $16, lease_no = lease_no + 1, leased_by = null, lease_until = null, attempt_deadline = null
              where org = $1 and id = $2 and lease_no = $3`,
        params: [
          op.org,
          op.id,
          op.leaseNo,
          decision.status,
          decision.waitingFor,
          decision.dueAt,
          decision.uncertainSince !== undefined,
          decision.uncertainSince ?? null,
          decision.asks,
          Math.max(0, decision.attempts),
          decision.result ? JSON.stringify(decision.result) : null,
          decision.error ? JSON.stringify(decision.error) : null,
          !isFinal || decision.status === 'dead',
          isFinal ? now : null,
          now,
          exchange,
        ],
        expect: { rows: 1, name: 'lease' },
      },
      ...(op.exchange ? this.#elementStatements(op, decision, attempt, now) : []),
      ...(attempt ? [this.#attemptStatement(op, attempt, now)] : []),
      ...(events.length > 0 ? [eventsStatement(events)] : []),
      ...(isFinal ? this.#o.sink.outcome(op, decision.status, decision.result, now) : []),
    ];
  }

  #elementStatements(op: Operation, decision: Decision, attempt: AttemptRecord | undefined, now: Date): Statement[] {
    const answered = decision.waitingFor !== 'answer';
    return [
      ...(answered
        ? [
            {
              sql: 'update exchange_element set outcome = $4 where org = $1 and exchange = $2 and operation = $3',
              params: [op.org, op.exchange, op.id, decision.status],
            },
          ]
        : []),
      // A call whose sender died before it wrote an end: nothing will come of it any more.
      ...(attempt?.action === 'reconcile'
        ? [
            {
              sql: `update exchange set status = 'lost', finished_at = $3 where org = $1 and id = $2 and status = 'open'`,
              params: [op.org, op.exchange, now],
            },
          ]
        : []),
    ];
  }

  #events(op: Operation, decision: Decision, now: Date): NewEvent[] {
    const type = finalStatuses.includes(decision.status)
      ? `operation.${decision.status}`
      : decision.status === 'uncertain' && op.status !== 'uncertain'
        ? 'operation.uncertain'
        : decision.waitingFor === 'operator' && op.waitingFor !== 'operator'
          ? 'operation.needs-operator'
          : undefined;
    if (!type || isDelivery(op.kind)) return [];
    return [
      {
        org: op.org,
        id: uuidv7(now.getTime(), this.#o.random),
        type,
        operation: op.id,
        data: { kind: op.kind, status: decision.status, ...(decision.error ? { code: decision.error.code } : {}) },
        at: now,
      },
    ];
  }

  /**
   * A result that is known must not be lost to a passing fault of the store: tried while the lease lasts. Returns false
   * when the lease was taken over.
   */
  async #persist(statements: readonly Statement[], until: number, operation: string | undefined): Promise<boolean> {
    const { db, log, clock } = this.#o;
    for (let pause = 100; ; pause = Math.min(2_000, pause * 2)) {
      try {
        await db.transact(statements);
        return true;
      } catch (error) {
        if ((error as { expectation?: string }).expectation === 'lease') {
          log.warn('a result came after its lease was taken over; the later owner decides', { operation });
          return false;
        }
        if (!(error instanceof StoreInDoubt) || clock.now() + pause >= until) throw error;
        // The lease number guards against a double write: if it did commit, the fence is gone and the repeat changes nothing.
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  #attemptStatement(op: Operation, attempt: AttemptRecord, now: Date): Statement {
    const text = JSON.stringify(attempt.traffic.slice(0, MAX_TRAFFIC));
    const digest = (part: string | undefined): string | null =>
      part === undefined ? null : createHash('sha256').update(part).digest('hex');
    const first = attempt.traffic[0];
    return {
      sql: `insert into attempt (org, operation, no, action, lease_no, instance, started_at, ended_at, outcome, code, upstream_code, message, request_digest, response_digest, traffic)
            values ($1, $2, (select coalesce(max(no), 0) + 1 from attempt where org = $1 and operation = $2), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
      params: [
        op.org,
        op.id,
        attempt.action,
        op.leaseNo,
        op.instance,
        attempt.startedAt,
        now,
        attempt.outcome,
        attempt.error?.code ?? null,
        attempt.error?.facts.upstream?.code ?? null,
        attempt.error?.message ?? null,
        digest(first?.request),
        digest(first?.response),
        attempt.traffic.length > 0 ? this.#o.cipher.seal(text, `traffic:${op.org}:${op.id}`) : null,
      ],
    };
  }
}
