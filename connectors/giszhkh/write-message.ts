import { HubError, type InputFault } from '../../canonical/errors.ts';
import { nearest } from '../../canonical/nearest.ts';
import { forbiddenUnit, unitsOf } from '../../certs/xml/characters.ts';
import type { NativeObject } from '../port.ts';
import { formatOf, namesIn, operationOf, type ServiceName, usualVersion } from './format.ts';
import type { FormatElement, FormatFile, FormatParticle, FormatSimple, FormatType } from './format-file.ts';
import { faultOfValue, textOfScalar } from './simple-value.ts';

/** Faults told of one message at most; a wrong mapping makes one for each element. */
const MOST_FAULTS = 20;
const MAX_DEPTH = 40;

export interface MessageSettings {
  /** Version of the format; the fixed one, or the newest that the schema names, when left out. */
  readonly version?: string;
  /** Identifier that the signature refers to; left out for messages that are not signed. */
  readonly id?: string;
}

/**
 * Writes a request element from a plain object whose keys are the official local names. Order, namespaces and counts come from the
 * formats, so the caller need not know them; lists are arrays. An attribute is a key that begins with `@`, and the value of an element
 * that has attributes is its `#`. What the format does not allow is told by its place.
 *
 * @throws HubError rejected/GISZHKH_FORMAT with one entry of `errors` per fault; values are not repeated, as they may be personal data
 */
export function writeMessage(
  service: ServiceName,
  operation: string,
  content: NativeObject,
  settings: MessageSettings = {},
): string {
  const file = formatOf(service);
  const described = operationOf(service, operation);
  const writer = new Writer(file);
  // What begins with `$` is a note for the connector (a house to look in), and does not travel.
  const travelling = Object.fromEntries(Object.entries(content).filter(([key]) => !key.startsWith('$')));
  const inner = writer.content(travelling, file.types[described.type] ?? {}, '');
  writer.noAttributes(content);
  const tag = writer.name(described.element, described.ns);
  const version = settings.version ?? usualVersion(described);
  const signed = file.types[described.type]?.a?.some((a) => a.n === 'Id') ?? false;
  const attributes = [
    ...(settings.id && signed ? [`Id="${settings.id}"`] : []),
    ...(version ? [`${writer.name('version', 1)}="${escapeAttribute(version)}"`] : []),
  ];
  writer.check();
  return `<${[tag, ...writer.declarations(), ...attributes].join(' ')}>${inner}</${tag}>`;
}

/** What is wrong with one element of a request, before it is put together with others; empty when nothing is. */
export function faultsOfPart(service: ServiceName, type: number, content: NativeObject): readonly InputFault[] {
  const file = formatOf(service);
  const writer = new Writer(file);
  writer.part(content, file.types[type] ?? {});
  return writer.faults;
}

class Writer {
  readonly #file: FormatFile;
  readonly #used = new Set<number>();
  readonly faults: InputFault[] = [];

  constructor(file: FormatFile) {
    this.#file = file;
  }

  name(local: string, namespace: number): string {
    this.#used.add(namespace);
    return `${prefixOf(this.#file, namespace)}:${local}`;
  }

