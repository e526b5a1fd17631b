import { isDerFault } from '../asn1/fault.ts';
import { parseDer } from '../asn1/reader.ts';
import { isText, readText } from '../asn1/values.ts';
import type { DistinguishedName, NameAttribute } from '../x509/name.ts';

/** Keywords that programs write, in small letters; whatever is not here stands as an object identifier. */
const keywords: Readonly<Record<string, string>> = {
  cn: '2.5.4.3',
  sn: '2.5.4.4',
  surname: '2.5.4.4',
  c: '2.5.4.6',
  l: '2.5.4.7',
  st: '2.5.4.8',
  s: '2.5.4.8',
  street: '2.5.4.9',
  o: '2.5.4.10',
  ou: '2.5.4.11',
  t: '2.5.4.12',
  title: '2.5.4.12',
  gn: '2.5.4.42',
  g: '2.5.4.42',
  givenname: '2.5.4.42',
  e: '1.2.840.113549.1.9.1',
  email: '1.2.840.113549.1.9.1',
  emailaddress: '1.2.840.113549.1.9.1',
  unstructuredname: '1.2.840.113549.1.9.2',
  dc: '0.9.2342.19200300.100.1.25',
  uid: '0.9.2342.19200300.100.1.1',
  инн: '1.2.643.3.131.1.1',
  inn: '1.2.643.3.131.1.1',
  огрн: '1.2.643.100.1',
  ogrn: '1.2.643.100.1',
  снилс: '1.2.643.100.3',
  snils: '1.2.643.100.3',
  'инн юл': '1.2.643.100.4',
  иннюл: '1.2.643.100.4',
  innle: '1.2.643.100.4',
  огрнип: '1.2.643.100.5',
  ogrnip: '1.2.643.100.5',
};

/**
 * Whether a text is the name: in the order of RFC 2253 or in that of the certificate, with attribute types as keywords or object
 * identifiers, values as text or as `#` and DER in hex. Signers differ in all of these.
 */
export function namesIssuer(text: string, name: DistinguishedName): boolean {
  const written = split(text);
  return [name.rdns, [...name.rdns].reverse()].some((rdns) => {
    const attributes = rdns.flat();
    return (
      written.length === attributes.length &&
      attributes.every((attribute, index) => {
        const part = written[index];
        return part?.oid === attribute.oid && part.values.some((value) => isValue(value, attribute));
      })
    );
  });
}

function isValue(value: string, { text, der }: NameAttribute): boolean {
  return value === `#${Buffer.from(der).toString('hex')}` || (text !== undefined && value === `=${spaced(text)}`);
}

/** Attributes in the order written; a part that is none gets an identifier that no certificate has. */
function split(text: string): { oid: string; values: string[] }[] {
  return parts(text).map((part) => {
    const equals = part.indexOf('=');
    const type = part
      .slice(0, Math.max(0, equals))
      .trim()
      .toLowerCase()
      .replace(/^oid\./, '');
    const raw = part.slice(equals + 1).trim();
    const oid = Object.hasOwn(keywords, type) ? (keywords[type] as string) : type;
    return { oid, values: /^#(?:[0-9a-f]{2})+$/i.test(raw) ? ofHex(raw.slice(1)) : [`=${spaced(unescaped(raw))}`] };
  });
}

/** Cut at commas, semicolons and plus signs that are neither escaped nor quoted. */
function parts(text: string): string[] {
  const found: string[] = [];
  let part = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string;
    if (character === '\\') part += character + (text[++i] ?? '');
    else if (character === '"') {
      quoted = !quoted;
    } else if (!quoted && (character === ',' || character === ';' || character === '+')) {
      found.push(part);
      part = '';
    } else part += character;
  }
  return [...found, part];
}

/** `\,` is the character itself, `\D0\9E` are octets of UTF-8. */
function unescaped(value: string): string {
  return value.replace(/(?:\\[0-9a-fA-F]{2})+|\\(.)/gs, (whole, character: string | undefined) =>
    character === undefined ? Buffer.from(whole.replaceAll('\\', ''), 'hex').toString('utf8') : character,
  );
}

/** The octets themselves, and the text when they are one: the kind of string is not part of a name. */
function ofHex(hex: string): string[] {
  const bare = `#${hex.toLowerCase()}`;
  try {
    const element = parseDer(Buffer.from(hex, 'hex'));
    return isText(element) ? [bare, `=${spaced(readText(element, 'A value of the issuer name'))}`] : [bare];
  } catch (error) {
    if (!isDerFault(error)) throw error;
    return [bare];
  }
}

function spaced(value: string): string {
  return value.trim().replace(/\s+/g, ' ');
}
