/** A clock that runs with the real one and can be moved. */
export class SimClock {
  #offsetMs = 0;

  /** Epoch milliseconds. */
  now(): number {
    return Date.now() + this.#offsetMs;
  }

  advance(ms: number): void {
    this.#offsetMs += ms;
  }

  set(at: Date): void {
    this.#offsetMs = at.getTime() - Date.now();
  }
}
