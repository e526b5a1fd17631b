import { DerFault } from './fault.ts';
import { DER_LIMITS } from './reader.ts';
import { OCTET_STRING } from './tags.ts';
import { tlv } from './writer.ts';

const CONSTRUCTED_OCTETS = OCTET_STRING | 0x20;

/**
 * DER of a structure whose outer parts were written as a stream: lengths that were not known beforehand (X.690 §8.1.3.6)
 * get known, and OCTET STRINGs in pieces become whole. Signature files with the document inside are often made so. What
 * is in DER already (certificates, signed attributes) stays as it is.
 *
 * @throws DerFault
 */
export function derOfBer(source: Uint8Array): Uint8Array {
  if (source.length > DER_LIMITS.maxBytes)
    throw new DerFault(
      'DER_LIMIT',
      `The structure has ${source.length} octets; at most ${DER_LIMITS.maxBytes} are read.`,
    );
  const state = { elements: 0 };
  const { der, next } = convert(source, 0, source.length, 0, state);
  if (next !== source.length)
    throw new DerFault('DER_TRAILING', `${source.length - next} octets follow the structure.`);
  return der;
}

interface Converted {
  der: Uint8Array;
  tag: number;
  content: Uint8Array;
  next: number;
}

function convert(source: Uint8Array, at: number, end: number, depth: number, state: { elements: number }): Converted {
  const cut = () => new DerFault('DER_TRUNCATED', `The element at octet ${at} goes beyond its end at ${end}.`);
  if (depth > DER_LIMITS.maxDepth || ++state.elements > DER_LIMITS.maxElements)
    throw new DerFault('DER_LIMIT', 'The structure is too deep or has too many elements.');
  const [tag, first] = [source[at], source[at + 1]];
  if (tag === undefined || first === undefined || at + 2 > end) throw cut();
  const isOpen = first === 0x80;
  if ((tag & 0x1f) === 0x1f || (isOpen && (tag & 0x20) === 0))
    throw new DerFault('DER_UNEXPECTED', `The element at octet ${at} has a tag that occurs in no structure read here.`);
  let [from, length] = [at + 2, first];
  if (first > 0x80) {
    const octets = first & 0x7f;
    if (octets > 4 || from + octets > end)
      throw octets > 4 ? new DerFault('DER_LIMIT', 'A length is beyond 4 GiB.') : cut();
    length = 0;
    for (let i = 0; i < octets; i++) length = length * 256 + (source[from + i] as number);
    from += octets;
  }
  const to = isOpen ? end : from + length;
  if (to > end) throw cut();
  if ((tag & 0x20) === 0) return { der: source.subarray(at, to), tag, content: source.subarray(from, to), next: to };

  const children: Converted[] = [];
  let next = from;
  for (;;) {
    if (isOpen && source[next] === 0 && source[next + 1] === 0 && next + 2 <= end) break;
    if (next >= to) {
      if (isOpen) throw cut();
      break;
    }
    const child = convert(source, next, to, depth + 1, state);
    children.push(child);
    next = child.next;
  }
  if (isOpen) next += 2;
  if (tag !== CONSTRUCTED_OCTETS)
    return whole(
      tag,
      children.map(({ der }) => der),
      next,
    );
  if (children.some((child) => child.tag !== OCTET_STRING))
    throw new DerFault('DER_UNEXPECTED', `The OCTET STRING at octet ${at} has pieces of another kind.`);
  return whole(
    OCTET_STRING,
    children.map(({ content }) => content),
    next,
  );
}

function whole(tag: number, contents: readonly Uint8Array[], next: number): Converted {
  return { der: tlv(tag, ...contents), tag, content: Buffer.concat(contents), next };
}
