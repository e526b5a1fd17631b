import { createHash } from 'node:crypto';
import { isDelivery } from '../canonical/commands/deliver-webhook.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import type { Traffic } from '../connectors/kit/http.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import { traceIdOf } from '../logging/tracing.ts';
import type { Cipher } from '../storage/cipher.ts';
import { GroupCommit } from '../storage/group-commit.ts';
import { type Database, type Statement, StoreInDoubt } from '../storage/port.ts';
import { eventsStatement, type NewEvent } from '../storage/repositories/events.ts';
import { finalStatuses, type Operation } from '../storage/repositories/operation.ts';
import type { Decision } from './decide.ts';
import type { AttemptRecord, AttemptTrace, Entry } from './entry.ts';
import { elementsStatement } from './exchange.ts';
import { moveStatement } from './failover-move.ts';
import { outcomesStatement } from './outcomes-statement.ts';
import type { OutcomeReview, TrackSink } from './ports.ts';

export interface OutcomeOptions {
  db: Database;
  cipher: Cipher;
  clock: Clock;
  random(): number;
  log: Logger;
  sink: TrackSink;
  /** Has the last word about what is written after an attempt. */
  failover?: OutcomeReview;
  onChange(): void;
  /** These operations have ended: whoever waits for one may look. */
  onEnded?(ids: readonly string[]): void;
  /** These outcomes were committed. */
  onWritten?(entries: readonly Entry[]): void;
}

/** Traffic records kept of one attempt. */
const MAX_TRAFFIC = 10;
/** Signs of requests and answers that are kept of one call, however many operations it carried. */
const MAX_OF_CALL = 8 * 1024 * 1024;
/** Outcomes committed together. */
const MAX_TOGETHER = 200;

/**
 * Writes what became of operations: state, attempt, event and the record that mirrors the operation, in one transaction.
 * The lease number fences: what a later owner has decided stands.
 */
export class OutcomeWriter {
  readonly #o: OutcomeOptions;
  readonly #group: GroupCommit<Entry, boolean>;

