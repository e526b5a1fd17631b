/** Places for operations of one instance in this process. What waits for a place is served in turn. */
export class Slots {
  readonly #capacity: () => number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  /** @param capacity places now; it may change with the number of workers */
  constructor(capacity: () => number) {
    this.#capacity = capacity;
  }

  get capacity(): number {
    return this.#capacity();
  }

  get free(): number {
    return Math.max(0, this.#capacity() - this.#taken);
  }

  /** Takes at most so many places and says how many. */
  take(wanted: number): number {
    const n = Math.min(wanted, this.free);
    this.#taken += n;
    return n;
  }

  give(n: number): void {
    this.#taken -= n;
    for (let free = this.free; free > 0 && this.#waiting.length > 0; free--) this.#waiting.shift()?.();
  }

  /** Resolves when there may be a place, or after the time (milliseconds). */
  async wait(limitMs: number): Promise<void> {
    if (this.free > 0) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        const at = this.#waiting.indexOf(wake);
        if (at >= 0) this.#waiting.splice(at, 1);
        resolve();
      }, limitMs);
      this.#waiting.push(wake);
    });
  }
}
