import { IdReads } from '../id-reads.ts';
import type { Database, Row } from '../port.ts';

/** What a reader is shown; the native form weighs as much again and is left where it lies. */
export const shownColumns =
  'id, canonical, personal, revision, instance, native_key, changed_at, pulled_at, deleted_at';

/** Reads records by id, many by one statement. */
export class RecordReads {
  readonly #db: Database;
  readonly #byEntity = new Map<string, IdReads>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** @throws StoreBusy when too many wait already */
  get(org: string, entity: string, id: string): Promise<Row | undefined> {
    let reads = this.#byEntity.get(entity);
    if (!reads) {
      reads = new IdReads(
        async (orgs, ids) => (await this.#db.query(READ, [entity, orgs, ids], { prepare: true })).rows,
      );
      this.#byEntity.set(entity, reads);
    }
    return reads.get(org, id);
  }
}

// A generic plan takes a list of any length for ten rows, which is what this is for.
const READ = `select r.org, ${shownColumns
  .split(', ')
  .map((column) => `r.${column}`)
  .join(', ')}
  from unnest($2::text[], $3::uuid[]) as u(org, id) join record r on r.org = u.org and r.entity = $1 and r.id = u.id`;
