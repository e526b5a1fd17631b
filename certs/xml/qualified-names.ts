/** A name as a tag has it, taken apart at its colon. */
export interface QualifiedName {
  /** As written. */
  readonly text: string;
  /** `''` without a colon. */
  readonly prefix: string;
  readonly local: string;
}

interface Known extends QualifiedName {
  /** Where it stood first. */
  readonly from: number;
}

/** A power of two. */
const SLOTS = 256;

/**
 * Names of one document. A request has few of them and writes each a thousand times: the strings of the last one that fell into the same
 * slot are handed out again, so that none is cut out of the text, nor hashed for a map of namespaces, more often than it must be.
 */
export class QualifiedNames {
  readonly #source: string;
  readonly #units: Uint16Array;
  readonly #slots: (Known | undefined)[] = new Array(SLOTS).fill(undefined);

  /** @param units of the source */
  constructor(source: string, units: Uint16Array) {
    this.#source = source;
    this.#units = units;
  }

  /** @param colon place of the colon after `from`, -1 without one */
  read(from: number, to: number, colon: number): QualifiedName {
    const slot = this.#slotOf(from, to);
    const known = this.#slots[slot];
    if (known !== undefined && known.text.length === to - from && areSame(this.#units, known.from, from, to - from))
      return known;
    const text = this.#source.slice(from, to);
    const name = {
      text,
      prefix: colon < 0 ? '' : text.slice(0, colon),
      local: colon < 0 ? text : text.slice(colon + 1),
      from,
    };
    this.#slots[slot] = name;
    return name;
  }

  #slotOf(from: number, to: number): number {
    const units = this.#units;
    let hash = to - from;
    for (let at = from; at < to; at++) hash = (31 * hash + (units[at] as number)) | 0;
    return (hash ^ (hash >>> 8) ^ (hash >>> 16)) & (SLOTS - 1);
  }
}

/** Whether two stretches of units are the same. */
export function areSame(units: Uint16Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (units[a + i] !== units[b + i]) return false;
  return true;
}
