import { GroupCommit } from '../group-commit.ts';
import type { Database, Row } from '../port.ts';

/** What a reader is shown; the native form weighs as much again and is left where it lies. */
export const shownColumns =
  'id, canonical, personal, revision, instance, native_key, changed_at, pulled_at, deleted_at';

const MAX_TOGETHER = 200;
const MAX_WAITING = 20_000;

interface Key {
  org: string;
  id: string;
}

/**
 * Reads records by id: those that are asked for while a statement runs are read by the next one together. A lone reader
 * waits for nothing, and under load the store answers a statement for many.
 */
export class RecordReads {
  readonly #db: Database;
  readonly #byEntity = new Map<string, GroupCommit<Key, { row: Row | undefined }>>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** @throws StoreBusy when too many wait already */
  async get(org: string, entity: string, id: string): Promise<Row | undefined> {
    let reads = this.#byEntity.get(entity);
    if (!reads) {
      reads = new GroupCommit({
        maxItems: MAX_TOGETHER,
        maxWaiting: MAX_WAITING,
        flush: (keys) => this.#read(entity, keys),
      });
      this.#byEntity.set(entity, reads);
    }
    return (await reads.add({ org, id })).row;
  }

  async #read(entity: string, keys: readonly Key[]): Promise<{ row: Row | undefined }[]> {
    const { rows } = await this.#db.query(
      `select org, ${shownColumns} from record where entity = $1 and (org, id) in (select * from unnest($2::text[], $3::uuid[]))`,
      [entity, keys.map((k) => k.org), keys.map((k) => k.id)],
    );
    const found = new Map(rows.map((row) => [`${row.org as string}\0${row.id as string}`, row]));
    return keys.map((k) => ({ row: found.get(`${k.org}\0${k.id.toLowerCase()}`) }));
  }
}
