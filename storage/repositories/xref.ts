import { uuidv7 } from '../../canonical/values/uuid.ts';
import type { Database, Row } from '../port.ts';
import { Generations } from './generations.ts';

export interface Reference {
  entity: string;
  key: string;
}

/**
 * Identity: native keys ↔ canonical ids. A key seen for the first time, even in a reference to a record that has not come
 * yet, gets its id here and keeps it.
 */
export class XrefRepository {
  readonly #db: Database;
  readonly #now: () => number;
  /** Accounts and meters are referred to by every charge and reading; the keys of those are seen once. */
  readonly #cache: Generations<string>;

  constructor(db: Database, now: () => number, cacheLimit = 300_000) {
    this.#db = db;
    this.#now = now;
    this.#cache = new Generations(cacheLimit);
  }

  /** Ids of references, made where there are none. Afterwards {@link id} answers for each of them. */
  async resolve(org: string, instance: string, references: readonly Reference[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    const missing = new Map<string, Reference>();
    for (const reference of references) {
      const name = `${reference.entity}\0${reference.key}`;
      const known = this.#cache.get(`${org}\0${instance}\0${name}`);
      if (known) found.set(name, known);
      else missing.set(name, reference);
    }
    const list = [...missing.values()];
    for (let i = 0; i < list.length; i += 5_000)
      await this.#resolveChunk(org, instance, list.slice(i, i + 5_000), found);
    return found;
  }

  async #resolveChunk(
    org: string,
    instance: string,
    chunk: readonly Reference[],
    found: Map<string, string>,
  ): Promise<void> {
    const { rows } = await this.#db.query(
      `insert into xref (org, entity, instance, native_key, id) select $1, u.entity, $2, u.key, u.id from unnest($3::text[], $4::text[], $5::uuid[]) as u(entity, key, id)
       on conflict do nothing returning entity, native_key, id`,
      [org, instance, chunk.map((r) => r.entity), chunk.map((r) => r.key), chunk.map(() => uuidv7(this.#now()))],
    );
    this.#remember(org, instance, rows, found);
    // Those that had an id already, by an earlier run or another process.
    const known = chunk.filter((r) => !found.has(`${r.entity}\0${r.key}`));
    if (known.length === 0) return;
    // Lateral with a limit: one look into the index a key, even while the store has no statistics and would read it all.
    const older = await this.#db.query(
      `select u.entity, u.key as native_key, x.id from unnest($3::text[], $4::text[]) as u(entity, key)
       cross join lateral (select id from xref where org = $1 and instance = $2 and entity = u.entity and native_key = u.key limit 1) x`,
      [org, instance, known.map((r) => r.entity), known.map((r) => r.key)],
    );
    this.#remember(org, instance, older.rows, found);
  }

  #remember(org: string, instance: string, rows: readonly Row[], found: Map<string, string>): void {
    for (const row of rows) {
      const name = `${row.entity as string}\0${row.native_key as string}`;
      found.set(name, row.id as string);
      this.#cache.set(`${org}\0${instance}\0${name}`, row.id as string);
    }
  }

  /**
   * Ids of references to records that are linked to ours: by the identity table, or by an archived object's match. Nothing is made and
   * nothing remembered, since links change. By `entity\0key`, keys in small letters as pulls write GUIDs.
   */
  async known(org: string, instance: string, references: readonly Reference[]): Promise<ReadonlyMap<string, string>> {
    if (references.length === 0) return new Map();
    const byName = new Map(references.map(({ entity, key }) => [`${entity}\0${key.toLowerCase()}`, entity] as const));
    const { rows } = await this.#db.query(
      `select u.entity, u.key, coalesce(x.id, f.record) as id from unnest($3::text[], $4::text[]) as u(entity, key)
       left join xref x on x.org = $1 and x.instance = $2 and x.entity = u.entity and x.native_key = u.key
       left join foreign_record f on f.org = $1 and f.instance = $2 and f.entity = u.entity and f.native_key = u.key and f.state = 'matched'
       where coalesce(x.id, f.record) is not null`,
      [org, instance, [...byName.values()], [...byName.keys()].map((name) => name.slice(name.indexOf('\0') + 1))],
    );
    return new Map(rows.map((row) => [`${row.entity as string}\0${row.key as string}`, row.id as string]));
  }

  /** Native keys in an instance of canonical ids; ids that it doesn't know are left out. */
  async nativeKeys(org: string, instance: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.#db.query(
      'select entity, id, native_key from xref where org = $1 and instance = $2 and id = any($3::uuid[])',
      [org, instance, ids],
    );
    return new Map(rows.map((r) => [`${r.entity as string}\0${r.id as string}`, r.native_key as string]));
  }
}
