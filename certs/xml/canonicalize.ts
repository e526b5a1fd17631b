import { escapeAttribute, escapeText } from './canonical-text.ts';
import { compareCodePoints } from './code-point-order.ts';
import {
  XML_NAMESPACE,
  type XmlAttribute,
  type XmlDeclaration,
  type XmlDocument,
  type XmlElement,
  type XmlNode,
} from './nodes.ts';

/** How a canonical form is made. */
export interface Canonicalization {
  /** Canonical XML 1.0 (`inclusive`) or Exclusive XML Canonicalization 1.0. */
  readonly mode: 'inclusive' | 'exclusive';
  /** `drop` unless the algorithm is one "with comments". */
  readonly comments?: 'drop' | 'keep';
  /** Of exclusive mode: prefixes that are treated as in inclusive mode; `''` is the default namespace (`#default`). */
  readonly inclusivePrefixes?: readonly string[];
  /** A subtree that is left out: the signature, for the enveloped-signature transform. */
  readonly without?: XmlElement;
}

type Rendered = ReadonlyMap<string, string>;
const nothing: readonly never[] = [];
const nothingRendered: Rendered = new Map();

/**
 * The canonical form of a whole document or of one element with everything in it; what is signed are its UTF-8 octets.
 * Source: W3C Canonical XML 1.0 (REC-xml-c14n-20010315), Exclusive XML Canonicalization 1.0 (REC-xml-exc-c14n-20020718)
 */
export function canonicalize(apex: XmlDocument | XmlElement, how: Canonicalization): string {
  return written(apex, how).join('');
}

/** The UTF-8 octets of the same, without the whole text being put together first. */
export function canonicalOctets(apex: XmlDocument | XmlElement, how: Canonicalization): Uint8Array {
  const parts = written(apex, how);
  // A unit takes three octets at most. Writing at once and copying costs half of what counting the octets first does.
  const room = Buffer.allocUnsafe(3 * parts.reduce((units, part) => units + part.length, 0));
  let length = 0;
  for (const part of parts) length += room.write(part, length);
  return Buffer.from(room.subarray(0, length));
}

function written(apex: XmlDocument | XmlElement, how: Canonicalization): readonly string[] {
  const writer = new CanonicalWriter(how);
  if (apex.kind === 'document') writer.document(apex);
  else writer.apex(apex);
  return writer.parts();
}

/** Units of a stretch that stands as a part of its own; shorter ones are joined. */
const LONG = 4_096;

/**
 * Most of a request is in canonical form already. Such stretches of the source are gathered as two positions and copied at once; only
 * what differs is written piece by piece.
 */
class CanonicalWriter {
  /** No part ends inside of a surrogate pair: each begins and ends at markup. */
  readonly #parts: string[] = [];
  #text = '';
  #source = '';
  #from = 0;
  #to = 0;
  readonly #exclusive: boolean;
  readonly #comments: boolean;
  readonly #prefixes: readonly string[];
  readonly #without: XmlElement | undefined;

  constructor({ mode, comments = 'drop', inclusivePrefixes = [], without }: Canonicalization) {
    this.#exclusive = mode === 'exclusive';
    this.#comments = comments === 'keep';
    this.#prefixes = inclusivePrefixes;
    this.#without = without;
  }

  parts(): readonly string[] {
    this.#flush();
    return this.#text ? [...this.#parts, this.#text] : this.#parts;
  }

  #flush(): void {
    const length = this.#to - this.#from;
    if (length === 0) return;
    const stretch = this.#source.slice(this.#from, this.#to);
    this.#from = this.#to = 0;
    if (length < LONG) {
      this.#text += stretch;
      return;
    }
    if (this.#text) this.#parts.push(this.#text);
    this.#parts.push(stretch);
    this.#text = '';
  }

