/**
 * Remembers what was used lately, within a limit: entries that nobody asks for fall out after two turns of a generation,
 * whatever else streams past, and nothing is ever sorted or counted.
 */
export class Generations<V> {
  readonly #perGeneration: number;
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  /** @param limit entries kept at most */
  constructor(limit: number) {
    this.#perGeneration = Math.max(1, Math.floor(limit / 2));
  }

  get(key: string): V | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const older = this.#old.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: string, value: V): void {
    if (this.#young.size >= this.#perGeneration && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
