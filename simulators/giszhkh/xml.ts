import { createRequire } from 'node:module';

/** What of the DOM is used here; the library's own types bring those of a whole browser. */
export interface Node {
  readonly nodeType: number;
  readonly firstChild: Node | null;
  readonly nextSibling: Node | null;
  readonly parentNode: Node | null;
  readonly textContent: string | null;
}
export interface Element extends Node {
  readonly localName: string | null;
  readonly namespaceURI: string | null;
  readonly attributes: {
    readonly length: number;
    readonly [index: number]: { readonly name: string; readonly value: string };
  };
  readonly ownerDocument: Document | null;
  getAttribute(name: string): string | null;
  getAttributeNS(namespace: string, name: string): string | null;
  removeChild(child: Node): Node;
  insertBefore(child: Node, before: Node | null): Node;
}
export interface Document {
  readonly documentElement: Element;
}
interface Dom {
  DOMParser: new (options: {
    errorHandler: Record<'warning' | 'error' | 'fatalError', (message: string) => void>;
  }) => {
    parseFromString(text: string, type: string): Document | undefined;
  };
}
interface Canonicalizer {
  new (): {
    process(
      element: Element,
      options: { ancestorNamespaces: readonly { prefix: string; namespaceURI: string }[] },
    ): unknown;
  };
}

const require = createRequire(import.meta.url);
const { DOMParser } = require('@xmldom/xmldom') as Dom;
/** Canonicalisation by xml-crypto: exclusive, and by Canonical XML 1.0. */
export const { ExclusiveCanonicalization, C14nCanonicalization } = require('xml-crypto') as {
  ExclusiveCanonicalization: Canonicalizer;
  C14nCanonicalization: Canonicalizer;
};

export const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
export const BASE = 'http://dom.gosuslugi.ru/schema/integration/base/';
export const DS = 'http://www.w3.org/2000/09/xmldsig#';
export const XADES = 'http://uri.etsi.org/01903/v1.3.2#';

/** What cannot be read as a message. */
export class Malformed extends Error {}

/** @throws Malformed for what is not well-formed, or holds a document type, entities or instructions */
export function parse(text: string): Document {
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) throw new Malformed('a document type is not allowed');
  const faults: string[] = [];
  const note = (message: string): void => void faults.push(message);
  const document = new DOMParser({ errorHandler: { warning: note, error: note, fatalError: note } }).parseFromString(
    text.replace(/^\ufeff/, ''),
    'text/xml',
  );
  if (faults.length > 0 || !document?.documentElement) throw new Malformed(faults[0] ?? 'no document');
  return document;
}

export function children(element: Node | undefined): Element[] {
  const out: Element[] = [];
  for (let node = element?.firstChild ?? null; node; node = node.nextSibling)
    if (node.nodeType === 1) out.push(node as Element);
  return out;
}

/** First child of this local name. */
export function child(element: Element | undefined, name: string): Element | undefined {
  return children(element).find((e) => e.localName === name);
}

export function all(element: Element | undefined, name: string): Element[] {
  return children(element).filter((e) => e.localName === name);
}

/** Text of a child, or of a path of children; undefined where there is none. */
export function text(element: Element | undefined, ...path: string[]): string | undefined {
  const at = path.reduce<Element | undefined>((e, name) => child(e, name), element);
  return at?.textContent?.trim();
}

export function descendants(element: Element): Element[] {
  return children(element).flatMap((e) => [e, ...descendants(e)]);
}

export function escaped(value: string): string {
  return value.replace(
    /[&<>"]/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] as string,
  );
}

/** `<prefix:name>…</prefix:name>`; nothing for undefined. */
export function tag(name: string, content: string | number | undefined): string {
  return content === undefined ? '' : `<${name}>${typeof content === 'number' ? content : content}</${name}>`;
}

/** As {@link tag}, for words that somebody wrote. */
export function word(name: string, value: string | undefined): string {
  return tag(name, value === undefined ? undefined : escaped(value));
}
