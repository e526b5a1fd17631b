import { readCertificate, type SimCertificate } from './certificate.ts';
import { verify } from './gost.ts';
import { streebog } from './streebog.ts';
import {
  all,
  C14nCanonicalization,
  child,
  children,
  DS,
  descendants,
  type Element,
  ExclusiveCanonicalization,
  type Node,
  text,
  XADES,
} from './xml.ts';

const CP = 'urn:ietf:params:xml:ns:cpxmlsec:algorithms';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const INCLUSIVE = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';
const ENVELOPED = `${DS}enveloped-signature`;
const PROPERTIES = 'http://uri.etsi.org/01903#SignedProperties';
const DIGESTS: Readonly<Record<string, 256 | 512>> = {
  [`${CP}:gostr34112012-256`]: 256,
  [`${CP}:gostr34112012-512`]: 512,
};
const SIGNATURES: Readonly<Record<string, 256 | 512>> = {
  [`${CP}:gostr34102012-gostr34112012-256`]: 256,
  [`${CP}:gostr34102012-gostr34112012-512`]: 512,
};
/** Keys of X509IssuerName that the operator's own check knows; everything else is a dotted number. */
const NAMES: Readonly<Record<string, string>> = {
  c: '2.5.4.6',
  st: '2.5.4.8',
  l: '2.5.4.7',
  street: '2.5.4.9',
  o: '2.5.4.10',
  ou: '2.5.4.11',
  cn: '2.5.4.3',
};
const FORBIDDEN = [
  'SignaturePolicyIdentifier',
  'DataObjectFormat',
  'CommitmentTypeIndication',
  'SignerRole',
  'AllDataObjectsTimeStamp',
];

/** Why a signature is not accepted. */
export class BadSignature extends Error {}

/**
 * Checks the XAdES-BES signature of a request by the rules of ГИС ЖКХ, with the canonicalisation of xml-crypto and the digest of a
 * library; nothing of it is the hub's.
 *
 * @param request the only element in the body
 * @param now epoch milliseconds
 * @throws BadSignature
 */
export function checkSignature(request: Element, now: number): SimCertificate {
  const id = request.getAttribute('Id');
  if (!id) throw new BadSignature('the request has no Id');
  const root = request.ownerDocument?.documentElement as Element;
  const everything = [root, ...descendants(root)];
  if (everything.filter((e) => e.getAttribute('Id') === id).length !== 1)
    throw new BadSignature('the Id of the request is not unique');
  const signatures = everything.filter((e) => e.localName === 'Signature' && e.namespaceURI === DS);
  if (signatures.length !== 1) throw new BadSignature(`there are ${signatures.length} signatures`);
  const signature = signatures[0] as Element;
  if (children(request)[0] !== signature) throw new BadSignature('the signature is not the first child of the request');
  const signedInfo = child(signature, 'SignedInfo') as Element;
  if (!signedInfo || all(signature, 'KeyInfo').length !== 1)
    throw new BadSignature('SignedInfo or KeyInfo is missing or doubled');
  const certificate = certificateIn(signature);
  const references = all(signedInfo, 'Reference');
  if (references.length !== 2) throw new BadSignature(`there are ${references.length} references`);
  const [first, second] = references as [Element, Element];
  if (first.getAttribute('URI') !== `#${id}`) throw new BadSignature('the first reference is not the request');
  checkReference(first, request, signature);
  if (second.getAttribute('Type') !== PROPERTIES)
    throw new BadSignature('the second reference is not that of the signed properties');
  const properties = child(child(child(signature, 'Object'), 'QualifyingProperties'), 'SignedProperties');
  if (!properties || `#${properties.getAttribute('Id')}` !== second.getAttribute('URI'))
    throw new BadSignature('the signed properties are missing');
  checkReference(second, properties, undefined);
  checkProperties(properties, certificate, now);
  const bits = SIGNATURES[child(signedInfo, 'SignatureMethod')?.getAttribute('Algorithm') ?? ''];
  if (bits !== certificate.key.bits) throw new BadSignature('the signature algorithm is not that of the key');
  const method = child(signedInfo, 'CanonicalizationMethod')?.getAttribute('Algorithm') ?? '';
  const value = Buffer.from(text(signature, 'SignatureValue') ?? '', 'base64');
  if (!verify(certificate.key, Buffer.from(canonical(signedInfo, method), 'utf8'), value))
    throw new BadSignature('the signature value does not fit');
  return certificate;
}

function certificateIn(signature: Element): SimCertificate {
  const encoded = text(signature, 'KeyInfo', 'X509Data', 'X509Certificate');
  if (!encoded) throw new BadSignature('there is no certificate');
  try {
    return readCertificate(Buffer.from(encoded, 'base64'));
  } catch (error) {
    throw new BadSignature(error instanceof Error ? error.message : 'the certificate is unreadable');
  }
}

