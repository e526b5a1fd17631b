/** Too much waits for the store already; the caller should come again. */
export class StoreBusy extends Error {
  constructor() {
    super('The store is busy; try again in a second.');
    this.name = 'StoreBusy';
  }
}

export interface GroupCommitOptions<Item, Answer> {
  /** Commits a group in one transaction; answers in the order of the items, an Error for an item that failed alone. */
  flush(items: readonly Item[]): Promise<readonly (Answer | Error)[]>;
  maxItems: number;
  /** Items that may wait; beyond it callers get StoreBusy. */
  maxWaiting: number;
}

/**
 * Commits what arrives together in one transaction. While a group is being written the next one gathers, so the
 * linger adapts itself to the speed of the disk and a lone caller waits for nothing.
 */
export class GroupCommit<Item, Answer> {
  readonly #options: GroupCommitOptions<Item, Answer>;
  #waiting: { item: Item; resolve: (answer: Answer) => void; reject: (error: unknown) => void }[] = [];
  #running: Promise<void> | undefined;

  constructor(options: GroupCommitOptions<Item, Answer>) {
    this.#options = options;
  }

  /** Resolves when the item is durable. @throws StoreBusy, or what `flush` gave for the item or threw for the group */
  add(item: Item): Promise<Answer> {
    if (this.#waiting.length >= this.#options.maxWaiting) return Promise.reject(new StoreBusy());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    // One turn of the event loop, so that what was submitted together travels together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, this.#options.maxItems);
      try {
        const answers = await this.#options.flush(group.map((g) => g.item));
        for (const [i, { resolve, reject }] of group.entries()) {
          const answer = answers[i];
          if (answer === undefined || answer instanceof Error)
            reject(answer ?? new Error('The group commit gave no answer for an item.'));
          else resolve(answer);
        }
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#running = undefined;
  }
}
