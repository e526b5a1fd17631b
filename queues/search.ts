import { entities } from '../canonical/registry.ts';
import { normalisePhone } from '../canonical/values/contact.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database, SqlValue } from '../storage/port.ts';
import { type Operation, operationOf } from '../storage/repositories/operation.ts';
import type { RecordRepository } from '../storage/repositories/records.ts';

export interface SearchOptions {
  db: Database;
  cipher: Cipher;
  records: RecordRepository;
  /** Instances of an organisation and what they carry. */
  carried(org: string): readonly { instance: string; kinds: readonly string[] }[];
}

/** Filters of a list of operations; absent = everything. */
export interface ListFilter {
  statuses?: readonly string[] | undefined;
  kind?: string | undefined;
  instance?: string | undefined;
  /** Left out; for what would bury the rest. */
  withoutKinds?: readonly string[] | undefined;
  waitingFor?: string | undefined;
  code?: string | undefined;
  since?: Date | undefined;
}

/** By what an operation was found. */
export type FoundBy = 'id' | 'reference' | 'subject' | 'phone' | 'account' | 'upstream';

export interface Found {
  op: Operation;
  by: FoundBy | null;
}

/** Operations that one way of searching takes into account. */
const PER_WAY = 200;

/**
 * Finds operations by whatever a person has in hand: id or the beginning of one, phone, account number, id at the
 * upstream, reference. Phones and account numbers are compared by blind index and stand nowhere in readable form.
 */
export class OperationSearch {
  readonly #o: SearchOptions;

  constructor(options: SearchOptions) {
    this.#o = options;
  }

  /** Newest first. */
  async find(org: string, text: string, filter: ListFilter, limit: number): Promise<Found[]> {
    const ways = await Promise.all([
      this.#byId(org, text),
      this.#byColumn(org, 'reference', text),
      this.#byColumn(org, 'subject', text),
      this.#byPhone(org, text),
      this.#byAccount(org, text),
      this.#byUpstream(org, text),
    ]);
    const found = new Map<string, FoundBy>();
    for (const { by, ids } of ways) for (const id of ids) if (!found.has(id)) found.set(id, by);
    if (found.size === 0) return [];
    const { where, params } = whereOf(filter, 3);
    const { rows } = await this.#o.db.query(
      `select * from operation where org = $1 and id = any($2::uuid[]) ${where} order by id desc limit ${Number(limit)}`,
      [org, [...found.keys()], ...params],
    );
    return rows.map((row) => ({ op: operationOf(row, this.#o.cipher), by: found.get(row.id as string) ?? null }));
  }

  /** Newest first; `before` is the id of the last one seen. */
  async list(org: string, filter: ListFilter, limit: number, before?: string): Promise<Operation[]> {
    const { db, cipher } = this.#o;
    const { where, params } = whereOf({ ...filter, kind: undefined, instance: undefined }, 4);
    const page = `${where} and ($2::uuid is null or id < $2) order by id desc limit $3`;
    const base: SqlValue[] = [org, before ?? null, limit];
    if (filter.kind === undefined && filter.instance === undefined) {
      const { rows } = await db.query(`select * from operation where org = $1 ${page}`, [...base, ...params]);
      return rows.map((row) => operationOf(row, cipher));
    }
    // One short walk down the index for each kind and instance that come into question, instead of a long one past all others.
    const pairs = this.#pairs(org, filter);
    const at = 4 + params.length;
    const { rows } = await db.query(
      `select o.* from unnest($${at}::text[], $${at + 1}::text[]) as p(kind, instance)
       cross join lateral (select * from operation where org = $1 and kind = p.kind and instance = p.instance ${page}) o
       order by o.id desc limit $3`,
      [...base, ...params, pairs.map((p) => p.kind), pairs.map((p) => p.instance)],
    );
    return rows.map((row) => operationOf(row, cipher));
  }

  #pairs(org: string, { kind, instance }: ListFilter): { kind: string; instance: string }[] {
    const known = this.#o.carried(org).filter((c) => instance === undefined || c.instance === instance);
    // An instance that has left the configuration may still have operations.
    if (instance !== undefined && kind !== undefined) return [{ kind, instance }];
    return known.flatMap((c) =>
      c.kinds.filter((k) => kind === undefined || k === kind).map((k) => ({ kind: k, instance: c.instance })),
    );
  }

  async #byId(org: string, text: string): Promise<Way> {
    const hex = text.toLowerCase().replace(/-/g, '');
    if (!/^[0-9a-f]{8,32}$/.test(hex)) return { by: 'id', ids: [] };
    const uuid = (fill: string): string =>
      hex.padEnd(32, fill).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    return this.#ids('id', 'id >= $2::uuid and id <= $3::uuid', [org, uuid('0'), uuid('f')]);
  }

  #byColumn(org: string, column: 'reference' | 'subject', text: string): Promise<Way> {
    return this.#ids(column, `${column} = $2`, [org, text]);
  }

