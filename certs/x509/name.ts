import { type Element, Fields, fieldsOf, parseDer } from '../asn1/reader.ts';
import { SEQUENCE, SET } from '../asn1/tags.ts';
import { isText, readOid, readText } from '../asn1/values.ts';

/** Attribute types of names that the hub looks at. */
export const nameOid = {
  commonName: '2.5.4.3',
  surname: '2.5.4.4',
  country: '2.5.4.6',
  locality: '2.5.4.7',
  state: '2.5.4.8',
  street: '2.5.4.9',
  organization: '2.5.4.10',
  organizationalUnit: '2.5.4.11',
  title: '2.5.4.12',
  givenName: '2.5.4.42',
  email: '1.2.840.113549.1.9.1',
  /** ОГРН */
  ogrn: '1.2.643.100.1',
  /** СНИЛС */
  snils: '1.2.643.100.3',
  /** ИНН ЮЛ, ten digits */
  innLegal: '1.2.643.100.4',
  /** ОГРНИП */
  ogrnip: '1.2.643.100.5',
  /** ИНН: twelve digits of a person; in older certificates of organisations 00 and the ten digits. */
  inn: '1.2.643.3.131.1.1',
} as const;

/** The keywords of RFC 2253 §2.3; every other type is written by its object identifier. */
const KEYWORDS: Readonly<Record<string, string>> = {
  [nameOid.commonName]: 'CN',
  [nameOid.locality]: 'L',
  [nameOid.state]: 'ST',
  [nameOid.organization]: 'O',
  [nameOid.organizationalUnit]: 'OU',
  [nameOid.country]: 'C',
  [nameOid.street]: 'STREET',
  '0.9.2342.19200300.100.1.25': 'DC',
  '0.9.2342.19200300.100.1.1': 'UID',
};

const MAX_ATTRIBUTES = 100;

export interface NameAttribute {
  readonly oid: string;
  /** The text; undefined for a value of another type. */
  readonly text: string | undefined;
  /** The value's own encoding. */
  readonly der: Uint8Array;
}

export interface NameTextOptions {
  /** `rfc2253`: the last RDN first (the default); `certificate`: as the certificate has them. */
  order?: 'rfc2253' | 'certificate';
  /** Letters of the keywords; capitals by default. */
  keywords?: 'upper' | 'lower';
}

/** A distinguished name (X.501). */
export class DistinguishedName {
  /** As it stands in the certificate. Copied wherever a structure names the certificate, never made anew. */
  readonly der: Uint8Array;
  readonly rdns: readonly (readonly NameAttribute[])[];

  private constructor(der: Uint8Array, rdns: readonly (readonly NameAttribute[])[]) {
    this.der = der;
    this.rdns = rdns;
  }

  /** @throws DerFault */
  static read(element: Element): DistinguishedName {
    const rdns: NameAttribute[][] = [];
    const fields = fieldsOf(element, SEQUENCE, 'Name');
    let count = 0;
    while (!fields.isEmpty) {
      const set = new Fields(fields.take('RelativeDistinguishedName', SET), 'RelativeDistinguishedName');
      const rdn: NameAttribute[] = [];
      do rdn.push(readAttribute(set.take('AttributeTypeAndValue', SEQUENCE)));
      while (!set.isEmpty);
      rdns.push(rdn);
      count += rdn.length;
      if (count > MAX_ATTRIBUTES) break;
    }
    return new DistinguishedName(element.der, rdns);
  }

  static parse(der: Uint8Array): DistinguishedName {
    return DistinguishedName.read(parseDer(der));
  }

  get isEmpty(): boolean {
    return this.rdns.length === 0;
  }

  /** The text of the first attribute of a type, without white space around it. */
  first(oid: string): string | undefined {
    for (const rdn of this.rdns)
      for (const attribute of rdn) if (attribute.oid === oid) return attribute.text?.trim() || undefined;
    return undefined;
  }

  /**
   * The name as text by the escaping rules of RFC 2253 §2.4, without blanks after the commas. Types beyond the keywords
   * of RFC 2253 stand as `1.2.643.100.1=` with their text (e-mail too), a value that is no text as `#` and its DER in hex.
   */
  toText({ order = 'rfc2253', keywords = 'upper' }: NameTextOptions = {}): string {
    const parts = this.rdns.map((rdn) => rdn.map((attribute) => attributeText(attribute, keywords)).join('+'));
    return (order === 'rfc2253' ? parts.reverse() : parts).join(',');
  }

  /** The same name by the rules of RFC 5280 §7.1: kind of string, letter case and runs of blanks don't matter. */
  equals(other: DistinguishedName): boolean {
    return Buffer.compare(this.der, other.der) === 0 || this.#canonical() === other.#canonical();
  }

  #canonical(): string {
    const values = this.rdns.map((rdn) =>
      rdn
        .map(({ oid, text, der }) => [
          oid,
          text === undefined
            ? `#${Buffer.from(der).toString('hex')}`
            : `=${text.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ')}`,
        ])
        .sort(([a = ''], [b = '']) => (a < b ? -1 : a > b ? 1 : 0)),
    );
    return JSON.stringify(values);
  }
}

function readAttribute(element: Element): NameAttribute {
  const fields = new Fields(element, 'AttributeTypeAndValue');
  const oid = readOid(fields.any('type'), 'The type of a name attribute');
  const value = fields.any('value');
  fields.end();
  return { oid, text: isText(value) ? readText(value, `The name attribute ${oid}`) : undefined, der: value.der };
}

function attributeText({ oid, text, der }: NameAttribute, keywords: 'upper' | 'lower'): string {
  const keyword = KEYWORDS[oid];
  const type = keyword === undefined ? oid : keywords === 'lower' ? keyword.toLowerCase() : keyword;
  return `${type}=${text === undefined ? `#${Buffer.from(der).toString('hex')}` : escapeValue(text)}`;
}

function escapeValue(text: string): string {
  return text
    .replace(/[,+"\\<>;]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\ ');
}
