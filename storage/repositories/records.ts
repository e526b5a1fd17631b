import type { EntityDefinition, EntityFilter } from '../../canonical/entity.ts';
import { HubError } from '../../canonical/errors.ts';
import { joinPersonal, splitPersonal } from '../../canonical/personal.ts';
import type { Cipher } from '../cipher.ts';
import { filterExpression, partitionOf, WITHOUT_WORDS } from '../entities.ts';
import type { Database, Row, SqlValue, Statement } from '../port.ts';
import { Generations } from './generations.ts';
import { RecordReads, shownColumns } from './record-reads.ts';

/** A record of the read model with what is known about it. */
export interface StoredRecord {
  id: string;
  canonical: Record<string, unknown>;
  revision: number;
  instance: string;
  nativeKey: string;
  changedAt: Date;
  /** When the upstream last confirmed it. */
  asOf: Date;
  deletedAt: Date | null;
}

export interface NewRecord {
  id: string;
  nativeKey: string;
  version: string | null;
  nativeHash: string | null;
  canonical: Readonly<Record<string, unknown>>;
  native: Readonly<Record<string, unknown>>;
}

export interface ListQuery {
  filters: Readonly<Record<string, string>>;
  limit: number;
  /** Id of the last record seen. */
  after?: string;
  /** Only records of these accounts (resident keys). */
  accounts?: readonly string[];
}

/** Words of one record; a name is a few. */
const MAX_WORDS = 60;

export function recordContext(org: string, entity: string, id: string): string {
  return `record:${org}:${entity}:${id}`;
}

/** Columns of {@link RecordRepository.newRows}. */
export const newRowColumns = [
  'org',
  'entity',
  'id',
  'instance',
  'native_key',
  'version',
  'native_hash',
  'mapping_hash',
  'canonical',
  'personal',
  'blind',
  'native',
  'native_enc',
  'changed_at',
  'pulled_at',
] as const;

/** The read model. Every call names the organisation. */
export class RecordRepository {
  readonly #db: Database;
  readonly #cipher: Cipher;
  readonly #reads: RecordReads;
  /** Names repeat: most digests were needed a moment ago. */
  readonly #digests = new Generations<string>(20_000);

  constructor(db: Database, cipher: Cipher) {
    this.#db = db;
    this.#cipher = cipher;
    this.#reads = new RecordReads(db);
  }

  /** Encrypted and searchable parts of a canonical object, ready to be stored. */
  seal(
    org: string,
    definition: EntityDefinition,
    id: string,
    canonical: Readonly<Record<string, unknown>>,
  ): { open: Record<string, unknown>; personal: Uint8Array | null; blind: Record<string, unknown> | null } {
    const { open, personal } = splitPersonal(definition.schema, canonical);
    const blind: Record<string, unknown> = {};
    for (const filter of Object.values(definition.filters)) {
      if (!filter.blind) continue;
      const value = canonical[filter.path];
      if (typeof value === 'string') blind[filter.path] = this.#blind(definition, filter, value);
      else if (Array.isArray(value)) blind[filter.path] = value.map((v) => this.#blind(definition, filter, String(v)));
    }
    const words = this.wordDigests(definition, canonical);
    if (words) blind.words = words;
    return {
      open,
      personal: personal ? this.#cipher.seal(JSON.stringify(personal), recordContext(org, definition.name, id)) : null,
      blind: Object.keys(blind).length > 0 ? blind : null,
    };
  }

  /** Digests of the words that a record is found by; undefined for an entity that isn't. */
  wordDigests(definition: EntityDefinition, canonical: Readonly<Record<string, unknown>>): string[] | undefined {
    if (!definition.words) return undefined;
    return [...new Set(definition.words(canonical))].slice(0, MAX_WORDS).map((w) => this.#wordDigest(definition, w));
  }

  #wordDigest(definition: EntityDefinition, word: string): string {
    const key = `${definition.name}\0${word}`;
    const known = this.#digests.get(key);
    if (known !== undefined) return known;
    const digest = this.#cipher.blind(`${definition.name}.words`, word);
    this.#digests.set(key, digest);
    return digest;
  }

  #blind(definition: EntityDefinition, filter: EntityFilter, value: string): string {
    return this.#cipher.blind(`${definition.name}.${filter.path}`, value);
  }