  async #byPhone(org: string, text: string): Promise<Way> {
    const phone = normalisePhone(text);
    const message = entities.get('Message');
    if (!phone || !message) return { by: 'phone', ids: [] };
    return { by: 'phone', ids: await this.#o.records.newest(org, message, { to: phone }, PER_WAY) };
  }

  async #byAccount(org: string, text: string): Promise<Way> {
    const accounts = entities.get('PersonalAccount');
    if (!accounts || !/^[\p{L}\d/-]{3,20}$/u.test(text)) return { by: 'account', ids: [] };
    const found = await this.#o.records.newest(org, accounts, { number: text }, 10);
    if (found.length === 0) return { by: 'account', ids: [] };
    return this.#ids('account', 'subject = any($2::text[])', [org, found.map((id) => `account:${id}`)]);
  }

  async #byUpstream(org: string, text: string): Promise<Way> {
    if (text.length > 100) return { by: 'upstream', ids: [] };
    const carried = this.#o.carried(org);
    const instances = carried.map((c) => c.instance);
    const own = /^\d{1,15}$/.test(text) ? Number(text) : null;
    const { rows } = await this.#o.db.query<{ id: string }>(
      `(select operation as id from upstream_ref where instance = any($2::text[]) and ref = $3 and org = $1 limit ${PER_WAY})
       union (select operation from upstream_claim where instance = any($2::text[]) and upstream_id = $3 and org = $1 limit ${PER_WAY})
       union (select id from operation where $4::bigint is not null and instance = any($2::text[]) and kind = any($5::text[]) and own_id = $4 and org = $1 limit ${PER_WAY})`,
      [org, instances, text, own, [...new Set(carried.flatMap((c) => c.kinds))]],
    );
    return { by: 'upstream', ids: rows.map((r) => r.id) };
  }

  async #ids(by: FoundBy, condition: string, params: SqlValue[]): Promise<Way> {
    const { rows } = await this.#o.db.query<{ id: string }>(
      `select id from operation where org = $1 and ${condition} order by id desc limit ${PER_WAY}`,
      params,
    );
    return { by, ids: rows.map((r) => r.id) };
  }
}

interface Way {
  by: FoundBy;
  ids: readonly string[];
}

function whereOf(filter: ListFilter, first: number): { where: string; params: SqlValue[] } {
  const params: SqlValue[] = [];
  let where = '';
  const add = (sql: (at: string) => string, value: SqlValue | undefined): void => {
    if (value === undefined) return;
    params.push(value);
    where += ` and ${sql(`$${first + params.length - 1}`)}`;
  };
  const { statuses } = filter;
  if (statuses?.length === 1) add((at) => `status = ${at}`, statuses[0]);
  else if (statuses) add((at) => `status = any(${at}::text[])`, statuses);
  add((at) => `kind = ${at}`, filter.kind);
  add((at) => `instance = ${at}`, filter.instance);
  add((at) => `kind <> all(${at}::text[])`, filter.withoutKinds);
  add((at) => `waiting_for = ${at} and status not in ('succeeded', 'failed', 'cancelled')`, filter.waitingFor);
  add((at) => `error->>'code' = ${at}`, filter.code);
  add((at) => `accepted_at >= ${at}`, filter.since);
  return { where, params };
}
