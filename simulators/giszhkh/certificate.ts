import forge from 'node-forge';
import type { PublicKey } from './gost.ts';

export interface SimCertificate {
  der: Buffer;
  /** Decimal. */
  serial: string;
  issuer: { oid: string; value: string }[];
  notBefore: number;
  notAfter: number;
  key: PublicKey;
}

type Node = forge.asn1.Asn1;

const DIGEST_BITS: Readonly<Record<string, 256 | 512>> = { '1.2.643.7.1.1.1.1': 256, '1.2.643.7.1.1.1.2': 512 };

const parts = (node: Node | undefined): Node[] => (Array.isArray(node?.value) ? (node.value as Node[]) : []);
const octets = (node: Node | undefined): Buffer => Buffer.from(String(node?.value ?? ''), 'binary');
const oid = (node: Node | undefined): string => forge.asn1.derToOid(forge.util.createBuffer(String(node?.value ?? '')));

/** Reads what a signature check needs of an X.509 certificate with a GOST R 34.10-2012 key. @throws Error for anything else */
export function readCertificate(der: Buffer): SimCertificate {
  const root = forge.asn1.fromDer(forge.util.createBuffer(der.toString('binary')));
  const fields = parts(parts(root)[0]).filter(
    (n) => !(n.tagClass === forge.asn1.Class.CONTEXT_SPECIFIC && n.type === 0),
  );
  const [serial, , issuer, validity, , spki] = fields;
  const [algorithm, keyBits] = parts(spki);
  const [keyOid, parameters] = parts(algorithm);
  const bits = DIGEST_BITS[oid(keyOid)];
  if (!bits) throw new Error('The key of the certificate is not one of GOST R 34.10-2012.');
  const raw = Array.isArray(keyBits?.value)
    ? Buffer.from(forge.asn1.toDer((keyBits.value as Node[])[0] as Node).getBytes(), 'binary')
    : octets(keyBits).subarray(1);
  const [notBefore, notAfter] = parts(validity).map(timeOf);
  return {
    der,
    serial: BigInt(`0x${octets(serial).toString('hex')}`).toString(10),
    issuer: parts(issuer)
      .flatMap(parts)
      .map((attribute) => {
        const [type, value] = parts(attribute);
        return { oid: oid(type), value: textOf(value) };
      }),
    notBefore: notBefore ?? 0,
    notAfter: notAfter ?? 0,
    key: { curve: oid(parts(parameters)[0]), bits, point: pointIn(raw) },
  };
}

/** The bit string holds an octet string with x and y. */
function pointIn(raw: Buffer): Uint8Array {
  const node = forge.asn1.fromDer(forge.util.createBuffer(raw.toString('binary')));
  return octets(node);
}

function textOf(node: Node | undefined): string {
  const bytes = octets(node);
  return node?.type === forge.asn1.Type.BMPSTRING
    ? Buffer.from(bytes).swap16().toString('utf16le')
    : bytes.toString('utf8');
}

function timeOf(node: Node): number {
  const value = String(node.value);
  const date =
    node.type === forge.asn1.Type.UTCTIME ? forge.asn1.utcTimeToDate(value) : forge.asn1.generalizedTimeToDate(value);
  return date.getTime();
}
