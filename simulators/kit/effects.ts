/** Counts what really happened in a simulated system, for comparison with what the hub believes. */
export class Effects {
  readonly #counts = new Map<string, { count: number; keys: Set<string> }>();

  /** One effect of this name; `naturalKey` tells doubles apart from different effects. */
  add(name: string, naturalKey: string): void {
    let entry = this.#counts.get(name);
    if (!entry) {
      entry = { count: 0, keys: new Set() };
      this.#counts.set(name, entry);
    }
    entry.count++;
    entry.keys.add(naturalKey);
  }

  report(): Record<string, { count: number; distinct: number }> {
    return Object.fromEntries(
      [...this.#counts].map(([name, { count, keys }]) => [name, { count, distinct: keys.size }]),
    );
  }

  clear(): void {
    this.#counts.clear();
  }
}
