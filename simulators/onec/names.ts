import type { WireObject } from './filter.ts';

/**
 * Names that a configuration publishes in place of the ones that the simulator thinks in. Two configurations of the same
 * trade differ in little but names, so one set of rules serves both; what differs in structure stands in the model.
 */
export class Names {
  readonly #out: ReadonlyMap<string, string>;
  readonly #in: ReadonlyMap<string, string>;
  readonly #known: readonly string[];

  /** @param given published name by own name: sets, attributes, tabular sections */
  constructor(given: Readonly<Record<string, string>>) {
    this.#out = new Map(Object.entries(given));
    this.#in = new Map(Object.entries(given).map(([own, published]) => [published, own]));
    if (this.#in.size !== this.#out.size) throw new Error('Two names of the model are published under the same name.');
    this.#known = [...this.#out.keys()];
  }

  get none(): boolean {
    return this.#known.length === 0;
  }

  /** Own names become published ones, wherever they stand in a text without data: metadata, error texts. */
  publishText(text: string): string {
    return this.none ? text : text.replace(IDENTIFIER, (name) => rename(name, this.#out));
  }

  /** An answer with published names: keys, and values that name types or addresses. */
  publish(value: unknown): unknown {
    if (this.none) return value;
    if (Array.isArray(value)) return value.map((v) => this.publish(v));
    if (typeof value === 'string')
      return /^StandardODATA\.|^[A-Z][a-zA-Z]+_[^ ]*\(guid'|\$metadata#/.test(value) ? this.publishText(value) : value;
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, v]) => [key.replace(IDENTIFIER, (n) => rename(n, this.#out)), this.publish(v)]),
    );
  }

  /** A path or a name in a request. A name that the base does not publish stays unknown, even one of our own. */
  understand(text: string): string {
    return this.none ? text : text.replace(IDENTIFIER, (name) => this.#understood(name));
  }

  /** An expression: what stands between apostrophes is data. */
  understandExpression(text: string): string {
    if (this.none) return text;
    return text
      .split("'")
      .map((part, i) => (i % 2 === 0 ? this.understand(part) : part))
      .join("'");
  }

  understandBody(value: unknown): unknown {
    if (this.none) return value;
    if (Array.isArray(value)) return value.map((v) => this.understandBody(v));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value as WireObject).map(([key, v]) => [this.understand(key), this.understandBody(v)]),
    );
  }

  #understood(name: string): string {
    const own = rename(name, this.#in);
    // The own name of something published otherwise means nothing to this base.
    return own === name && rename(name, this.#out) !== name ? `${name}_НеОпубликовано` : own;
  }
}

const IDENTIFIER = /[\p{L}_][\p{L}\p{N}_]*/gu;
const SUFFIX =
  /^(.+?)(_Key|_Type|_RecordType|_RowType|OpeningBalance|ClosingBalance|Balance|Turnover|Receipt|Expense)$/u;

/** A name, a name with a suffix of the platform (`_Key`, `Balance` …), or a name behind a set's (`Catalog_X_Section`). */
function rename(name: string, map: ReadonlyMap<string, string>): string {
  const whole = map.get(name);
  if (whole !== undefined) return whole;
  const [, stem, suffix] = SUFFIX.exec(name) ?? [];
  if (stem !== undefined && suffix !== undefined) {
    const renamed = rename(stem, map);
    if (renamed !== stem) return renamed + suffix;
  }
  for (let at = name.lastIndexOf('_'); at > 0; at = name.lastIndexOf('_', at - 1)) {
    const head = map.get(name.slice(0, at));
    if (head !== undefined) return `${head}_${rename(name.slice(at + 1), map)}`;
  }
  return name;
}
