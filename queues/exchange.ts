import type { OperationView, TicketView } from '../connectors/port.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database, Row, Statement } from '../storage/port.ts';
import { type Operation, operationOf } from '../storage/repositories/operation.ts';
import { NOT_HELD_BACK } from './lease.ts';

/** One upstream call that carries several operations or is answered later. */
export interface Exchange {
  org: string;
  id: string;
  instance: string;
  kind: string;
  ticket: string;
  polls: number;
  misses: number;
  leaseNo: number;
  createdAt: Date;
}

export interface NewExchange {
  org: string;
  id: string;
  instance: string;
  kind: string;
  batchKey: string;
  /** Exact bytes that go out. */
  request: string;
  elementKeys: ReadonlyMap<string, string>;
}

function requestContext(org: string, id: string): string {
  return `exchange:${org}:${id}`;
}

/** Stores the call and its elements, and ties the leased operations to it; all before the first byte goes out. */
export function openExchange(
  exchange: NewExchange,
  ops: readonly Operation[],
  cipher: Cipher,
  now: Date,
): readonly Statement[] {
  const { org, id } = exchange;
  return [
    {
      sql: `insert into exchange (org, id, instance, kind, batch_key, request, status, created_at) values ($1, $2, $3, $4, $5, $6, 'open', $7)`,
      params: [
        org,
        id,
        exchange.instance,
        exchange.kind,
        exchange.batchKey,
        cipher.seal(exchange.request, requestContext(org, id)),
        now,
      ],
    },
    {
      sql: 'insert into exchange_element (org, exchange, operation, element_key) select $1, $2, * from unnest($3::uuid[], $4::text[])',
      params: [org, id, ops.map((o) => o.id), ops.map((o) => exchange.elementKeys.get(o.id) ?? o.id)],
    },
    {
      sql: `update operation o set exchange = $2 from unnest($3::uuid[], $4::bigint[]) as u(id, lease_no)
            where o.org = $1 and o.id = u.id and o.lease_no = u.lease_no`,
      params: [org, id, ops.map((o) => o.id), ops.map((o) => o.leaseNo)],
      expect: { rows: ops.length, name: 'lease' },
    },
  ];
}

/** The state of a call after it was sent. */
export function sentStatement(
  exchange: { org: string; id: string },
  state: { status: 'polling'; ticket: string; nextPollAt: Date } | { status: 'done' | 'lost'; finishedAt: Date },
): Statement {
  return {
    sql: `update exchange set status = $3, ticket = $4, next_poll_at = $5, finished_at = $6 where org = $1 and id = $2 and status = 'open'`,
    params: [
      exchange.org,
      exchange.id,
      state.status,
      state.status === 'polling' ? state.ticket : null,
      state.status === 'polling' ? state.nextPollAt : null,
      state.status === 'polling' ? null : state.finishedAt,
    ],
    expect: { rows: 1, name: 'lease' },
  };
}

/** A call that was answered with a ticket and carries one operation only: stored together with the ticket. */
export function ticketStatements(
  exchange: NewExchange,
  op: Operation,
  ticket: { ticket: string; nextPollAt: Date },
  cipher: Cipher,
  now: Date,
): readonly Statement[] {
  const [insert, elements] = openExchange(exchange, [op], cipher, now);
  if (!insert || !elements) throw new Error('An exchange has a row and elements.');
  return [insert, elements, sentStatement(exchange, { status: 'polling', ...ticket })];
}

const LEASE_EXCHANGES = `
  with due as (
    select org, id from exchange where status = 'polling' and instance = $2 and next_poll_at <= $1 and (lease_until is null or lease_until <= $1)
    order by next_poll_at limit $3 for update skip locked
  )
  update exchange x set lease_no = x.lease_no + 1, leased_by = $4, lease_until = $5
  from due where x.org = due.org and x.id = due.id
  returning x.*`;

/** Takes exchanges of an instance whose answer is due to be asked for. */
export async function leaseExchanges(
  db: Database,
  request: { instance: string; limit: number; worker: string; now: Date; leaseMs: number },
): Promise<Exchange[]> {
  const { rows } = await db.query(LEASE_EXCHANGES, [
    request.now,
    request.instance,
    request.limit,
    request.worker,
    new Date(request.now.getTime() + request.leaseMs),
  ]);
  return rows.map((row) => ({
    org: row.org as string,
    id: row.id as string,
    instance: row.instance as string,
    kind: row.kind as string,
    ticket: row.ticket as string,
    polls: row.polls as number,
    misses: row.misses as number,
    leaseNo: Number(row.lease_no),
    createdAt: row.created_at as Date,
  }));
}

/** The elements that still wait for the answer, and the keys of all. */
export async function waitingElements(
  db: Database,
  cipher: Cipher,
  exchange: Exchange,
): Promise<{ ops: Operation[]; view: TicketView }> {
  const [operations, elements] = await db.transact([
    {
      sql: `select o.* from operation o where o.org = $1 and o.exchange = $2 and o.status = 'waiting' and o.waiting_for = 'answer' order by o.seq`,
      params: [exchange.org, exchange.id],
    },
    {
      sql: 'select operation, element_key from exchange_element where org = $1 and exchange = $2',
      params: [exchange.org, exchange.id],
    },
  ]);
  return {
    ops: (operations?.rows ?? []).map((row) => operationOf(row, cipher)),
    view: {
      id: exchange.id,
      ticket: exchange.ticket,
      polls: exchange.polls,
      elementKeys: new Map((elements?.rows ?? []).map((r) => [r.operation as string, r.element_key as string])),
    },
  };
}

