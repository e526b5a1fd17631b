import forge from 'node-forge';
import { publicPoint, sign } from './gost.ts';
import { streebog } from './streebog.ts';
import { child, DS, type Element, ExclusiveCanonicalization, parse, XADES } from './xml.ts';

const CP = 'urn:ietf:params:xml:ns:cpxmlsec:algorithms';
const EXC = 'http://www.w3.org/2001/10/xml-exc-c14n#';
/** Parameter set A of 256 bits. */
const CURVE = '1.2.643.7.1.2.1.1.1';

/** How an answer's signature is spoiled. */
export type Spoiled = 'stranger' | 'stripped' | 'moved' | 'doubled-id' | 'two-signatures' | 'altered';
export const spoilings: readonly Spoiled[] = [
  'stranger',
  'stripped',
  'moved',
  'doubled-id',
  'two-signatures',
  'altered',
];

/** A key of the stand-in with a certificate made for it. */
export interface AnswerKey {
  d: bigint;
  der: Buffer;
  issuer: string;
  serial: string;
}

/** @param seed makes the key; the same seed, the same key */
export function answerKey(name: string, seed: number, now: number): AnswerKey {
  const d = BigInt(`0x${Buffer.from(streebog(Buffer.from(`${name} ${seed}`), 256)).toString('hex')}`) >> 4n;
  const serial = String(1000 + seed);
  return { d, der: certificate(name, serial, d, now), issuer: `CN=${name}`, serial };
}

