import { canonicalJson } from '../canonical/canonical-json.ts';
import type { CommandDefinition } from '../canonical/command.ts';
import { deliveryCommands, isDelivery } from '../canonical/commands/deliver-webhook.ts';
import { HubError } from '../canonical/errors.ts';
import { splitPersonal } from '../canonical/personal.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import type { Clock } from '../connectors/port.ts';
import type { Cipher } from '../storage/cipher.ts';
import { GroupCommit } from '../storage/group-commit.ts';
import { IdReads } from '../storage/id-reads.ts';
import { type Database, type Result, type Row, type SqlValue, type Statement, StoreInDoubt } from '../storage/port.ts';
import { eventsStatement } from '../storage/repositories/events.ts';
import { type Operation, operationOf, personalContext } from '../storage/repositories/operation.ts';
import { type Admission, type AdmissionPlan, admissionPlan, type Candidate } from './admission.ts';
import { type Braked, Brakes } from './brakes.ts';
import { retakeContact } from './contacts.ts';
import type { Announced } from './dispatcher.ts';
import { type ExchangeFacts, exchangeOf } from './exchange.ts';
import { successors } from './successors.ts';

export interface AcceptRequest {
  org: string;
  client: string;
  command: CommandDefinition;
  instance: string;
  payload: Readonly<Record<string, unknown>>;
  /** What the idempotency key is compared against: the caller's body as it came. */
  body: unknown;
  idempotencyKey?: string;
  reference?: string;
  notBefore?: Date;
  /** Why it waits, when notBefore is set by the hub itself. */
  expiresAt?: Date;
  trace?: Readonly<Record<string, unknown>>;
  /** Id to use; made here otherwise. */
  id?: string;
  /** Written in the same transaction when, and only when, the operation is accepted. Must hold `$accepted` handling of its own: see {@link AcceptedRecord}. */
  record?: AcceptedRecord;
  /** What it must pass in the same transaction: opt-outs and frequency limits. */
  admission?: Admission;
}

/** A read-model record that comes to life together with its operation and carries the same id. */
export interface AcceptedRecord {
  entity: string;
  canonical: Readonly<Record<string, unknown>>;
  personal: Uint8Array | null;
  blind: Readonly<Record<string, unknown>> | null;
}

export interface Accepted {
  id: string;
  /** The same key came before: this is the first operation. */
  replayed: boolean;
}

// A generic plan takes a list of any length for ten rows, which is what this is for.
const READ =
  'select o.* from unnest($1::text[], $2::uuid[]) as u(org, id) join operation o on o.org = u.org and o.id = u.id';

interface Item {
  id: string;
  now: Date;
  request: AcceptRequest;
  hmac: Uint8Array | null;
}

export interface JournalOptions {
  db: Database;
  cipher: Cipher;
  clock: Clock;
  random(): number;
  /** Called after operations were committed that are due or will be, so that the dispatcher knows at once. */
  onAccepted(operations: readonly Announced[]): void;
  /** Told of each new operation that was committed, for the metrics. */
  onNew?(kind: string): void;
  /** Limits beyond which operations wait for a person. */
  brakes?: Brakes;
  /** Called after a group was committed of which some operations wait for approval. */
  onStopped?(operations: readonly string[]): void;
}

