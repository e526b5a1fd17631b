/** Counts what really happened in a simulated system, for comparison with what the hub believes. */
export class Effects {
  readonly #counts = new Map<string, { count: number; keys: Map<string, number> }>();

  /** One effect of this name; `naturalKey` tells doubles apart from different effects. */
  add(name: string, naturalKey: string): void {
    let entry = this.#counts.get(name);
    if (!entry) {
      entry = { count: 0, keys: new Map() };
      this.#counts.set(name, entry);
    }
    entry.count++;
    entry.keys.set(naturalKey, (entry.keys.get(naturalKey) ?? 0) + 1);
  }

  report(): Record<string, { count: number; distinct: number }> {
    return Object.fromEntries(
      [...this.#counts].map(([name, { count, keys }]) => [name, { count, distinct: keys.size }]),
    );
  }

  /** How often each natural key of an effect was counted. */
  byKey(name: string): Record<string, number> {
    return Object.fromEntries(this.#counts.get(name)?.keys ?? []);
  }

  clear(): void {
    this.#counts.clear();
  }
}
