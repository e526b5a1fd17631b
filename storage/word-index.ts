import type { EntityDefinition } from '../canonical/entity.ts';
import type { RecordRepository } from './repositories/records.ts';

const PAGE = 500;
const START = { org: '', id: '00000000-0000-0000-0000-000000000000' };

/**
 * Gives records their words that an older version of the hub has stored without. Pages are small, each is committed, and
 * what is left is told by the records themselves: whoever is killed, goes on.
 */
export class WordIndex {
  readonly #records: RecordRepository;
  readonly #definitions: readonly EntityDefinition[];

  constructor(records: RecordRepository, definitions: Iterable<EntityDefinition>) {
    this.#records = records;
    this.#definitions = [...definitions].filter((d) => d.words !== undefined);
  }

  /**
   * Once through everything that lacks its words; cheap when nothing does.
   * @returns records that were given theirs
   */
  async round(signal?: AbortSignal): Promise<number> {
    let given = 0;
    for (const definition of this.#definitions) {
      let after: { org: string; id: string } = START;
      for (;;) {
        if (signal?.aborted) return given;
        const page = await this.#records.giveWords(definition, after, PAGE);
        if (!page) break;
        given += page.given;
        after = page;
      }
    }
    return given;
  }
}
