/** What a system does long after its caller has given up: a request that was taken, but carried out late. */
export class LateWork {
  readonly #timers = new Set<NodeJS.Timeout>();

  /** Requests that are taken and not yet carried out. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Carries out `work` after so many milliseconds. */
  add(delayMs: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, delayMs);
    this.#timers.add(timer);
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