  #write(text: string): void {
    this.#flush();
    this.#text += text;
  }

  /** Takes a stretch of the source over as it is. */
  #copy(source: string, from: number, to: number): void {
    if (from !== this.#to || source !== this.#source) {
      this.#flush();
      this.#source = source;
      this.#from = from;
    }
    this.#to = to;
  }

  /** What stands before the root ends with a line feed, what stands after it begins with one. */
  document({ root, children }: XmlDocument): void {
    let after = false;
    for (const child of children) {
      if (child === root) {
        this.apex(root);
        after = true;
        continue;
      }
      if (child.kind === 'comment' && !this.#comments) continue;
      if (after) this.#write('\n');
      this.#node(child, root, nothingRendered);
      if (!after) this.#write('\n');
    }
  }

  apex(element: XmlElement): void {
    if (element === this.#without) return;
    if (this.#exclusive) this.#exclusiveElement(element, nothingRendered);
    else this.#inclusiveElement(element, inheritedDeclarations(element), inheritedAttributes(element));
  }

  #node(node: XmlNode, parent: XmlElement, rendered: Rendered): void {
    switch (node.kind) {
      case 'text':
        if (node.verbatimAt >= 0) this.#copy(parent.source, node.verbatimAt, node.verbatimEnd);
        else this.#write(escapeText(node.value));
        break;
      case 'element':
        if (node === this.#without) break;
        if (this.#exclusive) this.#exclusiveElement(node, rendered);
        else this.#inclusiveElement(node, ownDeclarations(node), node.attributes);
        break;
      case 'comment':
        if (this.#comments) this.#write(`<!--${node.value.replaceAll('\r', '&#xD;')}-->`);
        break;
      case 'instruction':
        this.#write(node.data ? `<?${node.target} ${node.data.replaceAll('\r', '&#xD;')}?>` : `<?${node.target}?>`);
        break;
    }
  }

  #inclusiveElement(
    element: XmlElement,
    declarations: readonly XmlDeclaration[],
    attributes: readonly XmlAttribute[],
  ): void {
    this.#startTag(element, declarations, attributes);
    for (const child of element.children) this.#node(child, element, nothingRendered);
    this.#endTag(element);
  }

  #exclusiveElement(element: XmlElement, rendered: Rendered): void {
    const declarations = this.#neededDeclarations(element, rendered);
    let inner = rendered;
    if (declarations) {
      const more = new Map(rendered);
      for (const { prefix, namespace } of declarations) more.set(prefix, namespace);
      inner = more;
    }
    this.#startTag(element, declarations ?? nothing, element.attributes);
    for (const child of element.children) this.#node(child, element, inner);
    this.#endTag(element);
  }

  #startTag(element: XmlElement, declarations: readonly XmlDeclaration[], attributes: readonly XmlAttribute[]): void {
    const { name, source, start, contentStart } = element;
    if (declarations.length === 0 && attributes.length === 0 && contentStart - start === name.length + 2)
      this.#copy(source, start, contentStart);
    else this.#write(`<${name}${writtenDeclarations(declarations)}${writtenAttributes(attributes)}>`);
  }

  #endTag({ name, source, contentEnd, end }: XmlElement): void {
    if (end - contentEnd === name.length + 3) this.#copy(source, contentEnd, end);
    else this.#write(`</${name}>`);
  }

  /** Declarations of prefixes that this element makes visible use of, and that no written ancestor has made already. */
  #neededDeclarations(element: XmlElement, rendered: Rendered): XmlDeclaration[] | undefined {
    if (
      element.attributes.length === 0 &&
      this.#prefixes.length === 0 &&
      (rendered.get(element.prefix) ?? '') === element.namespace
    )
      return undefined;
    const needed: XmlDeclaration[] = [];
    declare(needed, rendered, element.prefix, element.namespace);
    for (const { prefix, namespace } of element.attributes) if (prefix) declare(needed, rendered, prefix, namespace);
    for (const prefix of this.#prefixes) {
      const namespace = element.scope.get(prefix);
      if (namespace !== undefined || prefix === '') declare(needed, rendered, prefix, namespace ?? '');
    }
    return needed.length > 0 ? needed : undefined;
  }
}

/** Adds a declaration that is not in force and not among those that are to be written. */
function declare(needed: XmlDeclaration[], rendered: Rendered, prefix: string, namespace: string): void {
  if (prefix === 'xml' || (rendered.get(prefix) ?? '') === namespace) return;
  if (!needed.some((declaration) => declaration.prefix === prefix)) needed.push({ prefix, namespace });
}

function writtenDeclarations(declarations: readonly XmlDeclaration[]): string {
  let written = '';
  const sorted =
    declarations.length > 1 ? [...declarations].sort((a, b) => compareCodePoints(a.prefix, b.prefix)) : declarations;
  for (const { prefix, namespace } of sorted)
    written += prefix ? ` xmlns:${prefix}="${escapeAttribute(namespace)}"` : ` xmlns="${escapeAttribute(namespace)}"`;
  return written;
}

function writtenAttributes(attributes: readonly XmlAttribute[]): string {
  let written = '';
  const sorted = inOrder(attributes) ? attributes : [...attributes].sort(byNamespaceThenName);
  for (const { name, value } of sorted) written += ` ${name}="${escapeAttribute(value)}"`;
  return written;
}

/** Most elements have none or one. */
function inOrder(attributes: readonly XmlAttribute[]): boolean {
  for (let i = 1; i < attributes.length; i++)
    if (byNamespaceThenName(attributes[i - 1] as XmlAttribute, attributes[i] as XmlAttribute) > 0) return false;
  return true;
}

function byNamespaceThenName(a: XmlAttribute, b: XmlAttribute): number {
  return compareCodePoints(a.namespace, b.namespace) || compareCodePoints(a.local, b.local);
}

/** Declarations that change something; `xmlns:xml` is never written. */
function ownDeclarations({ declarations, parent }: XmlElement): readonly XmlDeclaration[] {
  if (declarations.length === 0) return declarations;
  return declarations.filter(
    ({ prefix, namespace }) => prefix !== 'xml' && (parent?.scope.get(prefix) ?? '') !== namespace,
  );
}

/** The apex of inclusive mode declares everything in its scope. */
function inheritedDeclarations({ scope }: XmlElement): XmlDeclaration[] {
  return [...scope].filter(([prefix]) => prefix !== 'xml').map(([prefix, namespace]) => ({ prefix, namespace }));
}

/** The apex of inclusive mode takes over `xml:lang` and the like from the nearest ancestor that has them (Canonical XML 1.0 §2.4). */
function inheritedAttributes(element: XmlElement): readonly XmlAttribute[] {
  const all = [...element.attributes];
  for (let outer = element.parent; outer; outer = outer.parent)
    for (const attribute of outer.attributes)
      if (
        attribute.namespace === XML_NAMESPACE &&
        !all.some(({ namespace, local }) => namespace === XML_NAMESPACE && local === attribute.local)
      )
        all.push(attribute);
  return all;
}