  /**
   * Statement that brings a page of pulled records in: new ones are inserted, changed ones updated, equal ones cost a
   * comparison. What was written by the hub itself after `runStarted` is left alone. Returns the ids that were new or changed.
   */
  upsertStatement(
    org: string,
    definition: EntityDefinition,
    instance: string,
    mappingHash: string,
    records: readonly NewRecord[],
    runStarted: Date,
    now: Date,
  ): Statement {
    const hidden = records.map((r) => this.seal(org, definition, r.id, r.canonical));
    const secret = hidden.some((h) => h.personal !== null);
    return {
      sql: `insert into record as r (org, entity, id, instance, native_key, version, native_hash, mapping_hash, canonical, personal, blind, native, native_enc, changed_at, pulled_at)
            select $1, $2, u.id, $3, u.native_key, u.version, u.native_hash, $4, u.canonical, u.personal, u.blind, u.native, u.native_enc, $5, $5
            from unnest($6::uuid[], $7::text[], $8::text[], $9::text[], $10::jsonb[], $11::bytea[], $12::jsonb[], $13::jsonb[], $14::bytea[]) as u(id, native_key, version, native_hash, canonical, personal, blind, native, native_enc)
            on conflict (org, entity, id) do update set instance = excluded.instance, native_key = excluded.native_key, version = excluded.version, native_hash = excluded.native_hash, mapping_hash = excluded.mapping_hash,
              canonical = excluded.canonical, personal = excluded.personal, blind = excluded.blind, native = excluded.native, native_enc = excluded.native_enc, revision = r.revision + 1, missed = 0, deleted_at = null, changed_at = excluded.changed_at, pulled_at = excluded.pulled_at
            where (r.written_at is null or r.written_at < $15)
              and (r.version is distinct from excluded.version or r.native_hash is distinct from excluded.native_hash or r.mapping_hash is distinct from excluded.mapping_hash or r.deleted_at is not null)
            returning r.id`,
      params: [
        org,
        definition.name,
        instance,
        mappingHash,
        now,
        records.map((r) => r.id),
        records.map((r) => r.nativeKey),
        records.map((r) => r.version),
        records.map((r) => r.nativeHash),
        hidden.map((h) => JSON.stringify(h.open)),
        hidden.map((h) => h.personal),
        hidden.map((h) => (h.blind ? JSON.stringify(h.blind) : null)),
        records.map((r) => (secret ? null : JSON.stringify(r.native))),
        records.map((r) =>
          secret ? this.#cipher.seal(JSON.stringify(r.native), recordContext(org, definition.name, r.id)) : null,
        ),
        runStarted,
      ],
    };
  }

  /**
   * The same records as rows for COPY, half the work for the store: for a first load, where none of them is there. One
   * that is there after all fails all of them with SQLSTATE 23505, and nothing is written.
   */
  newRows(
    org: string,
    definition: EntityDefinition,
    instance: string,
    mappingHash: string,
    records: readonly NewRecord[],
    now: Date,
  ): SqlValue[][] {
    const hidden = records.map((r) => this.seal(org, definition, r.id, r.canonical));
    const secret = hidden.some((h) => h.personal !== null);
    return records.map((r, i) => {
      const { open, personal, blind } = hidden[i] as (typeof hidden)[number];
      const native = JSON.stringify(r.native);
      return [
        org,
        definition.name,
        r.id,
        instance,
        r.nativeKey,
        r.version,
        r.nativeHash,
        mappingHash,
        open,
        personal,
        blind,
        secret ? null : native,
        secret ? this.#cipher.seal(native, recordContext(org, definition.name, r.id)) : null,
        now,
        now,
      ];
    });
  }

  /**
   * Statement that replaces the canonical form of stored records after their mapping was changed; version and freshness
   * stay what they are. Returns the ids.
   */
  remapStatement(
    org: string,
    definition: EntityDefinition,
    mappingHash: string,
    records: readonly { id: string; canonical: Readonly<Record<string, unknown>> }[],
    now: Date,
  ): Statement {
    const hidden = records.map((r) => this.seal(org, definition, r.id, r.canonical));
    return {
      sql: `update record r set canonical = u.canonical, personal = u.personal, blind = u.blind, mapping_hash = $3, revision = r.revision + 1, changed_at = $4
            from unnest($5::uuid[], $6::jsonb[], $7::bytea[], $8::jsonb[]) as u(id, canonical, personal, blind)
            where r.org = $1 and r.entity = $2 and r.id = u.id returning r.id`,
      params: [
        org,
        definition.name,
        mappingHash,
        now,
        records.map((r) => r.id),
        hidden.map((h) => JSON.stringify(h.open)),
        hidden.map((h) => h.personal),
        hidden.map((h) => (h.blind ? JSON.stringify(h.blind) : null)),
      ],
    };
  }

