import { GroupCommit } from './group-commit.ts';
import type { Row } from './port.ts';

const MAX_TOGETHER = 200;
const MAX_WAITING = 20_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface Key {
  org: string;
  id: string;
}

/**
 * Reads rows by organisation and id: those that are asked for while a statement runs are read by the next one together.
 * A lone reader waits for nothing, and under load the store answers a statement for many. What was committed before the
 * question is seen.
 */
export class IdReads {
  readonly #reads: GroupCommit<Key, { row: Row | undefined }>;

  /** @param read rows with `org` and `id` for pairs of them, in any order */
  constructor(read: (orgs: string[], ids: string[]) => Promise<readonly Row[]>) {
    this.#reads = new GroupCommit({
      maxItems: MAX_TOGETHER,
      maxWaiting: MAX_WAITING,
      flush: async (keys) => {
        const rows = await read(
          keys.map((k) => k.org),
          keys.map((k) => k.id),
        );
        const found = new Map(rows.map((row) => [`${row.org as string}\0${row.id as string}`, row]));
        return keys.map((k) => ({ row: found.get(`${k.org}\0${k.id.toLowerCase()}`) }));
      },
    });
  }

  /** Nothing has an id that is no UUID. @throws StoreBusy when too many wait already */
  async get(org: string, id: string): Promise<Row | undefined> {
    return UUID.test(id) ? (await this.#reads.add({ org, id })).row : undefined;
  }
}
