export interface Fault {
  fault: string;
  /** Share of requests it strikes, 0…1. */
  rate: number;
  /** Strikes left; absent = without end. */
  times?: number;
  /** Requests that it would strike and lets pass first. */
  skip?: number;
  /** Part of the path (decoded) that a request must hold. */
  match?: string;
  method?: string;
  delayMs?: number;
}

/** Faults that a test switched on. */
export class Faults {
  #active: Fault[] = [];
  readonly #random: () => number;
  readonly known: readonly string[];

  constructor(known: readonly string[], random: () => number) {
    this.known = known;
    this.#random = random;
  }

  /** @throws Error for a fault that this simulator does not know, or a rate, count or delay that is not one */
  add(input: unknown): void {
    const fault = input as Partial<Fault>;
    if (typeof fault?.fault !== 'string' || !this.known.includes(fault.fault))
      throw new Error(`Unknown fault; this simulator knows ${this.known.join(', ')}.`);
    const { rate = 1, times, skip, delayMs } = fault;
    // A mistyped number would compare as false for ever, and the test would pass without its fault.
    if (typeof rate !== 'number' || !(rate >= 0 && rate <= 1)) throw new Error('rate is a number from 0 to 1.');
    if (times !== undefined && !(Number.isInteger(times) && times >= 0)) throw new Error('times is a whole number.');
    if (skip !== undefined && !(Number.isInteger(skip) && skip >= 0)) throw new Error('skip is a whole number.');
    if (delayMs !== undefined && !(Number.isInteger(delayMs) && delayMs >= 0))
      throw new Error('delayMs is a whole number of milliseconds.');
    this.#active.push({ ...fault, fault: fault.fault, rate });
  }

  clear(): void {
    this.#active = [];
  }

  list(): readonly Fault[] {
    return this.#active;
  }

  /** The faults that strike this request; each use counts against `times`. */
  strike(method: string, path: string): ReadonlyMap<string, Fault> {
    const struck = new Map<string, Fault>();
    for (const fault of this.#active) {
      if (fault.times !== undefined && fault.times <= 0) continue;
      if (fault.method && fault.method !== method) continue;
      if (fault.match && !path.includes(fault.match)) continue;
      if (struck.has(fault.fault) || this.#random() >= fault.rate) continue;
      if (fault.skip !== undefined && fault.skip > 0) {
        fault.skip--;
        continue;
      }
      if (fault.times !== undefined) fault.times--;
      struck.set(fault.fault, fault);
    }
    return struck;
  }
}
