import type { Logger } from '../connectors/port.ts';
import type { Journal } from '../queues/journal.ts';
import type { RedisSettings } from '../queues/redis/connection.ts';
import { EndedNews } from '../queues/redis/news.ts';
import { finalStatuses } from '../storage/repositories/operation.ts';

/** Time after which somebody who waits looks even without news: what another process wrote may not be heard of. */
const LOOK_MS = 500;

/** Callers that wait for the end of an operation (`Prefer: wait`). */
export class Waiting {
  readonly #byId = new Map<string, Set<() => void>>();
  readonly #news: EndedNews | undefined;
  #isOver = false;

  readonly #lookMs: number;

  /** @param redis brings news of what other processes have ended; without it they are looked for twice a second */
  constructor(options: { log: Logger; answers: boolean; redis?: RedisSettings; lookMs?: number }) {
    const { redis, log } = options;
    this.#lookMs = options.lookMs ?? LOOK_MS;
    this.#news = redis ? new EndedNews({ redis, log }) : undefined;
    if (options.answers) this.#news?.listen((ids) => this.#wake(ids));
  }

  /** These operations were ended by this process. */
  ended(ids: readonly string[]): void {
    this.#wake(ids);
    this.#news?.tell(ids);
  }

  /** Resolves when the operation is over, after the time (milliseconds), or when this process is about to stop. */
  async forEnd(journal: Pick<Journal, 'get'>, org: string, id: string, ms: number): Promise<void> {
    const until = performance.now() + ms;
    for (;;) {
      // Listens before it looks, so that an end between the two is not missed.
      const news = this.#next(id);
      try {
        const op = await journal.get(org, id);
        const left = until - performance.now();
        if (finalStatuses.includes(op.status) || left <= 0 || this.#isOver) return;
        await news.within(Math.min(left, this.#lookMs));
      } finally {
        news.forget();
      }
    }
  }

  /** Nobody is kept waiting any more. */
  end(): void {
    this.#isOver = true;
    this.#wake([...this.#byId.keys()]);
  }

  close(): void {
    this.end();
    this.#news?.close();
  }

  #wake(ids: readonly string[]): void {
    for (const id of ids) for (const wake of [...(this.#byId.get(id) ?? [])]) wake();
  }

  #next(id: string): { within(ms: number): Promise<void>; forget(): void } {
    let wake = (): void => undefined;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const waiting = this.#byId.get(id) ?? new Set();
    waiting.add(wake);
    this.#byId.set(id, waiting);
    return {
      within: async (ms) => {
        let timer: NodeJS.Timeout | undefined;
        await Promise.race([
          woken,
          new Promise<void>((resolve) => {
            timer = setTimeout(resolve, ms);
          }),
        ]);
        clearTimeout(timer);
      },
      forget: () => {
        waiting.delete(wake);
        if (waiting.size === 0 && this.#byId.get(id) === waiting) this.#byId.delete(id);
      },
    };
  }
}