  /** One record; a tombstone too. Undefined when there is none, or not for these accounts. */
  async get(
    org: string,
    definition: EntityDefinition,
    id: string,
    accounts?: readonly string[],
  ): Promise<StoredRecord | undefined> {
    if (!accounts) {
      const row = await this.#reads.get(org, definition.name, id);
      return row && this.#recordOf(org, definition, row);
    }
    const limited = this.#accountCondition(definition, accounts, 4);
    const { rows } = await this.#db.query(
      `select ${shownColumns} from record where org = $1 and entity = $2 and id = $3 ${limited.sql}`,
      [org, definition.name, id, ...limited.params],
    );
    const [row] = rows;
    return row ? this.#recordOf(org, definition, row) : undefined;
  }

  /** A page in the order of ids. @throws HubError rejected/UNKNOWN_FILTER */
  async list(org: string, definition: EntityDefinition, query: ListQuery): Promise<StoredRecord[]> {
    const { sql, params } = this.#where(org, definition, query);
    params.push(query.limit);
    const { rows } = await this.#db.query(
      `select ${shownColumns} from record where ${sql} order by id limit $${params.length}`,
      params,
    );
    return rows.map((row) => this.#recordOf(org, definition, row));
  }

  // The next ones name the partition: to plan for all of them takes the store longer than to read one.

  /** Records of these ids that are there, in any order. */
  async byIds(org: string, definition: EntityDefinition, ids: readonly string[]): Promise<StoredRecord[]> {
    if (ids.length === 0) return [];
    const { rows } = await this.#db.query(
      `select ${shownColumns} from ${partitionOf(definition.name)} where org = $1 and entity = $2 and id = any($3::uuid[]) and deleted_at is null`,
      [org, definition.name, ids],
    );
    return rows.map((row) => this.#recordOf(org, definition, row));
  }

  /**
   * Records that refer to one of these by a field, the newest id first.
   * @param filter name of a filter of the entity, so that there is an index
   * @param since leaves out what is smaller, compared as text: a date, a month
   */
  async referring(
    org: string,
    definition: EntityDefinition,
    filter: string,
    values: readonly string[],
    limit: number,
    since?: { path: string; value: string },
  ): Promise<StoredRecord[]> {
    if (values.length === 0) return [];
    const path = definition.filters[filter]?.path;
    if (path === undefined) throw new HubError('rejected', 'UNKNOWN_FILTER', `There is no filter '${filter}'.`);
    const { rows } = await this.#db.query(
      `select ${shownColumns} from ${partitionOf(definition.name)} where org = $1 and entity = $2 and ${filterExpression(path)} = any($3::text[]) and deleted_at is null ${since ? `and ${filterExpression(since.path)} >= $5` : ''} order by id desc limit $4`,
      [org, definition.name, values, limit, ...(since ? [since.value] : [])],
    );
    return rows.map((row) => this.#recordOf(org, definition, row));
  }

  /**
   * Records with one of these values in a field that a filter or, for a personal one, the words of the entity find. Digests of words may be
   * of other fields too: the caller compares.
   */
  async havingOneOf(
    org: string,
    definition: EntityDefinition,
    field: string,
    values: readonly string[],
  ): Promise<StoredRecord[]> {
    if (values.length === 0) return [];
    const filter = Object.values(definition.filters).find((f) => f.path === field && f.match === 'exact');
    const open = filter !== undefined && !filter.blind;
    const blind = (value: string): Record<string, unknown>[] => {
      const words = this.wordDigests(definition, { [field]: value }) ?? [];
      if (words.length > 0) return [{ words }];
      return filter ? [{ [field]: this.#blind(definition, filter, filter.normalise?.(value) ?? value) }] : [];
    };
    const { rows } = await this.#db.query(
      open
        ? `select ${shownColumns} from ${partitionOf(definition.name)} where org = $1 and entity = $2 and ${filterExpression(field)} = any($3::text[]) and deleted_at is null`
        : `select distinct on (id) ${shownColumns} from ${partitionOf(definition.name)} r join unnest($3::jsonb[]) as w(wanted) on r.blind @> w.wanted where org = $1 and entity = $2 and deleted_at is null order by id`,
      [org, definition.name, open ? values : values.flatMap(blind).map((b) => JSON.stringify(b))],
    );
    return rows.map((row) => this.#recordOf(org, definition, row));
  }

  /** Records that have all of these words, in the forms of `canonical/values/words.ts`; in any order. */
  async byWords(
    org: string,
    definition: EntityDefinition,
    words: readonly string[],
    limit: number,
  ): Promise<StoredRecord[]> {
    const { rows } = await this.#db.query(
      `select ${shownColumns} from ${partitionOf(definition.name)} where org = $1 and entity = $2 and blind @> $3::jsonb and deleted_at is null limit $4`,
      [org, definition.name, this.withWords(definition, words), limit],
    );
    return rows.map((row) => this.#recordOf(org, definition, row));
  }

  /** What `blind` of a record with all of these words contains, as JSON. */
  withWords(definition: EntityDefinition, words: readonly string[]): string {
    return JSON.stringify({ words: words.map((w) => this.#wordDigest(definition, w)) });
  }

  /**
   * Gives a page of records that have none yet the words they are found by. Nothing that a reader sees changes.
   *
   * @param after where the page before has ended
   * @returns where this one has, undefined when there were none
   */
  async giveWords(
    definition: EntityDefinition,
    after: { org: string; id: string },
    limit: number,
  ): Promise<{ org: string; id: string; given: number } | undefined> {
    const { rows } = await this.#db.query(
      `select org, ${shownColumns} from record where entity = $1 and ${WITHOUT_WORDS} and (org, id) > ($2, $3::uuid) order by org, id limit $4`,
      [definition.name, after.org, after.id, limit],
    );
    const last = rows.at(-1);
    if (!last) return undefined;
    // Whoever changes a record meanwhile gives it its words as well.
    const { count } = await this.#db.query(
      `update record r set blind = coalesce(r.blind, '{}') || jsonb_build_object('words', u.words)
       from unnest($2::text[], $3::uuid[], $4::int[], $5::jsonb[]) as u(org, id, revision, words)
       where r.entity = $1 and r.org = u.org and r.id = u.id and r.revision = u.revision and r.deleted_at is null`,
      [
        definition.name,
        rows.map((r) => r.org as string),
        rows.map((r) => r.id as string),
        rows.map((r) => r.revision as number),
        rows.map((r) =>
          JSON.stringify(this.wordDigests(definition, this.#recordOf(r.org as string, definition, r).canonical) ?? []),
        ),
      ],
    );
    return { org: last.org as string, id: last.id as string, given: count };
  }

  /** Ids of the newest records that fit, newest first. @throws HubError rejected/UNKNOWN_FILTER */
  async newest(
    org: string,
    definition: EntityDefinition,
    filters: Readonly<Record<string, string>>,
    limit: number,
  ): Promise<string[]> {
    const { sql, params } = this.#where(org, definition, { filters, limit });
    const { rows } = await this.#db.query<{ id: string }>(
      `select id from record where ${sql} order by id desc limit $${params.length + 1}`,
      [...params, limit],
    );
    return rows.map((r) => r.id);
  }

  async count(org: string, definition: EntityDefinition, query: Omit<ListQuery, 'limit' | 'after'>): Promise<number> {
    const { sql, params } = this.#where(org, definition, { ...query, limit: 0 });
    const { rows } = await this.#db.query<{ n: number }>(`select count(*) as n from record where ${sql}`, params);
    return Number(rows[0]?.n ?? 0);
  }

  /** When the records of an entity were last confirmed by their upstream. */
  async asOf(org: string, entity: string): Promise<Date | null> {
    const { rows } = await this.#db.query<{ at: Date | null }>(
      'select max(greatest(full_at, delta_at)) as at from sync_state where org = $1 and entity = $2',
      [org, entity],
    );
    return rows[0]?.at ?? null;
  }

  #where(org: string, definition: EntityDefinition, query: ListQuery): { sql: string; params: SqlValue[] } {
    const params: SqlValue[] = [org, definition.name];
    const conditions = ['org = $1', 'entity = $2', 'deleted_at is null'];
    for (const [name, raw] of Object.entries(query.filters)) {
      const filter = definition.filters[name];
      if (!filter) throw new HubError('rejected', 'UNKNOWN_FILTER', `There is no filter '${name}'.`);
      const value = filter.normalise ? filter.normalise(raw) : raw;
      if (value === undefined) {
        conditions.push('false');
        continue;
      }
      if (filter.blind) {
        const digest = this.#blind(definition, filter, value);
        const isList =
          definition.schema.shape[filter.path] !== undefined && Array.isArray(sample(definition, filter.path));
        params.push(JSON.stringify({ [filter.path]: isList ? [digest] : digest }));
        conditions.push(`blind @> $${params.length}::jsonb`);
      } else if (filter.path === 'id') {
        params.push(value);
        conditions.push(`id = $${params.length}::uuid`);
      } else {
        params.push(value);
        conditions.push(
          `${filterExpression(filter.path)} ${filter.match === 'exact' ? '=' : filter.match === 'from' ? '>=' : '<='} $${params.length}`,
        );
      }
    }
    const limited = this.#accountCondition(definition, query.accounts, params.length + 1);
    params.push(...limited.params);
    if (query.after) {
      params.push(query.after);
      conditions.push(`id > $${params.length}::uuid`);
    }
    return { sql: `${conditions.join(' and ')} ${limited.sql}`, params };
  }

  #accountCondition(
    definition: EntityDefinition,
    accounts: readonly string[] | undefined,
    index: number,
  ): { sql: string; params: SqlValue[] } {
    if (!accounts) return { sql: '', params: [] };
    if (!definition.accountPath) return { sql: 'and false', params: [] };
    if (definition.accountPath === 'id') return { sql: `and id = any($${index}::uuid[])`, params: [accounts] };
    return { sql: `and ${filterExpression(definition.accountPath)} = any($${index}::text[])`, params: [accounts] };
  }

  #recordOf(org: string, definition: EntityDefinition, row: Row): StoredRecord {
    const id = row.id as string;
    const sealed = row.personal as Uint8Array | null;
    const personal = sealed
      ? (JSON.parse(this.#cipher.openText(sealed, recordContext(org, definition.name, id))) as Record<string, unknown>)
      : null;
    return {
      id,
      canonical: joinPersonal(row.canonical as Record<string, unknown>, personal),
      revision: row.revision as number,
      instance: row.instance as string,
      nativeKey: row.native_key as string,
      changedAt: row.changed_at as Date,
      asOf: row.pulled_at as Date,
      deletedAt: row.deleted_at as Date | null,
    };
  }

  /**
   * Native forms of stored records, a page at a time: for previews of a changed mapping and for mapping anew.
   * @param notMappedBy leaves out what was mapped by this already (a mapping's hash)
   */
  async *natives(
    org: string,
    definition: EntityDefinition,
    instance: string,
    notMappedBy = '',
  ): AsyncIterable<
    { id: string; nativeKey: string; native: Record<string, unknown>; canonical: Record<string, unknown> }[]
  > {
    let after = '00000000-0000-0000-0000-000000000000';
    for (;;) {
      const { rows } = await this.#db.query(
        'select * from record where org = $1 and entity = $2 and instance = $3 and id > $4 and mapping_hash is distinct from $5 and deleted_at is null order by id limit 1000',
        [org, definition.name, instance, after, notMappedBy],
      );
      if (rows.length === 0) return;
      yield rows.map((row) => {
        const record = this.#recordOf(org, definition, row);
        const sealed = row.native_enc as Uint8Array | null;
        const native = sealed
          ? (JSON.parse(this.#cipher.openText(sealed, recordContext(org, definition.name, record.id))) as Record<
              string,
              unknown
            >)
          : (row.native as Record<string, unknown>);
        return { id: record.id, nativeKey: record.nativeKey, native, canonical: record.canonical };
      });
      after = rows.at(-1)?.id as string;
    }
  }
}

/** What the schema makes of nothing, to learn whether a field is a list. */
function sample(definition: EntityDefinition, field: string): unknown {
  const parsed = definition.schema.partial().safeParse({});
  return parsed.success ? parsed.data[field] : undefined;
}
