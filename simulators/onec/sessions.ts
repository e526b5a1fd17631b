import type { IncomingHttpHeaders } from 'node:http';

/** Sessions that a client keeps by `IBSession: start`, a cookie, and `IBSession: finish`. */
export class Sessions {
  readonly #open = new Map<string, number>();
  readonly #limit: number;
  readonly #maxAgeMs: number;
  #last = 0;

  constructor(limit: number, maxAgeMs: number) {
    this.#limit = limit;
    this.#maxAgeMs = maxAgeMs;
  }

  /**
   * Looks at a request's session.
   * @returns the new session's id, 'refused' when it is lost or there are too many, undefined when there is nothing to tell
   */
  open(headers: IncomingHttpHeaders, now: number): string | undefined {
    for (const [id, used] of this.#open) if (now - used > this.#maxAgeMs) this.#open.delete(id);
    const [, id] = /(?:^|;\s*)ibsession=([^;]+)/.exec(headers.cookie ?? '') ?? [];
    const wish = headers.ibsession;
    if (id !== undefined) {
      if (!this.#open.has(id)) return 'refused';
      if (wish === 'finish') this.#open.delete(id);
      else this.#open.set(id, now);
      return undefined;
    }
    if (wish !== 'start') return undefined;
    if (this.#open.size >= this.#limit) return 'refused';
    const started = `00000000-0000-4000-8000-${(++this.#last).toString(16).padStart(12, '0')}`;
    this.#open.set(started, now);
    return started;
  }
}