/** The durable list of operations. What it has accepted is never lost. */
export class Journal {
  readonly #options: JournalOptions;
  readonly #group: GroupCommit<Item, Accepted>;
  readonly #reads: IdReads;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#reads = new IdReads(async (orgs, ids) => (await options.db.query(READ, [orgs, ids], { prepare: true })).rows);
    this.#group = new GroupCommit({ maxItems: 500, maxWaiting: 20_000, flush: (items) => this.#flush(items) });
  }

  /**
   * Resolves when the operation is durable.
   * @throws HubError conflict/IDEMPOTENCY_CONFLICT for a used key with another body, rejected/RECIPIENT_OPTED_OUT,
   * conflict/CONTACT_LIMIT; StoreBusy, StoreFull, StoreInDoubt
   */
  accept(request: AcceptRequest): Promise<Accepted> {
    const { cipher, clock, random } = this.#options;
    const now = clock.now();
    const hmac = request.idempotencyKey === undefined ? null : cipher.hmac('idempotency', canonicalJson(request.body));
    return this.#group.add({ id: request.id ?? uuidv7(now, random), now: new Date(now), request, hmac });
  }

  /**
   * Accepts all of them or none, together with what `guard` writes or expects: for work that the hub makes of its own,
   * once. Such requests have no idempotency keys. Returns the ids, in order.
   * @throws ExpectationFailed of the guard; StoreFull, StoreInDoubt
   */
  async acceptTogether(requests: readonly AcceptRequest[], guard: readonly Statement[]): Promise<string[]> {
    const { db, clock, random, onAccepted } = this.#options;
    const now = clock.now();
    const items = requests.map(
      (request): Item => ({ id: request.id ?? uuidv7(now, random), now: new Date(now), request, hmac: null }),
    );
    await db.ensureRoom?.();
    await db.transact([...guard, ...(items.length > 0 ? this.#statements(items).statements : [])]);
    for (const { request } of items) this.#options.onNew?.(request.command.kind);
    onAccepted(items.map(({ id, request: { org, instance } }) => ({ org, id, instance, leaseNo: 0, dueAt: now })));
    return items.map((i) => i.id);
  }

  /** An id for an operation that is to be accepted now. */
  newId(): string {
    return uuidv7(this.#options.clock.now(), this.#options.random);
  }

  drain(): Promise<void> {
    return this.#group.drain();
  }

  async #flush(items: readonly Item[]): Promise<(Accepted | Error)[]> {
    const { db } = this.#options;
    await db.ensureRoom?.();
    const { statements, admission, admissionFrom, brakeFrom } = this.#statements(items);
    let keys: Map<string, { operation: string; hmac: Uint8Array }>;
    let results: Result[];
    try {
      results = await db.transact(statements);
      keys = keysOf(results.at(-1)?.rows ?? []);
    } catch (error) {
      if (!(error instanceof StoreInDoubt)) throw error;
      // Nobody may be told that it failed before the store was read back.
      const { rows } = await db.query<{ id: string }>('select id from operation where id = any($1::uuid[])', [
        items.map((i) => i.id),
      ]);
      const there = new Set(rows.map((r) => r.id));
      const known = await db.query(KEYS_SQL, keyParams(items));
      keys = keysOf(known.rows);
      return items.map((item) =>
        there.has(item.id) || (item.hmac && keys.has(keyOf(item))) ? this.#answer(item, keys) : error,
      );
    }
    const stopped = Brakes.stopped(results.slice(brakeFrom, -1));
    if (stopped.length > 0) this.#options.onStopped?.(stopped);
    const refused = await admission.refused(
      db,
      results.slice(admissionFrom, admissionFrom + admission.statements.length),
    );
    const answers = items.map((item) => refused.get(item.id) ?? this.#answer(item, keys));
    this.#options.onAccepted(
      items.flatMap((item, n) => {
        const answer = answers[n];
        if (!answer || answer instanceof Error || answer.replayed) return [];
        this.#options.onNew?.(item.request.command.kind);
        const { org, instance, notBefore } = item.request;
        const dueAt = Math.max(item.now.getTime(), notBefore?.getTime() ?? 0);
        return [{ org, id: item.id, instance, leaseNo: 0, dueAt }];
      }),
    );
    return answers;
  }

  #answer(item: Item, keys: Map<string, { operation: string; hmac: Uint8Array }>): Accepted | Error {
    if (!item.hmac) return { id: item.id, replayed: false };
    const entry = keys.get(keyOf(item));
    if (!entry || entry.operation === item.id) return { id: item.id, replayed: false };
    if (Buffer.compare(entry.hmac, item.hmac) === 0) return { id: entry.operation, replayed: true };
    return new HubError(
      'conflict',
      'IDEMPOTENCY_CONFLICT',
      `The idempotency key was used before with another body, by operation ${entry.operation}. Use a new key for a new request.`,
    );
  }

  /** Statements of a group; the places of those whose results are read later. */
  #statements(items: readonly Item[]): {
    statements: Statement[];
    admission: AdmissionPlan;
    admissionFrom: number;
    brakeFrom: number;
  } {
    const { cipher, clock } = this.#options;
    const now = new Date(clock.now());
    const admission = admissionPlan(items.flatMap(candidateOf), now);
    const keyed = items.filter((i) => i.hmac);
    const column = <T>(of: (item: Item) => T) => items.map(of);
    const personal = items.map(({ request }) => splitPersonal(request.command.schema, request.payload));
    const recorded = items.filter((i) => i.request.record);
    const latest = items.filter((i) => i.request.command.ordering === 'latestWins');
    const accepting: Statement[] = [
      {
        sql: `insert into idempotency (org, client, kind, key, body_hmac, operation, created_at)
              select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::uuid[], $7::timestamptz[]) on conflict do nothing`,
        prepare: true,
        params: [
          keyed.map((i) => i.request.org),
          keyed.map((i) => i.request.client),
          keyed.map((i) => i.request.command.kind),
          keyed.map((i) => i.request.idempotencyKey ?? ''),
          keyed.map((i) => i.hmac),
          keyed.map((i) => i.id),
          keyed.map((i) => i.now),
        ],
      },
      {
        sql: `insert into operation (org, id, kind, payload_version, client, instance, subject, ordering, payload, personal, reference, idempotency_key,
                status, waiting_for, due_at, not_before, expires_at, trace, accepted_at, updated_at)
              select u.org, u.id, u.kind, u.version, u.client, u.instance, u.subject, u.ordering, u.payload, u.personal, u.reference, u.key,
                case when u.not_before > u.now then 'waiting' else 'accepted' end, case when u.not_before > u.now then 'time' end,
                greatest(u.now, coalesce(u.not_before, u.now)), u.not_before, u.expires_at, u.trace, u.now, u.now
              from unnest($1::text[], $2::uuid[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[], $9::jsonb[], $10::bytea[], $11::text[], $12::text[], $13::timestamptz[], $14::timestamptz[], $15::jsonb[], $16::timestamptz[])
                with ordinality as u(org, id, kind, version, client, instance, subject, ordering, payload, personal, reference, key, not_before, expires_at, trace, now, n)
              where u.key is null or exists (select 1 from idempotency i where i.org = u.org and i.client = u.client and i.kind = u.kind and i.key = u.key and i.operation = u.id)
              order by u.n`,
        prepare: true,
        params: [
          column((i) => i.request.org),
          column((i) => i.id),
          column((i) => i.request.command.kind),
          column((i) => i.request.command.payloadVersion),
          column((i) => i.request.client),
          column((i) => i.request.instance),
          column((i) => i.request.command.subject(i.request.payload)),
          column((i) => i.request.command.ordering),
          personal.map((p) => JSON.stringify(p.open)),
          items.map((i, n) =>
            personal[n]?.personal
              ? cipher.seal(JSON.stringify(personal[n].personal), personalContext(i.request.org, i.id))
              : null,
          ),
          column((i) => i.request.reference ?? null),
          column((i) => i.request.idempotencyKey ?? null),
          column((i) => i.request.notBefore ?? null),
          column((i) => i.request.expiresAt ?? null),
          column((i) => (i.request.trace ? JSON.stringify(i.request.trace) : null)),
          column((i) => i.now),
        ],
      },
    ];
    const following: Statement[] = [
      ...(recorded.length > 0
        ? [
            {
              sql: `insert into record (org, entity, id, canonical, personal, blind, changed_at, pulled_at, written_at)
                    select u.org, u.entity, u.id, u.canonical, u.personal, u.blind, u.now, u.now, u.now
                    from unnest($1::text[], $2::text[], $3::uuid[], $4::jsonb[], $5::bytea[], $6::jsonb[], $7::timestamptz[]) as u(org, entity, id, canonical, personal, blind, now)
                    where exists (select 1 from operation o where o.org = u.org and o.id = u.id)`,
              prepare: true,
              params: [
                recorded.map((i) => i.request.org),
                recorded.map((i) => i.request.record?.entity ?? ''),
                recorded.map((i) => i.id),
                recorded.map((i) => JSON.stringify(i.request.record?.canonical)),
                recorded.map((i) => i.request.record?.personal ?? null),
                recorded.map((i) => (i.request.record?.blind ? JSON.stringify(i.request.record.blind) : null)),
                recorded.map((i) => i.now),
              ],
            } satisfies Statement,
          ]
        : []),
      ...latest.map(
        ({ id, now, request }): Statement => ({
          sql: `with gone as (
                  update operation set status = 'cancelled', holds = false, due_at = null, finished_at = $4, updated_at = $4,
                    error = '{"kind":"rejected","code":"SUPERSEDED","message":"A newer request about the same subject took its place.","retryable":false}'::jsonb
                  where org = $1 and kind = $2 and subject = $3 and id <> $5 and status in ('accepted', 'waiting', 'retrying') and attempts = 0
                    and seq < (select seq from operation where org = $1 and id = $5)
                  returning org, id, kind
                )
                insert into event (org, id, type, operation, data, at)
                select org, gen_random_uuid(), 'operation.cancelled', id, jsonb_build_object('kind', kind, 'status', 'cancelled', 'code', 'SUPERSEDED'), $4 from gone`,
          params: [request.org, request.command.kind, request.command.subject(request.payload), now, id],
        }),
      ),
    ];
    const brakes = this.#options.brakes?.statements(items.map(brakedOf), now) ?? [];
    return {
      statements: [
        ...accepting,
        ...admission.statements,
        ...following,
        ...brakes,
        { sql: KEYS_SQL, prepare: true, params: keyParams(items) },
      ],
      admission,
      admissionFrom: accepting.length,
      brakeFrom: accepting.length + admission.statements.length + following.length,
    };
  }

  /** One operation of an organisation. @throws HubError not-found/OPERATION_NOT_FOUND */
  async get(org: string, id: string): Promise<Operation> {
    const { cipher } = this.#options;
    const row = await this.#reads.get(org, id);
    if (!row) throw new HubError('not-found', 'OPERATION_NOT_FOUND', 'There is no such operation.');
    return operationOf(row, cipher);
  }

  /** The operation that caused this one, and those that flows made because of it, oldest first; at most 50. */
  async related(op: Operation): Promise<Operation[]> {
    const { db, cipher } = this.#options;
    const parent = typeof op.trace?.flow === 'string' && typeof op.trace.parent === 'string' ? op.trace.parent : null;
    const { rows } = await db.query(
      `select * from (select * from operation where org = $1 and id = $3::uuid
         union all select * from operation where org = $1 and trace->>'flow' is not null and trace->>'parent' = $2) r
       order by r.id limit 50`,
      [op.org, op.id, parent],
    );
    return rows.map((row) => operationOf(row, cipher));
  }

  /** Newest first; `before` is the id of the last one seen. */
  async list(org: string, filter: OperationFilter, limit: number, before?: string): Promise<Operation[]> {
    const { db, cipher } = this.#options;
    const conditions = ['org = $1'];
    const params: (string | number | Date)[] = [org];
    const add = (sql: string, value: string | number | Date | undefined): void => {
      if (value === undefined) return;
      params.push(value);
      conditions.push(sql.replace('?', `$${params.length}`));
    };
    add('status = ?', filter.status);
    add('kind = ?', filter.kind);
    add('instance = ?', filter.instance);
    add('subject = ?', filter.subject);
    add('client = ?', filter.client);
    add('reference = ?', filter.reference);
    add(`waiting_for = ? and status not in ('succeeded', 'failed', 'cancelled')`, filter.waitingFor);
    add('accepted_at >= ?', filter.since);
    add('id < ?', before);
    params.push(limit);
    const { rows } = await db.query(
      `select * from operation where ${conditions.join(' and ')} order by id desc limit $${params.length}`,
      params,
    );
    return rows.map((row) => operationOf(row, cipher));
  }

  /** Ids of operations that wait for approval, oldest first. */
  async waitingForApproval(org: string, filter: ApprovalFilter, limit: number): Promise<string[]> {
    const { rows } = await this.#options.db.query<{ id: string }>(
      `select id ${WAITING_FOR_APPROVAL} order by id limit $5`,
      [org, ...approvalParams(filter), limit],
    );
    return rows.map((r) => r.id);
  }

  async countWaitingForApproval(org: string, filter: ApprovalFilter = {}): Promise<number> {
    const { rows } = await this.#options.db.query<{ n: number }>(`select count(*) as n ${WAITING_FOR_APPROVAL}`, [
      org,
      ...approvalParams(filter),
    ]);
    return Number(rows[0]?.n ?? 0);
  }

  async attempts(org: string, id: string): Promise<Attempt[]> {
    const { rows } = await this.#options.db.query(
      'select no, action, instance, started_at, ended_at, outcome, code, upstream_code, message, request_digest, response_digest from attempt where org = $1 and operation = $2 order by no',
      [org, id],
    );
    return rows.map(attemptOf);
  }

  /** The upstream call that carried an operation together with others, or whose answer is still to come. */
  async exchange(op: Operation): Promise<ExchangeFacts | undefined> {
    return op.exchange ? exchangeOf(this.#options.db, op.org, op.id, op.exchange) : undefined;
  }

  /** Gives up an operation that cannot have acted. @throws HubError conflict/OPERATION_NOT_CANCELLABLE */
  async cancel(org: string, id: string, sink: (op: Operation) => Statement[]): Promise<Operation> {
    const op = await this.get(org, id);
    const now = new Date(this.#options.clock.now());
    const done = await this.#change(op, now, 'cancelled', sink, {
      sql: `update operation set status = 'cancelled', waiting_for = null, holds = false, due_at = null, finished_at = $3, updated_at = $3, lease_no = lease_no + 1
            where org = $1 and id = $2 and status in ('accepted', 'waiting', 'retrying', 'dead') and coalesce(waiting_for, '') <> 'answer' and uncertain_since is null and (lease_until is null or lease_until <= $3)`,
      params: [org, id, now],
    });
    if (!done)
      throw new HubError(
        'conflict',
        'OPERATION_NOT_CANCELLABLE',
        `An operation that is ${op.status} can't be cancelled: it is over, under way, or may have acted already.`,
      );
    return this.get(org, id);
  }

  /**
   * A person wants another try; what may have acted is reconciled first.
   *
   * @param also written in the same transaction; what they expect is the caller's affair
   * @throws HubError conflict/OPERATION_NOT_RETRYABLE
   */
  async retry(org: string, id: string, also: readonly Statement[] = []): Promise<Operation> {
    const op = await this.get(org, id);
    const now = new Date(this.#options.clock.now());
    const done = await this.#change(op, now, 'changed', () => [retakeContact(org, id), ...also], {
      sql: `${TRY_AGAIN} where org = $1 and id = $2 and ${MAY_BE_TRIED}`,
      params: [org, id, now],
    });
    if (!done)
      throw new HubError(
        'conflict',
        'OPERATION_NOT_RETRYABLE',
        op.waitingFor === 'answer'
          ? 'The other system has taken the operation and has not answered yet; it is asked by itself.'
          : op.waitingFor === 'approval'
            ? 'The operation waits for approval: hub ops approve, or reject.'
            : `An operation that is ${op.status} can't be tried again.`,
      );
    return this.#due(org, id);
  }

  /**
   * The same for many at once, in one transaction, as far as their state allows it; the others are left as they are.
   *
   * @param before statements that come first in the transaction; what they expect is the caller's affair
   * @param mark a changing statement that reads the table `acted(id)`, given the number of its first parameter
   * @returns ids of those that are tried again
   */
  async retryMany(
    org: string,
    ids: readonly string[],
    before: readonly Statement[],
    mark: (first: number) => { sql: string; params: readonly SqlValue[] },
  ): Promise<string[]> {
    const { db, clock, random, onAccepted } = this.#options;
    const now = new Date(clock.now());
    const events = ids.map(() => uuidv7(now.getTime(), random));
    const { sql, params } = mark(6);
    const results = await db.transact([
      ...before,
      {
        sql: `with acted as (${TRY_AGAIN} where org = $1 and id = any($2::uuid[]) and ${MAY_BE_TRIED} returning id, kind, instance, lease_no),
            contacts as (update contact c set released_at = null from acted where c.org = $1 and c.operation = acted.id and c.released_at is not null),
            told as (insert into event (org, id, type, operation, data, at)
              select $1, e.event, 'operation.changed', acted.id, jsonb_build_object('kind', acted.kind, 'by', 'operator'), $3
              from acted join unnest($2::uuid[], $4::uuid[]) as e(id, event) on e.id = acted.id where acted.kind <> all($5::text[])),
            marked as (${sql})
          select id, instance, lease_no from acted`,
        params: [org, ids, now, events, deliveryKinds, ...params],
      },
    ]);
    const acted = results.at(-1)?.rows ?? [];
    onAccepted(
      acted.map((r) => ({
        org,
        id: r.id as string,
        instance: r.instance as string,
        leaseNo: Number(r.lease_no),
        dueAt: now.getTime(),
      })),
    );
    return acted.map((r) => r.id as string);
  }

  /**
   * A person knows what became of an uncertain operation.
   *
   * @param also written in the same transaction; what they expect is the caller's affair
   * @throws HubError conflict/OPERATION_NOT_UNCERTAIN
   */
  async resolve(
    org: string,
    id: string,
    answer: 'happened' | 'absent',
    sink: (op: Operation) => Statement[],
    also: readonly Statement[] = [],
  ): Promise<Operation> {
    const op = await this.get(org, id);
    const now = new Date(this.#options.clock.now());
    const happened = answer === 'happened';
    const more = (o: Operation): Statement[] => [...(happened ? sink(o) : []), ...also];
    const done = await this.#change(op, now, happened ? 'succeeded' : 'changed', more, {
      sql: happened
        ? `update operation set status = 'succeeded', waiting_for = null, holds = false, due_at = null, finished_at = $3, updated_at = $3, result = '{"settledBy":"operator"}'::jsonb, error = null, lease_no = lease_no + 1
           where org = $1 and id = $2 and status = 'uncertain' and (lease_until is null or lease_until <= $3)`
        : `update operation set status = 'retrying', waiting_for = null, due_at = $3, updated_at = $3, uncertain_since = null, asks = 0, exchange = null, lease_no = lease_no + 1
           where org = $1 and id = $2 and status = 'uncertain' and (lease_until is null or lease_until <= $3)`,
      params: [org, id, now],
    });
    if (!done)
      throw new HubError(
        'conflict',
        'OPERATION_NOT_UNCERTAIN',
        `Only an uncertain operation can be settled by a person; this one is ${op.status}.`,
      );
    return this.#due(org, id);
  }

  /**
   * Lets the successors of a dead operation pass; nothing more is to be done about it.
   *
   * @param also written in the same transaction; what they expect is the caller's affair
   * @throws HubError conflict/OPERATION_NOT_DEAD
   */
  async skip(org: string, id: string, also: readonly Statement[] = []): Promise<Operation> {
    const op = await this.get(org, id);
    try {
      await this.#options.db.transact([
        {
          sql: `update operation set holds = false, noted_at = $3 where org = $1 and id = $2 and status = 'dead'`,
          params: [org, id, new Date(this.#options.clock.now())],
          expect: { rows: 1, name: 'state' },
        },
        ...also,
      ]);
    } catch (error) {
      if ((error as { expectation?: string }).expectation !== 'state') throw error;
      throw new HubError(
        'conflict',
        'OPERATION_NOT_DEAD',
        `Only a dead operation can be skipped; this one is ${op.status}.`,
      );
    }
    this.#options.onAccepted(await successors(this.#options.db, [op]));
    return op;
  }

  /**
   * A person knows that it failed or died and has done what was to be done: it stays as it is, holds nothing back and is
   * nobody's task any more. @throws HubError conflict/OPERATION_NOT_FAILED
   */
  async note(org: string, id: string, also: readonly Statement[] = []): Promise<Operation> {
    const op = await this.get(org, id);
    const now = new Date(this.#options.clock.now());
    const done = await this.#change(op, now, 'changed', () => [...also], {
      sql: `update operation set noted_at = $3, holds = false where org = $1 and id = $2 and status in ('dead', 'failed') and noted_at is null`,
      params: [org, id, now],
    });
    if (!done)
      throw new HubError(
        'conflict',
        'OPERATION_NOT_FAILED',
        `Only an operation that failed or died, and that nobody has dealt with, can be noted; this one is ${op.status}.`,
      );
    this.#options.onAccepted(await successors(this.#options.db, [op]));
    return op;
  }

  /** The operation as a person has left it; the dispatcher hears of it when it is due. */
  async #due(org: string, id: string): Promise<Operation> {
    const op = await this.get(org, id);
    const { instance, leaseNo, dueAt } = op;
    if (dueAt) this.#options.onAccepted([{ org, id, instance, leaseNo, dueAt: dueAt.getTime() }]);
    return op;
  }

  /** Writes what a person has decided, with an event; whoever waits for the end of an operation hears of this one too. */
  async #change(
    op: Operation,
    now: Date,
    what: 'changed' | 'succeeded' | 'cancelled',
    sink: (op: Operation) => Statement[],
    statement: Statement,
  ): Promise<boolean> {
    const { db, random } = this.#options;
    const event = eventsStatement([
      {
        org: op.org,
        id: uuidv7(now.getTime(), random),
        type: `operation.${what}`,
        operation: op.id,
        data: { kind: op.kind, by: 'operator', ...(what === 'changed' ? {} : { status: what }) },
        at: now,
      },
    ]);
    try {
      await db.transact([
        { ...statement, expect: { rows: 1, name: 'state' } },
        ...sink(op),
        ...(isDelivery(op.kind) ? [] : [event]),
      ]);
      return true;
    } catch (error) {
      if ((error as { expectation?: string }).expectation === 'state') return false;
      throw error;
    }
  }
}

