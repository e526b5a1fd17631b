import { isGuid, type Pseudonyms } from './pseudonyms.ts';

export interface MaskRules {
  /** Values that the mappings themselves name (choices, kinds of contacts): they say nothing of a person. */
  constants: ReadonlySet<string>;
  /** Fields of the protocol whose values say nothing of a person. */
  harmless: ReadonlySet<string>;
  /** Amounts as they are instead of jittered. */
  keepAmounts: boolean;
}

/** Masks answers and requests; whatever no rule calls harmless is replaced. Counts what it lets through. */
export class Mask {
  readonly #pseudonyms: Pseudonyms;
  readonly #rules: MaskRules;
  readonly passed = new Map<string, number>();

  constructor(pseudonyms: Pseudonyms, rules: MaskRules) {
    this.#pseudonyms = pseudonyms;
    this.#rules = rules;
  }

  /** A JSON value, field by field. Annotations of OData hold addresses and are left out. */
  json(value: unknown, field = ''): unknown {
    if (Array.isArray(value)) return value.map((item) => this.json(item, field));
    if (typeof value === 'string') return this.#text(value, field);
    if (typeof value === 'number') return this.#number(value, field);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => !name.includes('@') && name !== 'odata.metadata')
        .map(([name, inner]) => [name, this.json(inner, name)]),
    );
  }

  /** An option of a request: literals between apostrophes are data unless a mapping names them. */
  expression(text: string): string {
    const parts = text.split("'");
    return parts
      .map((part, i) => {
        if (i % 2 === 0) return part;
        if (/datetime$/.test(parts[i - 1] ?? '') || this.#rules.constants.has(part)) return part;
        return isGuid(part) ||
          !/^[\p{L}_\d,]*$/u.test(part) ||
          part.split(',').some((p) => !this.#rules.constants.has(p))
          ? this.#pseudonyms.text(part)
          : part;
      })
      .join("'");
  }

  #text(value: string, field: string): string {
    if (value === '' || isGuid(value)) return this.#pseudonyms.guids(value);
    const harmless =
      this.#rules.harmless.has(field) ||
      this.#rules.constants.has(value) ||
      /^StandardODATA\.[\p{L}_\d]+$/u.test(value);
    if (!harmless) return this.#pseudonyms.text(value);
    this.#count(field);
    return value;
  }

  #number(value: number, field: string): number {
    if (!this.#rules.keepAmounts && !this.#rules.harmless.has(field)) return this.#pseudonyms.amount(value);
    this.#count(field);
    return value;
  }

  #count(field: string): void {
    this.passed.set(field, (this.passed.get(field) ?? 0) + 1);
  }
}