  constructor(options: OutcomeOptions) {
    this.#o = options;
    this.#group = new GroupCommit({
      maxItems: MAX_TOGETHER,
      maxWaiting: Number.POSITIVE_INFINITY,
      flush: (entries) => this.#writeTogether(entries),
    });
  }

  /**
   * What ends at the same time is committed together; each entry keeps its own fence.
   *
   * @param before statements of the same transaction that go first
   */
  async write(found: Entry, before: readonly Statement[] = []): Promise<void> {
    const entry = await this.#reviewed(found);
    if (before.length === 0 && !entry.op.exchange) {
      await this.#group.add(entry);
      return;
    }
    const now = new Date(this.#o.clock.now());
    const until = entry.op.leaseUntil?.getTime() ?? 0;
    const written = await this.#persist([...before, ...this.#statements(entry, now)], until, entry.op.id);
    this.#told(written ? [entry] : [], now);
  }

  async #writeTogether(entries: readonly Entry[]): Promise<boolean[]> {
    const { log } = this.#o;
    const now = new Date(this.#o.clock.now());
    const until = Math.min(...entries.map((e) => e.op.leaseUntil?.getTime() ?? 0));
    const statement = this.#together(entries, now);
    const mirrored = this.#mirrored(entries, now);
    const written = new Set<string>();
    if (mirrored.length === 0) {
      const { rows } = await this.#insist(
        () => this.#o.db.query(statement.sql, statement.params, { prepare: true }),
        until,
      );
      for (const row of rows) written.add(row.id as string);
      for (const { op } of entries)
        if (!written.has(op.id))
          log.warn('a result came after its lease was taken over; the later owner decides', { operation: op.id });
    } else if (
      await this.#persist(
        [{ ...statement, expect: { rows: entries.length, name: 'lease' } }, ...mirrored],
        until,
        undefined,
      )
    ) {
      for (const { op } of entries) written.add(op.id);
    } else {
      // One of them has another owner: each by itself, so that the others are kept.
      for (const entry of entries)
        if (await this.#persist(this.#statements(entry, now), until, entry.op.id)) written.add(entry.op.id);
    }
    this.#told(
      entries.filter((e) => written.has(e.op.id)),
      now,
    );
    return entries.map((e) => written.has(e.op.id));
  }

  #told(entries: readonly Entry[], now: Date): void {
    for (const entry of entries) this.#tell(entry, now);
    const ended = entries.filter((e) => finalStatuses.includes(e.decision.status)).map((e) => e.op.id);
    if (ended.length > 0) this.#o.onEnded?.(ended);
    this.#o.onWritten?.(entries);
    this.#o.onChange();
  }

  /**
   * Writes the outcomes of one upstream call and the state of its exchange together. Should one of the operations have
   * another owner meanwhile, the exchange is written first and each of the others by itself.
   */
  async writeCall(exchange: Statement, found: readonly Entry[], until: number): Promise<void> {
    const entries = await Promise.all(found.map((entry) => this.#reviewed(entry)));
    const now = new Date(this.#o.clock.now());
    const together = [exchange, ...this.#ofCall(entries, now)];
    if (!(await this.#persist(together, until, undefined))) {
      if (!(await this.#persist([exchange], until, undefined))) return;
      for (const entry of entries) await this.#persist(this.#statements(entry, now), until, entry.op.id);
    }
    this.#told(entries, now);
  }

  /** A thousand elements cost a few statements, and not some thousands. */
  #ofCall(entries: readonly Entry[], now: Date): Statement[] {
    const [first] = entries;
    if (!first) return [];
    const answered = entries.filter((e) => e.decision.waitingFor !== 'answer');
    const exchange = first.op.exchange;
    return [
      { ...this.#together(entries, now, entries.length), expect: { rows: entries.length, name: 'lease' } },
      ...(exchange && answered.length > 0
        ? [
            elementsStatement(
              { org: first.op.org, exchange },
              answered.map((e) => ({ operation: e.op.id, outcome: e.decision.status })),
            ),
          ]
        : []),
      ...this.#mirrored(entries, now),
    ];
  }

  /** @param elements operations that share one call, and so what was said in it */
  #together(entries: readonly Entry[], now: Date, elements = 1): Statement {
    return outcomesStatement(
      entries.map((e) => ({
        ...e,
        kept: this.#kept(e),
        events: this.#events(e.op, e.decision, now),
        ...(e.attempt ? { trace: this.#trace(e.op, e.attempt, elements) } : {}),
      })),
      now,
    );
  }

  #mirrored(entries: readonly Entry[], now: Date): Statement[] {
    const { sink } = this.#o;
    return entries.flatMap(({ op, decision }) =>
      finalStatuses.includes(decision.status) ? sink.outcome(op, decision.status, decision.result, now) : [],
    );
  }

  async #reviewed(entry: Entry): Promise<Entry> {
    try {
      return (await this.#o.failover?.review(entry)) ?? entry;
    } catch (error) {
      // The outcome itself matters more; where it goes on can be decided at the next look.
      this.#o.log.warn('fail-over could not be decided', { operation: entry.op.id, error });
      return entry;
    }
  }

  #tell({ op, decision, attempt }: Entry, now: Date): void {
    if (!attempt) return;
    const traceId = traceIdOf(op.trace);
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
      ...(traceId ? { traceId } : {}),
    });
  }

  #statements({ op, decision, attempt }: Entry, now: Date): Statement[] {
    const isFinal = finalStatuses.includes(decision.status);
    const exchange = this.#kept({ op, decision });
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
      ...(decision.moveTo === undefined ? [] : [moveStatement(op, decision.moveTo)]),
      ...(events.length > 0 ? [eventsStatement(events)] : []),
      ...(isFinal ? this.#o.sink.outcome(op, decision.status, decision.result, now) : []),
    ];
  }

  /** Whoever is to be asked about, or was carried by an exchange to its end, keeps it; a fresh attempt gets a new one. */
  #kept({ op, decision }: Entry): string | null {
    const keeps =
      finalStatuses.includes(decision.status) || decision.status === 'uncertain' || decision.waitingFor === 'answer';
    return keeps ? op.exchange : null;
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
    const type =
      decision.moveTo !== undefined
        ? 'operation.moved'
        : finalStatuses.includes(decision.status)
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
        data: {
          kind: op.kind,
          status: decision.status,
          ...(decision.moveTo === undefined ? {} : { from: op.instance, to: decision.moveTo }),
          ...(decision.error ? { code: decision.error.code } : {}),
        },
        at: now,
      },
    ];
  }

  /** Returns false when the lease was taken over. */
  async #persist(statements: readonly Statement[], until: number, operation: string | undefined): Promise<boolean> {
    const { db, log } = this.#o;
    try {
      await this.#insist(() => db.transact(statements), until);
      return true;
    } catch (error) {
      if ((error as { expectation?: string }).expectation !== 'lease') throw error;
      if (operation !== undefined)
        log.warn('a result came after its lease was taken over; the later owner decides', { operation });
      return false;
    }
  }

  /** A result that is known must not be lost to a passing fault of the store: tried while the lease lasts. */
  async #insist<T>(write: () => Promise<T>, until: number): Promise<T> {
    for (let pause = 100; ; pause = Math.min(2_000, pause * 2)) {
      try {
        return await write();
      } catch (error) {
        if (!(error instanceof StoreInDoubt) || this.#o.clock.now() + pause >= until) throw error;
        // The lease number guards against a double write: if it did commit, the fence is gone and the repeat changes nothing.
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  #trace(op: Operation, { traffic }: AttemptRecord, elements: number): AttemptTrace {
    const digest = (part: string | undefined): string | null =>
      part === undefined ? null : createHash('sha256').update(part).digest('hex');
    const [first] = traffic;
    const most = shareOfCall(traffic, elements);
    return {
      requestDigest: digest(first?.request),
      responseDigest: digest(first?.response),
      sealed:
        traffic.length > 0
          ? this.#o.cipher.seal(
              JSON.stringify(
                traffic.slice(0, MAX_TRAFFIC).map((t) => ({
                  ...t,
                  request: t.request.slice(0, most),
                  ...(t.response === undefined ? {} : { response: t.response.slice(0, most) }),
                })),
              ),
              `traffic:${op.org}:${op.id}`,
            )
          : null,
    };
  }

  #attemptStatement(op: Operation, attempt: AttemptRecord, now: Date): Statement {
    const { requestDigest, responseDigest, sealed } = this.#trace(op, attempt, 1);
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
        requestDigest,
        responseDigest,
        sealed,
      ],
    };
  }
}

/** Signs that are kept of each request and answer of an attempt, when so many operations share the call. */
function shareOfCall({ length: requests }: readonly Traffic[], elements: number): number {
  return Math.floor(MAX_OF_CALL / Math.max(1, elements) / Math.max(1, 2 * Math.min(requests, MAX_TRAFFIC)));
}