/** Another try that a person wants, at $3: what may have acted is asked about first. */
const TRY_AGAIN = `update operation set status = case when attempts > 0 then 'uncertain' else 'retrying' end, waiting_for = null, holds = true, due_at = $3, finished_at = null, noted_at = null, updated_at = $3, asks = 0, lease_no = lease_no + 1,
  uncertain_since = case when attempts > 0 then coalesce(uncertain_since, updated_at) end`;
const MAY_BE_TRIED = `status in ('dead', 'failed', 'retrying', 'waiting', 'uncertain') and coalesce(waiting_for, '') not in ('answer', 'approval') and (lease_until is null or lease_until <= $3)`;
const deliveryKinds = [...deliveryCommands.keys()];

export interface OperationFilter {
  status?: string;
  kind?: string;
  instance?: string;
  subject?: string;
  /** Key that submitted them. */
  client?: string;
  reference?: string;
  waitingFor?: string;
  since?: Date;
}

export interface ApprovalFilter {
  kind?: string | undefined;
  instance?: string | undefined;
  client?: string | undefined;
}

const WAITING_FOR_APPROVAL = `from operation where org = $1 and waiting_for = 'approval' and status = 'waiting'
  and ($2::text is null or kind = $2) and ($3::text is null or instance = $3) and ($4::text is null or client = $4)`;

