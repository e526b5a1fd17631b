import { DerFault } from '../asn1/fault.ts';
import { type Element, fieldsOf } from '../asn1/reader.ts';
import { SEQUENCE, SET } from '../asn1/tags.ts';
import { readOid } from '../asn1/values.ts';
import { oid, sequence, setOf, sortedSet, tlv } from '../asn1/writer.ts';

const MAX_ATTRIBUTES = 100;
const MAX_VALUES = 20;

/** Signed or unsigned attributes of a signer (RFC 5652 §5.3). */
export class Attributes {
  readonly #all: { oid: string; values: Element[]; der: Uint8Array }[] = [];

  /** @param element what holds the attributes, whatever its tag @throws DerFault */
  constructor(element: Element) {
    for (const child of element.children()) {
      if (this.#all.length >= MAX_ATTRIBUTES) throw new DerFault('DER_LIMIT', `Over ${MAX_ATTRIBUTES} attributes.`);
      const fields = fieldsOf(child, SEQUENCE, 'Attribute');
      const type = readOid(fields.any('attrType'), 'The type of an attribute');
      const values = [...fields.take('attrValues', SET).children()];
      fields.end();
      if (values.length > MAX_VALUES) throw new DerFault('DER_LIMIT', `An attribute has over ${MAX_VALUES} values.`);
      this.#all.push({ oid: type, values, der: child.der });
    }
  }

  /** Each attribute as it stands, in order. */
  get ders(): Uint8Array[] {
    return this.#all.map(({ der }) => der);
  }

  has(type: string): boolean {
    return this.#all.some((a) => a.oid === type);
  }

  /** The value of an attribute that may stand there once with one value; undefined without it. @throws DerFault */
  single(type: string): Element | undefined {
    const found = this.#all.filter((a) => a.oid === type);
    if (found.length === 0) return undefined;
    const [only] = found;
    if (found.length > 1 || only?.values.length !== 1)
      throw new DerFault('DER_VALUE', `The attribute ${type} stands there more than once, or without one value.`);
    return only.values[0];
  }

  /** All values of all attributes of a type. */
  values(type: string): Element[] {
    return this.#all.filter((a) => a.oid === type).flatMap((a) => a.values);
  }
}

export const attributeOf = (type: string, ...values: readonly Uint8Array[]): Uint8Array =>
  sequence(oid(type), setOf(...values));

/** Attributes with the tag they are signed under (SET OF) and the one they have in the message. */
export function attributeSet(attributes: readonly Uint8Array[]): {
  signed: Uint8Array;
  inMessage(n: number): Uint8Array;
} {
  const sorted = sortedSet(attributes);
  return { signed: tlv(SET, ...sorted), inMessage: (n) => tlv(0xa0 | n, ...sorted) };
}