  declarations(): string[] {
    return [...this.#used]
      .sort((a, b) => a - b)
      .map((ns) => `xmlns:${prefixOf(this.#file, ns)}="${this.#file.namespaces[ns]}"`);
  }

  check(): void {
    if (this.faults.length === 0) return;
    throw new HubError(
      'rejected',
      'GISZHKH_FORMAT',
      'The request does not fit the format of ГИС ЖКХ; correct the data or the mapping. Nothing was sent.',
      { errors: this.faults.slice(0, MOST_FAULTS) },
    );
  }

  /** An element by itself, with its attributes. */
  part(object: NativeObject, type: FormatType): void {
    this.#attributes(object, type, '');
    this.content(object, type, '');
  }

  /** The request element has attributes that the settings give, and no others. */
  noAttributes(object: NativeObject): void {
    for (const key of Object.keys(object))
      if (key.startsWith('@') && isThere(object[key])) this.#fault(`/${key}`, 'is not given by the content');
  }

  content(object: NativeObject, type: FormatType, at: string, depth = 0): string {
    if (depth > MAX_DEPTH) {
      this.#fault(at, 'is nested too deep');
      return '';
    }
    const allowed = type.c ? new Set(namesIn(type.c)) : new Set<string>();
    const strange = Object.keys(object).filter(
      (key) => !allowed.has(key) && !key.startsWith('@') && object[key] !== undefined && object[key] !== null,
    );
    for (const key of strange) {
      const near = nearest(key, [...allowed]);
      this.#fault(`${at}/${key}`, `is not an element of this place${near ? `; did you mean ${near}?` : ''}`);
    }
    if (!type.c) return '';
    const written = new Set<string>();
    const text = this.#particle(type.c, object, at, depth, written);
    for (const key of Object.keys(object))
      if (allowed.has(key) && isThere(object[key]) && !written.has(key))
        this.#fault(`${at}/${key}`, 'can’t stand together with the other elements of this place');
    return text;
  }

  #particle(particle: FormatParticle, object: NativeObject, at: string, depth: number, written: Set<string>): string {
    if (particle[0] === 'e') return this.#element(particle, object, at, depth, written);
    const [kind, parts, min] = particle;
    const given = namesIn(particle).some((name) => isThere(object[name]) && !written.has(name));
    if (min === 0 && !given) return '';
    if (kind === 's') return parts.map((part) => this.#particle(part, object, at, depth, written)).join('');
    const branch = chosen(parts, object, written);
    if (branch) return this.#particle(branch, object, at, depth, written);
    if (!parts.some(mayBeEmpty))
      this.#fault(
        at || '/',
        `needs one of ${parts
          .map((part) => namesIn(part).join('+'))
          .slice(0, 12)
          .join(' | ')}`,
      );
    return '';
  }

  #element(particle: FormatElement, object: NativeObject, at: string, depth: number, written: Set<string>): string {
    const [, local, namespace, typeId, min, max, fixed] = particle;
    const value = object[local];
    const items = !isThere(value) || written.has(local) ? [] : Array.isArray(value) ? value : [value];
    written.add(local);
    const place = `${at}/${local}`;
    if (items.length < min) {
      if (items.length === 0) this.#fault(place, 'is required');
      else this.#fault(place, `must be there at least ${min} times`);
      return '';
    }
    if (max >= 0 && items.length > max) {
      this.#fault(
        place,
        max === 1 ? 'may be there only once' : `may be there at most ${max} times and is there ${items.length} times`,
      );
      return '';
    }
    const type = this.#file.types[typeId] ?? {};
    const tag = items.length > 0 ? this.name(local, namespace) : '';
    return items
      .map((item, i) => this.#one(tag, item, type, fixed, max === 1 ? place : `${place}/${i}`, depth))
      .join('');
  }

  #one(tag: string, item: unknown, type: FormatType, fixed: string | undefined, at: string, depth: number): string {
    if (type.s) {
      const attributed = type.a && item !== null && typeof item === 'object' ? (item as NativeObject) : undefined;
      const text = plainText(attributed ? attributed['#'] : item, type.s);
      if (text === undefined) {
        this.#fault(at, 'must be a single value');
        return '';
      }
      for (const key of Object.keys(attributed ?? {}))
        if (key !== '#' && !key.startsWith('@')) this.#fault(`${at}/${key}`, 'is not an element of this place');
      const fault = fixed !== undefined && text !== fixed ? `must be ${fixed} or left out` : faultOfValue(text, type.s);
      if (fault) this.#fault(at, fault);
      else if (forbiddenUnit(unitsOf(text)) >= 0) this.#fault(at, 'holds a character that XML does not allow');
      return `<${tag}${this.#attributes(attributed ?? {}, type, at)}>${escapeText(text)}</${tag}>`;
    }
    // An element without content is a mark; `true` sets it.
    if (!type.c && item === true) return `<${tag}${this.#attributes({}, type, at)}></${tag}>`;
    if (item === null || typeof item !== 'object' || Array.isArray(item)) {
      this.#fault(at, 'must be a group of elements');
      return '';
    }
    const group = item as NativeObject;
    return `<${tag}${this.#attributes(group, type, at)}>${this.content(group, type, at, depth + 1)}</${tag}>`;
  }

  #attributes(object: NativeObject, { a: known = [] }: FormatType, at: string): string {
    for (const key of Object.keys(object))
      if (key.startsWith('@') && isThere(object[key]) && !known.some((a) => `@${a.n}` === key))
        this.#fault(`${at}/${key}`, 'is not an attribute of this place');
    let written = '';
    for (const { n, ns, r, f, s } of known) {
      const value = object[`@${n}`];
      const place = `${at}/@${n}`;
      if (!isThere(value)) {
        if (r && f !== undefined) written += this.#attribute(n, ns, f);
        else if (r) this.#fault(place, 'is required');
        continue;
      }
      const text = plainText(value, s);
      const fault =
        text === undefined
          ? 'must be a single value'
          : f !== undefined && text !== f
            ? `must be ${f} or left out`
            : (s && faultOfValue(text, s)) || undefined;
      if (fault) this.#fault(place, fault);
      else if (forbiddenUnit(unitsOf(text as string)) >= 0)
        this.#fault(place, 'holds a character that XML does not allow');
      else written += this.#attribute(n, ns, text as string);
    }
    return written;
  }

  #attribute(name: string, namespace: number | undefined, value: string): string {
    return ` ${namespace === undefined ? name : this.name(name, namespace)}="${escapeAttribute(value)}"`;
  }

  #fault(pointer: string, message: string): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push({ pointer, message });
  }
}

