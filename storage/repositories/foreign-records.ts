import { joinPersonal } from '../../canonical/personal.ts';
import type { Cipher } from '../cipher.ts';
import type { Database, Row, SqlValue } from '../port.ts';

/** What the sealed columns of a foreign record are bound to. */
export const foreignContext = (org: string, id: string): string => `foreign-record:${org}:${id}`;

/** What another system holds of a thing. */
export interface ForeignView {
  id: string;
  nativeKey: string;
  /** Our record; null unless matched. */
  record: string | null;
  state: 'matched' | 'ambiguous' | 'unmatched';
  reason: string | null;
  candidates: readonly string[];
  archived: boolean;
  /** Native key of the house it was asked for by. */
  house: string | null;
  version: string | null;
  /** The fields that the mapping gives, personal ones included. */
  canonical: Record<string, unknown>;
}

const COLUMNS = 'id, native_key, record, state, reason, candidates, archived, house, version, canonical, personal';

/** Reads what other systems hold, as the last linking runs have left it. Every call names the organisation. */
export class ForeignRecords {
  readonly #db: Database;
  readonly #cipher: Cipher;

  constructor(db: Database, cipher: Cipher) {
    this.#db = db;
    this.#cipher = cipher;
  }

  /** Those that are linked to these records of ours, the ones in force first. */
  ofRecords(org: string, instance: string, entity: string, records: readonly string[]): Promise<ForeignView[]> {
    return this.#where(
      `org = $1 and instance = $2 and entity = $3 and record = any($4::uuid[]) and deleted_at is null order by archived, native_key collate "C"`,
      [org, instance, entity, records],
      org,
    );
  }

  /** Payment documents of accounts for a month. */
  documentsOf(org: string, instance: string, accounts: readonly string[], period: string): Promise<ForeignView[]> {
    return this.#where(
      `org = $1 and instance = $2 and entity = 'PaymentDocument' and canonical->>'account' = any($3::text[]) and canonical->>'period' = $4 and deleted_at is null order by archived, native_key collate "C"`,
      [org, instance, accounts, period],
      org,
    );
  }

  /** Those with these keys that are alive. */
  ofKeys(org: string, instance: string, entity: string, keys: readonly string[]): Promise<ForeignView[]> {
    return this.#where(
      'org = $1 and instance = $2 and entity = $3 and native_key = any($4::text[]) and deleted_at is null',
      [org, instance, entity, keys],
      org,
    );
  }

  /** A page of all that are alive, in the order of their keys. */
  page(
    org: string,
    instance: string,
    entity: string,
    { houses, after, limit }: { houses: readonly string[] | null; after: string; limit: number },
  ): Promise<ForeignView[]> {
    return this.#where(
      `org = $1 and instance = $2 and entity = $3 and deleted_at is null and ($4::text[] is null or house = any($4::text[])) and native_key collate "C" > $5 order by native_key collate "C" limit $6`,
      [org, instance, entity, houses, after, limit],
      org,
    );
  }

  /** Of these records of ours those that an ambiguous one there may be, with its key. */
  async claims(org: string, instance: string, entity: string, ids: readonly string[]): Promise<Map<string, string>> {
    const { rows } = await this.#db.query<{ id: string; native_key: string }>(
      `select c.id, f.native_key from foreign_record f cross join lateral jsonb_array_elements_text(f.candidates) as c(id)
       where f.org = $1 and f.instance = $2 and f.entity = $3 and f.state = 'ambiguous' and f.deleted_at is null and c.id = any($4::text[])`,
      [org, instance, entity, ids],
    );
    return new Map(rows.map((row) => [row.id, row.native_key]));
  }

  async #where(condition: string, params: readonly SqlValue[], org: string): Promise<ForeignView[]> {
    const { rows } = await this.#db.query(`select ${COLUMNS} from foreign_record where ${condition}`, [...params]);
    return rows.map((row) => this.#viewOf(org, row));
  }

  #viewOf(org: string, row: Row): ForeignView {
    const id = row.id as string;
    const sealed = row.personal as Uint8Array | null;
    const hidden = sealed
      ? (JSON.parse(this.#cipher.openText(sealed, foreignContext(org, id))) as Record<string, unknown>)
      : null;
    return {
      id,
      nativeKey: row.native_key as string,
      record: row.record as string | null,
      state: row.state as ForeignView['state'],
      reason: row.reason as string | null,
      candidates: (row.candidates as string[] | null) ?? [],
      archived: row.archived as boolean,
      house: row.house as string | null,
      version: row.version as string | null,
      canonical: joinPersonal(row.canonical as Record<string, unknown>, hidden),
    };
  }
}