function checkReference(reference: Element, element: Element, without: Element | undefined): void {
  const transforms = all(child(reference, 'Transforms'), 'Transform').map((t) => t.getAttribute('Algorithm') ?? '');
  const unknown = transforms.find((t) => ![ENVELOPED, EXCLUSIVE, INCLUSIVE].includes(t));
  if (unknown) throw new BadSignature('a transform is not allowed');
  const method = transforms.filter((t) => t !== ENVELOPED).at(-1) ?? INCLUSIVE;
  const bits = DIGESTS[child(reference, 'DigestMethod')?.getAttribute('Algorithm') ?? ''];
  if (!bits) throw new BadSignature('a digest algorithm is not allowed');
  const octets = Buffer.from(canonical(element, method, without), 'utf8');
  const wanted = text(reference, 'DigestValue') ?? '';
  if (Buffer.from(streebog(octets, bits)).toString('base64') !== wanted)
    throw new BadSignature('a digest does not fit');
}

/** @param without a child that is left out: the signature itself */
function canonical(element: Element, method: string, without?: Element): string {
  const ancestorNamespaces = namespacesAbove(element);
  const c14n = method === EXCLUSIVE ? new ExclusiveCanonicalization() : new C14nCanonicalization();
  if (!without) return String(c14n.process(element, { ancestorNamespaces }));
  // Taken out and put back, as copies of long requests take longer than all the rest.
  const next = without.nextSibling;
  element.removeChild(without);
  try {
    return String(c14n.process(element, { ancestorNamespaces }));
  } finally {
    element.insertBefore(without, next);
  }
}

function namespacesAbove(element: Element): { prefix: string; namespaceURI: string }[] {
  const own = new Set<string>();
  const found: { prefix: string; namespaceURI: string }[] = [];
  for (let at: Node | null = element; at && at.nodeType === 1; at = at.parentNode) {
    const attributes = (at as Element).attributes;
    for (let i = 0; i < attributes.length; i++) {
      const { name, value } = attributes[i] as { name: string; value: string };
      if (name !== 'xmlns' && !name.startsWith('xmlns:')) continue;
      const prefix = name === 'xmlns' ? '' : name.slice(6);
      if (own.has(prefix)) continue;
      own.add(prefix);
      if (at !== element) found.push({ prefix, namespaceURI: value });
    }
  }
  return found;
}

function checkProperties(properties: Element, certificate: SimCertificate, now: number): void {
  if (descendants(properties).some((e) => FORBIDDEN.includes(e.localName ?? '')))
    throw new BadSignature('a signed property is not allowed');
  const signedProperties = children(properties).find(
    (e) => e.localName === 'SignedSignatureProperties' && e.namespaceURI === XADES,
  );
  const time = text(signedProperties, 'SigningTime') ?? '';
  const at = Date.parse(time);
  if (!/(Z|[+-]\d\d:\d\d)$/.test(time) || Number.isNaN(at)) throw new BadSignature('SigningTime has no zone');
  if (at < certificate.notBefore || at > certificate.notAfter)
    throw new BadSignature('the certificate is not valid at SigningTime');
  if (now < certificate.notBefore || now > certificate.notAfter)
    throw new BadSignature('the certificate is not valid now');
  if (Math.abs(at - now) > 5 * 60_000) throw new BadSignature('SigningTime is not the present time');
  const cert = child(child(signedProperties, 'SigningCertificate'), 'Cert');
  const bits = DIGESTS[child(child(cert, 'CertDigest'), 'DigestMethod')?.getAttribute('Algorithm') ?? ''];
  if (
    !bits ||
    Buffer.from(streebog(certificate.der, bits)).toString('base64') !== text(cert, 'CertDigest', 'DigestValue')
  )
    throw new BadSignature('CertDigest does not fit');
  if (text(cert, 'IssuerSerial', 'X509SerialNumber') !== certificate.serial)
    throw new BadSignature('X509SerialNumber does not fit');
  const named = issuerPairs(text(cert, 'IssuerSerial', 'X509IssuerName') ?? '');
  const wanted = certificate.issuer.map(({ oid, value }) => `${oid}=${squeezed(value)}`).sort();
  if (JSON.stringify(named.sort()) !== JSON.stringify(wanted)) throw new BadSignature('X509IssuerName does not fit');
}

/** `#0C0A…`: the value as its DER, which RFC 2253 has for attributes without a name. */
function fromHex(value: string): string {
  if (!/^#[0-9a-fA-F]{4,}$/.test(value)) return value;
  const der = Buffer.from(value.slice(1), 'hex');
  const long = (der[1] as number) & 0x80 ? ((der[1] as number) & 0x7f) + 2 : 2;
  return der.subarray(long).toString('utf8');
}

const squeezed = (value: string): string => value.trim().replace(/\s+/g, ' ').toLowerCase();

/** `CN=…,O=…` as sorted `oid=value`; quotes and backslashes as RFC 2253 has them. */
function issuerPairs(name: string): string[] {
  const found: string[] = [];
  let part = '';
  let quoted = false;
  const end = (): void => {
    const [, key = '', value = ''] = /^\s*([^=]+?)\s*=([\s\S]*)$/.exec(part) ?? [];
    const id = NAMES[key.toLowerCase()] ?? (/^\d+(\.\d+)+$/.test(key) ? key : `unknown key ${key}`);
    found.push(`${id}=${squeezed(fromHex(value.trim()))}`);
    part = '';
  };
  for (let i = 0; i < name.length; i++) {
    const sign = name[i] as string;
    if (sign === '\\') part += name[++i] ?? '';
    else if (sign === '"') quoted = !quoted;
    else if ((sign === ',' || sign === '+') && !quoted) end();
    else part += sign;
  }
  end();
  return found;
}
