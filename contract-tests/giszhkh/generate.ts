import type {
  FormatElement,
  FormatFile,
  FormatParticle,
  FormatSimple,
  FormatType,
} from '../../connectors/giszhkh/format-file.ts';

/** An element of a made-up message, in the order of the wire: written by itself here, and given to the writer under test as a plain object. */
export interface Node {
  particle: FormatElement;
  attributes: Record<string, string>;
  text?: string;
  simple?: FormatSimple;
  children: Node[];
}

export type Random = () => number;

/** Small and repeatable (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const int = (random: Random, from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
const pick = <T>(random: Random, all: readonly T[]): T => all[int(random, 0, all.length - 1)] as T;
const digits = (random: Random, n: number): string => Array.from({ length: n }, () => int(random, 0, 9)).join('');
const guid = (random: Random): string => {
  const hex = (n: number) => Array.from({ length: n }, () => pick(random, [...'0123456789abcdefABCDEF'])).join('');
  return [hex(8), hex(4), hex(4), hex(4), hex(12)].join('-');
};

/** A value for each pattern that the formats have; a new one stops the test until it is added. */
const byPattern: Readonly<Record<string, (random: Random) => string>> = {
  '([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}': guid,
  '(A{0,1}\\d{1,4}(\\.)?)+': (r) => pick(r, ['1', 'A12', '1.1', '12.A3.', '1234']),
  '\\d{11}|\\d{8}': (r) => digits(r, pick(r, [8, 11])),
  '\\d{8}': (r) => digits(r, 8),
  '\\d{9}': (r) => digits(r, 9),
  '\\d{11}': (r) => digits(r, 11),
  '\\d{12}': (r) => digits(r, 12),
  '\\d{10}|\\d{12}': (r) => digits(r, pick(r, [10, 12])),
  '[0-9]{20}': (r) => digits(r, 20),
  '[0-9]{1,30}': (r) => digits(r, int(r, 1, 30)),
  'A{0,1}\\d{3,4}': (r) => pick(r, ['A056', '113', '2451']),
  '(.*)([0-9а-яА-Яa-zA-Z]+)(.*)': (r) => pick(r, ['1', '№ 12/а', '100001-202611', 'лс & <1>']),
  '\\d{1,15}(\\.\\d{1,5})?': (r) => pick(r, ['0', '123456789012345', '1.5', '0.00001']),
  '\\d{1,15}(\\.\\d{1,7})?': (r) => pick(r, ['0', '123456789012345.1234567', '00.5']),
  '\\d+(\\.\\d{2})?': (r) => pick(r, ['0', '12', '1330.35', '0.07']),
  '-?\\d{0,10}(\\.\\d{0,2})?': (r) => pick(r, ['-1', '0.5', '1234567890']),
  '\\d{0,10}(\\.\\d{0,2})?': (r) => pick(r, ['1', '0.5', '.5']),
  '\\d{1,10}(\\.\\d{2,4})?': (r) => pick(r, ['1', '0.50', '9.1234']),
  '[+,-]?\\d+(\\.\\d{2})?': (r) => pick(r, ['+1', '-2.50', '0']),
  '(-1)|[1-9]|([1][0-9])|([2][0-9])|30': (r) => pick(r, ['-1', '1', '19', '30']),
  '\\d{0,30}(\\.\\d{0,12})?': (r) => pick(r, ['1', '0.123456789012']),
};

/** Text with what an XML writer may trip over. */
const SIGNS = [...'абвЯЖ xyz019<>&"\'];—№😀'];

export function sampleOf(type: FormatSimple, random: Random): string {
  if (type.e) return pick(random, type.e);
  const pattern = type.p?.at(-1);
  if (pattern !== undefined) {
    const make = byPattern[pattern];
    if (!make) throw new Error(`Add the pattern ${pattern} to the generator.`);
    return make(random);
  }
  switch (type.b) {
    case 'string': {
      const length = type.len ?? int(random, type.min ?? 0, Math.min(type.max ?? 40, Math.max(type.min ?? 0, 40)));
      return Array.from({ length }, () => pick(random, SIGNS)).join('');
    }
    case 'boolean':
      return pick(random, ['true', 'false', '1', '0']);
    case 'date':
      return pick(random, ['2026-11-24', '2024-02-29', '1900-01-01', '2026-12-31+03:00', '5000-01-01Z']);
    case 'dateTime':
      return pick(random, ['2026-11-24T10:00:00', '2026-11-24T23:59:59.123+03:00', '2024-02-29T00:00:00Z']);
    case 'decimal':
      return decimalOf(type, random);
    case 'list':
      return Array.from({ length: type.min ?? 1 }, () => sampleOf(type.item ?? { b: 'string' }, random)).join(' ');
    default: {
      const from = Number(
        type.from ?? (type.b === 'positiveInteger' ? 1 : type.above !== undefined ? Number(type.above) + 1 : 0),
      );
      const most = type.digits ? 10 ** Math.min(type.digits, 6) - 1 : 127;
      const to = Math.max(
        from,
        Math.min(Number(type.to ?? most), type.below !== undefined ? Number(type.below) - 1 : most),
      );
      return String(int(random, from, Math.min(to, Math.max(from, most))));
    }
  }
}

