/** Prefixes in scope and their namespaces; `''` is the default one. Shared by elements that declare nothing. */
export type Scope = ReadonlyMap<string, string>;

export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
export const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/';

/** Character data or a CDATA section; neighbours are not joined. Line ends are `\n`, references are resolved. */
export class XmlText {
  readonly kind = 'text';
  readonly value: string;
  /** Where it stands in the source exactly as its canonical form is; -1 when the two differ. */
  readonly verbatimAt: number;
  /** Where that stretch ends. */
  readonly verbatimEnd: number;

  constructor(value: string, verbatimAt = -1, verbatimEnd = -1) {
    this.value = value;
    this.verbatimAt = verbatimAt;
    this.verbatimEnd = verbatimEnd;
  }
}

export class XmlComment {
  readonly kind = 'comment';
  readonly value: string;

  constructor(value: string) {
    this.value = value;
  }
}

export class XmlInstruction {
  readonly kind = 'instruction';
  readonly target: string;
  readonly data: string;

  constructor(target: string, data: string) {
    this.target = target;
    this.data = data;
  }
}

/** An attribute that declares no namespace. */
export interface XmlAttribute {
  /** As written, with its prefix. */
  readonly name: string;
  readonly prefix: string;
  readonly local: string;
  /** `''` without a prefix: the default namespace is not for attributes. */
  readonly namespace: string;
  /** Normalised as XML 1.0 §3.3.3 demands of a document without DTD. */
  readonly value: string;
}

/** `xmlns="…"` (prefix `''`) or `xmlns:prefix="…"` of one element. */
export interface XmlDeclaration {
  readonly prefix: string;
  readonly namespace: string;
}

/** Positions are indexes into `source`. */
export class XmlElement {
  readonly kind = 'element';
  /** Text of the document, or of the fragment, that the element was read from. */
  readonly source: string;
  /** As written, with its prefix. */
  readonly name: string;
  readonly prefix: string;
  readonly local: string;
  /** `''` for none. */
  readonly namespace: string;
  readonly attributes: readonly XmlAttribute[];
  readonly declarations: readonly XmlDeclaration[];
  readonly scope: Scope;
  readonly parent: XmlElement | undefined;
  readonly children: XmlNode[] = [];
  /** Of `<`. */
  readonly start: number;
  /** After the `>` of the start tag; of an empty-element tag, after its `/>`. */
  readonly contentStart: number;
  /** Of the `<` of the end tag; equal to `contentStart` for an empty-element tag. */
  contentEnd = 0;
  /** After the last `>`. */
  end = 0;

  constructor(
    source: string,
    name: string,
    prefix: string,
    local: string,
    namespace: string,
    attributes: readonly XmlAttribute[],
    declarations: readonly XmlDeclaration[],
    scope: Scope,
    parent: XmlElement | undefined,
    start: number,
    contentStart: number,
  ) {
    this.source = source;
    this.name = name;
    this.prefix = prefix;
    this.local = local;
    this.namespace = namespace;
    this.attributes = attributes;
    this.declarations = declarations;
    this.scope = scope;
    this.parent = parent;
    this.start = start;
    this.contentStart = contentStart;
  }
}

export type XmlNode = XmlElement | XmlText | XmlComment | XmlInstruction;

export class XmlDocument {
  readonly kind = 'document';
  /** The text that positions count in: the octets decoded, without a byte order mark, otherwise untouched. */
  readonly source: string;
  readonly root: XmlElement;
  /** Comments and instructions before the root, the root, comments and instructions after it. */
  readonly children: readonly XmlNode[];

  constructor(source: string, root: XmlElement, children: readonly XmlNode[]) {
    this.source = source;
    this.root = root;
    this.children = children;
  }
}
