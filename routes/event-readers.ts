import { HubError } from '../canonical/errors.ts';

/** One open stream. */
export interface EventReader {
  /** Ends the stream when aborted. */
  readonly end: AbortController;
  leave(): void;
}

/** Counts the open streams and ends them when the hub stops. */
export class EventReaders {
  readonly #most: { readersPerKey: number; readers: number };
  readonly #open = new Set<EventReader>();
  readonly #perKey = new Map<string, number>();
  #closed = false;

  constructor(most: { readersPerKey: number; readers: number }) {
    this.#most = most;
  }

  get size(): number {
    return this.#open.size;
  }

  /** The hub stops. */
  get closed(): boolean {
    return this.#closed;
  }

  /** @throws HubError rate-limited/TOO_MANY_STREAMS */
  enter(key: string): EventReader {
    const mine = this.#perKey.get(key) ?? 0;
    if (mine >= this.#most.readersPerKey || this.#open.size >= this.#most.readers)
      throw new HubError(
        'rate-limited',
        'TOO_MANY_STREAMS',
        mine >= this.#most.readersPerKey
          ? `This key holds ${mine} streams already, as many as it may; close one first.`
          : 'The hub holds as many streams as it may; try again later, or read GET /v1/changes.',
        { retryAfterMs: 10_000 },
      );
    this.#perKey.set(key, mine + 1);
    const reader: EventReader = {
      end: new AbortController(),
      leave: () => {
        if (!this.#open.delete(reader)) return;
        const left = (this.#perKey.get(key) ?? 1) - 1;
        if (left > 0) this.#perKey.set(key, left);
        else this.#perKey.delete(key);
      },
    };
    this.#open.add(reader);
    return reader;
  }

  /** No more streams; those open end now. */
  close(): void {
    this.#closed = true;
    for (const reader of [...this.#open]) reader.end.abort();
  }
}