function decimalOf({ from, to, above, below, scale, digits: total }: FormatSimple, random: Random): string {
  const low = Number(from ?? above ?? (to !== undefined && Number(to) < 0 ? Number(to) - 5 : 0));
  const high = Math.min(Number(to ?? below ?? low + 90), low + 90);
  const whole = int(
    random,
    Math.ceil(low) + (above === undefined ? 0 : 1),
    Math.max(Math.ceil(low), Math.floor(high) - 1),
  );
  const places = Math.min(scale ?? 2, (total ?? 18) - 2);
  return places > 0 && whole + 1 <= high && random() < 0.5
    ? `${whole}.${digits(random, int(random, 1, places))}`
    : `${whole}`;
}

/** A message that the format allows. */
export class Generator {
  readonly #file: FormatFile;
  readonly #random: Random;

  constructor(file: FormatFile, random: Random) {
    this.#file = file;
    this.#random = random;
  }

  children(type: FormatType, depth: number): Node[] {
    if (!type.c) return [];
    const used = new Map<string, FormatElement>();
    return this.#particle(type.c, depth, used);
  }

  #particle(particle: FormatParticle, depth: number, used: Map<string, FormatElement>): Node[] {
    if (particle[0] === 'e') return this.#elements(particle, depth, used);
    const [kind, parts, min] = particle;
    if (min === 0 && !this.#wants(depth)) return [];
    if (kind === 's') return parts.flatMap((part) => this.#particle(part, depth, used));
    return this.#particle(pick(this.#random, parts), depth, used);
  }

  #elements(particle: FormatElement, depth: number, used: Map<string, FormatElement>): Node[] {
    const [, local, , typeId, min, max, fixed] = particle;
    if (min === 0 && !this.#wants(depth)) return [];
    const other = used.get(local);
    // The same name at two places of one element: a plain object has it once.
    if (other && other !== particle) {
      if (min === 0) return [];
      throw new Ambiguous();
    }
    used.set(local, particle);
    const count = Math.max(min, max === 1 ? 1 : int(this.#random, 1, max < 0 ? 2 : Math.min(max, 2)));
    return Array.from({ length: count }, () => this.#node(particle, this.#file.types[typeId] ?? {}, fixed, depth));
  }

  #node(particle: FormatElement, type: FormatType, fixed: string | undefined, depth: number): Node {
    const attributes: Record<string, string> = {};
    for (const a of type.a ?? [])
      if (a.r || (a.ns === undefined && a.n !== 'Id' && this.#random() < 0.7))
        attributes[a.n] = a.f ?? sampleOf(a.s ?? { b: 'string', min: 1 }, this.#random);
    if (type.s)
      return { particle, attributes, text: fixed ?? sampleOf(type.s, this.#random), simple: type.s, children: [] };
    return { particle, attributes, children: this.children(type, depth + 1) };
  }

  #wants(depth: number): boolean {
    return this.#random() < Math.max(0, 0.8 - depth / 11);
  }
}

/** Made of what a plain object can't say; another is made instead. */
export class Ambiguous extends Error {}

/** The object that the writer under test is given. */
export function nativeOf(nodes: readonly Node[], attributes: Record<string, string> = {}): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(attributes)) out[`@${name}`] = value;
  for (const node of nodes) {
    const { particle, text, children } = node;
    const value =
      text === undefined
        ? nativeOf(children, node.attributes)
        : Object.keys(node.attributes).length > 0
          ? { ...nativeOf([], node.attributes), '#': text }
          : text;
    const before = out[particle[1]];
    if (Array.isArray(before)) before.push(value);
    else if (before !== undefined) out[particle[1]] = [before, value];
    else out[particle[1]] = particle[5] === 1 ? value : [value];
  }
  return out;
}

/** The same message as text, written here without a look at any rule. */
export function xmlOf(file: FormatFile, nodes: readonly Node[]): string {
  return nodes
    .map(({ particle: [, local, ns], attributes, text, children }) => {
      const said = Object.entries(attributes)
        .map(([name, value]) => ` ${name}="${xmlText(value)}"`)
        .join('');
      return `<${local} xmlns="${file.namespaces[ns]}"${said}>${text === undefined ? xmlOf(file, children) : xmlText(text)}</${local}>`;
    })
    .join('');
}

export function xmlText(text: string): string {
  return [...text].map((sign) => ('<>&"\t\n\r'.includes(sign) ? `&#${sign.codePointAt(0)};` : sign)).join('');
}

export function allNodes(nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) => [node, ...allNodes(node.children)]);
}