/** The branch that most of the given elements belong to; of equals, the one whose required elements are all there. */
function chosen(
  parts: readonly FormatParticle[],
  object: NativeObject,
  written: ReadonlySet<string>,
): FormatParticle | undefined {
  let best: { part: FormatParticle; count: number; whole: number } | undefined;
  for (const part of parts) {
    const count = namesIn(part).filter((name) => isThere(object[name]) && !written.has(name)).length;
    if (count === 0) continue;
    const whole = isWhole(part, object) ? 1 : 0;
    if (!best || count > best.count || (count === best.count && whole > best.whole)) best = { part, count, whole };
  }
  return best?.part;
}

function isWhole(particle: FormatParticle, object: NativeObject): boolean {
  if (particle[0] === 'e') return particle[4] === 0 || isThere(object[particle[1]]);
  const [kind, parts, min] = particle;
  if (min === 0) return true;
  return kind === 's' ? parts.every((part) => isWhole(part, object)) : parts.some((part) => isWhole(part, object));
}

function mayBeEmpty(particle: FormatParticle): boolean {
  if (particle[0] === 'e') return particle[4] === 0;
  const [kind, parts, min] = particle;
  if (min === 0) return true;
  return kind === 's' ? parts.every(mayBeEmpty) : parts.some(mayBeEmpty);
}

/** Blanks around what is no text mean nothing by XML Schema, and readers differ about them: they don't travel. */
function plainText(value: unknown, type: FormatSimple | undefined): string | undefined {
  const text = textOfScalar(value);
  return type && type.b !== 'string' && type.b !== 'normalizedString' ? text?.trim() : text;
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}

const prefixes = new WeakMap<FormatFile, string[]>();

/** The last step of the namespace's address: `house-management`, `base` … */
function prefixOf(file: FormatFile, namespace: number): string {
  let all = prefixes.get(file);
  if (!all) {
    all = file.namespaces.map((uri) => uri.split('/').filter(Boolean).at(-1) ?? 'x');
    prefixes.set(file, all);
  }
  return all[namespace] ?? 'x';
}

/** A carriage return is written as a reference, or it would not be the same after reading. */
export function escapeText(text: string): string {
  return text.replace(
    /[&<>\r]/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' })[sign] as string,
  );
}

export function escapeAttribute(text: string): string {
  return text.replace(
    /[&<"\t\n\r]/g,
    (sign) =>
      ({ '&': '&amp;', '<': '&lt;', '"': '&quot;', '\t': '&#x9;', '\n': '&#xA;', '\r': '&#xD;' })[sign] as string,
  );
}