function approvalParams({ kind, instance, client }: ApprovalFilter): (string | null)[] {
  return [kind ?? null, instance ?? null, client ?? null];
}

export interface Attempt {
  no: number;
  action: string;
  instance: string;
  startedAt: Date;
  endedAt: Date | null;
  outcome: string | null;
  code: string | null;
  upstreamCode: string | null;
  message: string | null;
}

/** An attempt from its row. */
export function attemptOf(r: Row): Attempt {
  return {
    no: r.no as number,
    action: r.action as string,
    instance: r.instance as string,
    startedAt: r.started_at as Date,
    endedAt: r.ended_at as Date | null,
    outcome: r.outcome as string | null,
    code: r.code as string | null,
    upstreamCode: r.upstream_code as string | null,
    message: r.message as string | null,
  };
}

function candidateOf({ id, request }: Item): Candidate[] {
  const { org, client, command, idempotencyKey, admission } = request;
  return admission ? [{ org, client, kind: command.kind, id, idempotencyKey, admission }] : [];
}

function brakedOf({ id, request: { org, command, payload } }: Item): Braked {
  return { org, kind: command.kind, id, kop: command.amountKop?.(payload) ?? 0n };
}

const KEYS_SQL = `select i.org, i.client, i.kind, i.key, i.body_hmac, i.operation from idempotency i
  join unnest($1::text[], $2::text[], $3::text[], $4::text[]) as u(org, client, kind, key) on i.org = u.org and i.client = u.client and i.kind = u.kind and i.key = u.key`;

function keyParams(items: readonly Item[]): string[][] {
  const keyed = items.filter((i) => i.hmac);
  return [
    keyed.map((i) => i.request.org),
    keyed.map((i) => i.request.client),
    keyed.map((i) => i.request.command.kind),
    keyed.map((i) => i.request.idempotencyKey ?? ''),
  ];
}

function keyOf(item: Item): string {
  const { org, client, command, idempotencyKey } = item.request;
  return JSON.stringify([org, client, command.kind, idempotencyKey]);
}

function keysOf(rows: readonly Record<string, unknown>[]): Map<string, { operation: string; hmac: Uint8Array }> {
  return new Map(
    rows.map((r) => [
      JSON.stringify([r.org, r.client, r.kind, r.key]),
      { operation: r.operation as string, hmac: r.body_hmac as Uint8Array },
    ]),
  );
}