export function pemOf({ der }: AnswerKey): string {
  return `-----BEGIN CERTIFICATE-----\n${(der.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
}

const { asn1 } = forge;
const U = asn1.Class.UNIVERSAL;
type Node = forge.asn1.Asn1;
const sequence = (...items: Node[]): Node => asn1.create(U, asn1.Type.SEQUENCE, true, items);
const oid = (id: string): Node => asn1.create(U, asn1.Type.OID, false, asn1.oidToDer(id).getBytes());
const bits = (octets: Uint8Array): Node =>
  asn1.create(U, asn1.Type.BITSTRING, false, `\0${Buffer.from(octets).toString('binary')}`);

function certificate(name: string, serial: string, d: bigint, now: number): Buffer {
  const algorithm = sequence(oid('1.2.643.7.1.1.3.2'));
  const named = (): Node =>
    sequence(
      asn1.create(U, asn1.Type.SET, true, [
        sequence(oid('2.5.4.3'), asn1.create(U, asn1.Type.UTF8, false, forge.util.encodeUtf8(name))),
      ]),
    );
  const time = (at: number): Node =>
    asn1.create(U, asn1.Type.GENERALIZEDTIME, false, asn1.dateToGeneralizedTime(new Date(at)));
  const point = asn1.create(
    U,
    asn1.Type.OCTETSTRING,
    false,
    Buffer.from(publicPoint(CURVE, 256, d)).toString('binary'),
  );
  const spki = sequence(
    sequence(oid('1.2.643.7.1.1.1.1'), sequence(oid(CURVE))),
    bits(Buffer.from(asn1.toDer(point).getBytes(), 'binary')),
  );
  const serialHex = BigInt(serial).toString(16).padStart(4, '0');
  const tbs = sequence(
    asn1.create(asn1.Class.CONTEXT_SPECIFIC, 0, true, [asn1.create(U, asn1.Type.INTEGER, false, '\x02')]),
    asn1.create(U, asn1.Type.INTEGER, false, Buffer.from(serialHex, 'hex').toString('binary')),
    algorithm,
    named(),
    sequence(time(now - 86_400_000), time(now + 365 * 86_400_000)),
    named(),
    spki,
  );
  const octets = Buffer.from(asn1.toDer(tbs).getBytes(), 'binary');
  return Buffer.from(
    asn1.toDer(sequence(tbs, algorithm, bits(sign(CURVE, 256, d, octets, nonce(octets, d))))).getBytes(),
    'binary',
  );
}

/** A number for one signature, made of what is signed and of the key. */
function nonce(data: Uint8Array, d: bigint): bigint {
  return BigInt(`0x${Buffer.from(streebog(Buffer.concat([Buffer.from(d.toString(16)), data]), 256)).toString('hex')}`);
}

const canonical = (element: Element, inherited: { prefix: string; namespaceURI: string }[] = []): Buffer =>
  Buffer.from(String(new ExclusiveCanonicalization().process(element, { ancestorNamespaces: inherited })), 'utf8');
const digest = (octets: Uint8Array): string => Buffer.from(streebog(octets, 256)).toString('base64');

/** Signs the result in the body of an answer the way requests are signed. */
export function signAnswer(answer: string, key: AnswerKey, at: string, uuid: string): string {
  const result = resultOf(answer);
  const id = result.getAttribute('Id') ?? '';
  const sid = `xmldsig-${uuid}`;
  const properties = `<xades:SignedProperties xmlns:xades="${XADES}" Id="${sid}-signedprops"><xades:SignedSignatureProperties><xades:SigningTime>${at}</xades:SigningTime><xades:SigningCertificate><xades:Cert><xades:CertDigest><ds:DigestMethod xmlns:ds="${DS}" Algorithm="${CP}:gostr34112012-256"></ds:DigestMethod><ds:DigestValue xmlns:ds="${DS}">${digest(key.der)}</ds:DigestValue></xades:CertDigest><xades:IssuerSerial><ds:X509IssuerName xmlns:ds="${DS}">${key.issuer}</ds:X509IssuerName><ds:X509SerialNumber xmlns:ds="${DS}">${key.serial}</ds:X509SerialNumber></xades:IssuerSerial></xades:Cert></xades:SigningCertificate></xades:SignedSignatureProperties></xades:SignedProperties>`;
  const reference = (head: string, transforms: string[], value: string): string =>
    `<ds:Reference ${head}><ds:Transforms>${transforms.map((t) => `<ds:Transform Algorithm="${t}"></ds:Transform>`).join('')}</ds:Transforms><ds:DigestMethod Algorithm="${CP}:gostr34112012-256"></ds:DigestMethod><ds:DigestValue>${value}</ds:DigestValue></ds:Reference>`;
  const info = `<ds:SignedInfo xmlns:ds="${DS}"><ds:CanonicalizationMethod Algorithm="${EXC}"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="${CP}:gostr34102012-gostr34112012-256"></ds:SignatureMethod>${reference(`URI="#${id}"`, [`${DS}enveloped-signature`, EXC], digest(canonical(result)))}${reference(`Type="http://uri.etsi.org/01903#SignedProperties" URI="#${sid}-signedprops"`, [EXC], digest(canonical(parse(properties).documentElement)))}</ds:SignedInfo>`;
  const octets = canonical(parse(info).documentElement);
  const value = Buffer.from(sign(CURVE, 256, key.d, octets, nonce(octets, key.d))).toString('base64');
  const signature = `<ds:Signature xmlns:ds="${DS}" Id="${sid}">${info}<ds:SignatureValue>${value}</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${key.der.toString('base64')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo><ds:Object><xades:QualifyingProperties xmlns:xades="${XADES}" Target="#${sid}">${properties}</xades:QualifyingProperties></ds:Object></ds:Signature>`;
  return answer.replace(/(<soap:Body><[^>]*>)/, `$1${signature}`);
}

/** An answer as somebody on the way might leave it. */
export function spoil(signed: string, unsigned: string, how: Spoiled): string {
  const [signature = ''] = /<ds:Signature [\s\S]*<\/ds:Signature>/.exec(signed) ?? [];
  const [result = ''] = /<soap:Body>([\s\S]*)<\/soap:Body>/.exec(signed)?.slice(1) ?? [];
  switch (how) {
    case 'stranger':
      return signed;
    case 'stripped':
      return unsigned;
    case 'altered':
      return signed.replace(/(RequestState>)\d(<)/, '$11$2');
    case 'two-signatures':
      return signed.replace(signature, signature + signature.replace(/Id="xmldsig-/, 'Id="xmldsig-x'));
    case 'doubled-id':
      return signed.replace('<soap:Header>', `<soap:Header>${result}`);
    case 'moved': {
      const forged = result
        .replace(signature, '')
        .replace(/ Id="[^"]*"/, '')
        .replace(/(Error>[\s\S]*?<\/[^>]*Error>)/, '');
      return signed
        .replace(
          /<soap:Header>[\s\S]*?<\/soap:Header>/,
          `<soap:Header><x:wrapper xmlns:x="urn:x">${result}</x:wrapper></soap:Header>`,
        )
        .replace(/<soap:Body>[\s\S]*<\/soap:Body>/, `<soap:Body>${forged}</soap:Body>`);
    }
  }
}

function resultOf(answer: string): Element {
  const body = child(parse(answer).documentElement, 'Body');
  const result = body?.firstChild as Element | null;
  if (!result) throw new Error('The answer has no body.');
  return result;
}
