import type { Cursor } from './cursor.ts';
import { type Scope, XML_NAMESPACE, XMLNS_NAMESPACE, type XmlAttribute, type XmlDeclaration } from './nodes.ts';
import type { QualifiedName } from './qualified-names.ts';

/** An attribute as it stands in the tag. */
export interface RawAttribute {
  readonly name: QualifiedName;
  readonly value: string;
  readonly position: number;
}

export const outermostScope: Scope = new Map([['xml', XML_NAMESPACE]]);
const nothing: readonly never[] = [];

/** Sorts the attributes of a tag into declarations and the rest, by Namespaces in XML 1.0. */
export function resolveAttributes(
  raw: readonly RawAttribute[],
  outer: Scope,
  cursor: Cursor,
): { attributes: readonly XmlAttribute[]; declarations: readonly XmlDeclaration[]; scope: Scope } {
  checkNames(raw, cursor);
  let declarations: XmlDeclaration[] | undefined;
  for (const attribute of raw) {
    const declaration = declarationOf(attribute, cursor);
    if (!declaration) continue;
    declarations ??= [];
    declarations.push(declaration);
  }
  const scope = declarations ? extend(outer, declarations, cursor, raw) : outer;
  if (declarations?.length === raw.length) return { attributes: nothing, declarations, scope };
  const attributes: XmlAttribute[] = [];
  let qualified = 0;
  for (const { name, value, position } of raw) {
    if (isDeclaration(name)) continue;
    const { text, prefix, local } = name;
    if (prefix) qualified++;
    attributes.push({
      name: text,
      prefix,
      local,
      namespace: prefix ? namespaceOf(prefix, scope, cursor, position) : '',
      value,
    });
  }
  if (qualified > 1) checkQualifiedNames(attributes, cursor, raw);
  return { attributes, declarations: declarations ?? nothing, scope };
}

/** @param prefix not empty */
export function namespaceOf(prefix: string, scope: Scope, cursor: Cursor, position: number): string {
  const namespace = scope.get(prefix);
  if (namespace === undefined)
    cursor.fail('unbound-prefix', 'a prefix is not declared; add xmlns:prefix="…" here or further out.', position);
  return namespace;
}

function isDeclaration({ text, prefix }: QualifiedName): boolean {
  return prefix === 'xmlns' || text === 'xmlns';
}

function declarationOf({ name, value, position }: RawAttribute, cursor: Cursor): XmlDeclaration | undefined {
  if (!isDeclaration(name)) return undefined;
  const prefix = name.prefix ? name.local : '';
  if (prefix === 'xmlns') cursor.fail('reserved-namespace', 'the prefix xmlns may not be declared.', position);
  if ((prefix === 'xml') !== (value === XML_NAMESPACE))
    cursor.fail('reserved-namespace', `the prefix xml and ${XML_NAMESPACE} belong to each other alone.`, position);
  if (value === XMLNS_NAMESPACE) cursor.fail('reserved-namespace', `${XMLNS_NAMESPACE} may not be declared.`, position);
  if (prefix && !value)
    cursor.fail('reserved-namespace', 'a prefix may not be bound to nothing (xmlns:prefix="").', position);
  if (value && !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(value))
    cursor.fail(
      'relative-namespace',
      'a namespace has no scheme, and such a document has no canonical form; write a full URI.',
      position,
    );
  return { prefix, namespace: value };
}

function extend(
  outer: Scope,
  declarations: readonly XmlDeclaration[],
  cursor: Cursor,
  raw: readonly RawAttribute[],
): Scope {
  const scope = new Map(outer);
  for (const { prefix, namespace } of declarations)
    if (namespace) scope.set(prefix, namespace);
    else scope.delete(prefix);
  if (scope.size > cursor.limits.maxNamespaces)
    cursor.fail(
      'too-many-namespaces',
      `more than ${cursor.limits.maxNamespaces} prefixes are in scope.`,
      raw[0]?.position,
    );
  return scope;
}

function checkNames(raw: readonly RawAttribute[], cursor: Cursor): void {
  if (raw.length < 2) return;
  if (raw.length > 8) {
    const names = new Set<string>();
    for (const { name, position } of raw) {
      if (names.has(name.text)) duplicate(cursor, position);
      names.add(name.text);
    }
    return;
  }
  for (let i = 1; i < raw.length; i++) {
    const later = raw[i] as RawAttribute;
    for (let j = 0; j < i; j++) if (raw[j]?.name.text === later.name.text) duplicate(cursor, later.position);
  }
}

/** Two prefixes of one namespace make one name of two attributes. */
function checkQualifiedNames(attributes: readonly XmlAttribute[], cursor: Cursor, raw: readonly RawAttribute[]): void {
  const prefixes = new Map<string, string>();
  let shared = false;
  for (const { prefix, namespace } of attributes) {
    if (!prefix) continue;
    if ((prefixes.get(namespace) ?? prefix) !== prefix) shared = true;
    prefixes.set(namespace, prefix);
  }
  // Names that differ as written differ in meaning too, unless a namespace came by two prefixes.
  if (!shared) return;
  const names = new Set<string>();
  for (const { name, namespace, local } of attributes) {
    if (!namespace) continue;
    const qualified = `${local} ${namespace}`;
    if (names.has(qualified)) duplicate(cursor, raw.find((attribute) => attribute.name.text === name)?.position);
    names.add(qualified);
  }
}

function duplicate(cursor: Cursor, position: number | undefined): never {
  cursor.fail('duplicate-attribute', 'an element has the same attribute twice; leave one.', position);
}
