import type { XmlDocument, XmlElement } from './nodes.ts';

/** The element children, in order. */
export function elementsOf(element: XmlElement): XmlElement[] {
  return element.children.filter((child) => child.kind === 'element');
}

export function isNamed(element: XmlElement | undefined, namespace: string, local: string): element is XmlElement {
  return element !== undefined && element.local === local && element.namespace === namespace;
}

/** Every element, an outer one before what is in it. */
export function* allElements(apex: XmlElement): Generator<XmlElement> {
  const waiting = [apex];
  for (let element = waiting.pop(); element; element = waiting.pop()) {
    yield element;
    for (let i = element.children.length - 1; i >= 0; i--) {
      const child = element.children[i];
      if (child?.kind === 'element') waiting.push(child);
    }
  }
}

/** Value of the attribute without a namespace. */
export function attributeOf(element: XmlElement, name: string): string | undefined {
  return element.attributes.find((attribute) => attribute.name === name)?.value;
}

/** The text directly in an element; comments and instructions between its parts don't end it. */
export function textOf(element: XmlElement): string {
  let text = '';
  for (const child of element.children) if (child.kind === 'text') text += child.value;
  return text;
}

/**
 * Elements by every attribute that somebody may take for an identifier: `Id`, `ID`, `id`, with or without a prefix (`wsu:Id`,
 * `xml:id`). Without a schema nobody knows which is meant, so a signature must not depend on the choice.
 */
export function elementsById(document: XmlDocument): Map<string, XmlElement[]> {
  const found = new Map<string, XmlElement[]>();
  for (const element of allElements(document.root))
    for (const { local, value } of element.attributes) {
      if (local.length !== 2 || local.toLowerCase() !== 'id') continue;
      const others = found.get(value);
      if (!others) found.set(value, [element]);
      else if (others.at(-1) !== element) others.push(element);
    }
  return found;
}
