import type { XmlDocument, XmlElement } from './nodes.ts';

/** The element children, in order. */
export function elementsOf(element: XmlElement): XmlElement[] {
  return element.children.filter((child) => child.kind === 'element');
}

export function isNamed(element: XmlElement | undefined, namespace: string, local: string): element is XmlElement {
  return element !== undefined && element.local === local && element.namespace === namespace;
}

/** Every element, an outer one before what is in it. */
export function allElements(apex: XmlElement): XmlElement[] {
  const found = [apex];
  // No generator and no recursion: a large request is walked through several times.
  for (let at = 0; at < found.length; at++)
    for (const child of (found[at] as XmlElement).children) if (child.kind === 'element') found.push(child);
  return found;
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