/** The state of a call after it was asked about; fenced by the lease of the poll. */
export function polledStatement(
  exchange: Exchange,
  state: { next: Date; missed: boolean } | { status: 'done' | 'lost'; finishedAt: Date },
): Statement {
  const over = 'status' in state;
  return {
    sql: `update exchange set status = $4, next_poll_at = $5, finished_at = $6, polls = polls + 1, misses = $7, lease_no = lease_no + 1, leased_by = null, lease_until = null
          where org = $1 and id = $2 and lease_no = $3 and status = 'polling'`,
    params: [
      exchange.org,
      exchange.id,
      exchange.leaseNo,
      over ? state.status : 'polling',
      over ? null : state.next,
      over ? state.finishedAt : null,
      !over && state.missed ? exchange.misses + 1 : 0,
    ],
    expect: { rows: 1, name: 'lease' },
  };
}

/** What is known of the call that carried an operation's last attempt. */
export async function exchangeOf(
  db: Database,
  org: string,
  operation: string,
  exchange: string,
): Promise<ExchangeFacts | undefined> {
  const { rows } = await db.query(
    `select x.id, x.status, x.ticket, x.polls, x.next_poll_at, x.created_at, e.element_key,
            (select count(*) from exchange_element n where n.org = x.org and n.exchange = x.id) as elements
     from exchange x join exchange_element e on e.org = x.org and e.exchange = x.id
     where x.org = $1 and x.id = $2 and e.operation = $3`,
    [org, exchange, operation],
  );
  const [row] = rows;
  return row && factsOf(row);
}

/** The call that carried an operation's last attempt, as a connector sees it. */
export async function carrierOf(
  db: Database,
  org: string,
  operation: string,
  exchange: string,
): Promise<OperationView['exchange']> {
  const { rows } = await db.query(
    `select x.id, x.ticket, e.element_key from exchange x join exchange_element e on e.org = x.org and e.exchange = x.id
     where x.org = $1 and x.id = $2 and e.operation = $3`,
    [org, exchange, operation],
  );
  const [row] = rows;
  if (!row) return undefined;
  const ticket = row.ticket as string | null;
  return {
    id: row.id as string,
    elementKey: row.element_key as string,
    ...(ticket === null ? {} : { ticket }),
  };
}

/** The same for an operation whose ticket is being asked for: nothing has to be looked up. */
export function carriedBy({ id, ticket, elementKeys }: TicketView, operation: string): OperationView['exchange'] {
  const elementKey = elementKeys.get(operation);
  return elementKey === undefined ? undefined : { id, elementKey, ticket };
}

/** Writes what became of elements of a call; those that go on waiting are left alone. */
export function elementsStatement(
  { org, exchange }: { org: string; exchange: string },
  outcomes: readonly { operation: string; outcome: string }[],
): Statement {
  return {
    sql: `update exchange_element e set outcome = u.outcome from unnest($3::uuid[], $4::text[]) as u(operation, outcome)
          where e.org = $1 and e.exchange = $2 and e.operation = u.operation`,
    params: [org, exchange, outcomes.map((o) => o.operation), outcomes.map((o) => o.outcome)],
  };
}

export interface ExchangeFacts {
  id: string;
  status: 'open' | 'polling' | 'done' | 'lost';
  elementKey: string;
  elements: number;
  ticket: string | null;
  polls: number;
  nextPollAt: Date | null;
  createdAt: Date;
}

function factsOf(row: Row): ExchangeFacts {
  return {
    id: row.id as string,
    status: row.status as ExchangeFacts['status'],
    elementKey: row.element_key as string,
    elements: Number(row.elements),
    ticket: row.ticket as string | null,
    polls: row.polls as number,
    nextPollAt: row.next_poll_at as Date | null,
    createdAt: row.created_at as Date,
  };
}

const CANDIDATES = `
  select o.* from operation o
  where o.due_at <= $1 and o.instance = $2 and o.kind = $3 and o.payload_version <= $4 and (o.lease_until is null or o.lease_until <= $1)
    and (o.status in ('accepted', 'waiting', 'retrying') or (o.status = 'running' and not $5::boolean))
    and ${NOT_HELD_BACK}
  order by o.due_at, o.seq limit $6`;

/** Due operations of a kind that is sent by batches, not leased yet. */
export async function batchCandidates(
  db: Database,
  cipher: Cipher,
  request: { instance: string; kind: string; version: number; once: boolean; limit: number; now: Date },
): Promise<Operation[]> {
  const { rows } = await db.query(CANDIDATES, [
    request.now,
    request.instance,
    request.kind,
    request.version,
    request.once,
    request.limit,
  ]);
  return rows.map((row) => operationOf(row, cipher));
}
