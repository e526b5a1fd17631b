import { elementsOf, textOf } from '../../certs/xml/find.ts';
import type { XmlElement } from '../../certs/xml/nodes.ts';
import { DS } from '../../certs/xml/uris.ts';
import type { NativeObject } from '../port.ts';
import { formatOf, operationOf, type ServiceName } from './format.ts';
import type { FormatElement, FormatFile, FormatParticle, FormatType } from './format-file.ts';

/**
 * An answer as a plain object by local names. Elements that may repeat are arrays even when there is one; attributes are left out. Real
 * answers break choices and carry elements of newer formats, so nothing is refused here: what the format does not know is taken as it
 * comes.
 */
export function readResult(service: ServiceName, result: XmlElement): NativeObject {
  const file = formatOf(service);
  return read(file, result, file.types[file.result] ?? {});
}

/** A request of ours as a plain object, for previews and tests. */
export function readRequest(service: ServiceName, operation: string, request: XmlElement): NativeObject {
  const file = formatOf(service);
  return read(file, request, file.types[operationOf(service, operation).type] ?? {});
}

function read(file: FormatFile, element: XmlElement, type: FormatType): NativeObject {
  const known = elementsIn(type);
  const out: Record<string, unknown> = {};
  for (const child of elementsOf(element)) {
    // That of the message; a signed attachment has an element of the same name that is content.
    if (child.local === 'Signature' && child.namespace === DS) continue;
    const described = known.get(child.local);
    const value = described ? contentOf(file, child, file.types[described[3]] ?? {}) : freely(child);
    if (described && described[5] !== 1 && out[child.local] === undefined) out[child.local] = [value];
    else add(out, child.local, value);
  }
  return out;
}

function contentOf(file: FormatFile, element: XmlElement, type: FormatType): unknown {
  if (type.s) return textOf(element);
  if (!type.c && elementsOf(element).length === 0) return true;
  return read(file, element, type);
}

/** The second of a name makes a list. */
function add(out: Record<string, unknown>, name: string, value: unknown): void {
  const before = out[name];
  if (before === undefined) out[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else out[name] = [before, value];
}

function freely(element: XmlElement): unknown {
  const children = elementsOf(element);
  if (children.length === 0) return textOf(element);
  const out: Record<string, unknown> = {};
  for (const child of children) {
    add(out, child.local, freely(child));
  }
  return out;
}

const elementsByType = new WeakMap<FormatType, ReadonlyMap<string, FormatElement>>();

function elementsIn(type: FormatType): ReadonlyMap<string, FormatElement> {
  let known = elementsByType.get(type);
  if (!known) {
    const found = new Map<string, FormatElement>();
    const walk = (particle: FormatParticle): void => {
      if (particle[0] !== 'e') {
        particle[1].forEach(walk);
        return;
      }
      const [, name, , , , max] = particle;
      // The same name in two branches: a list wherever one of them allows it.
      const before = found.get(name);
      if (!before || (before[5] === 1 && max !== 1)) found.set(name, particle);
    };
    if (type.c) walk(type.c);
    known = found;
    elementsByType.set(type, known);
  }
  return known;
}
