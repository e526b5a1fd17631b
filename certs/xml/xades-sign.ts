import { HubError } from '../../canonical/errors.ts';
import type { Signer } from '../signer.ts';
import { Certificate } from '../x509/certificate.ts';
import { digest } from '../x509/digest.ts';
import { mustBeInForce } from '../x509/in-force.ts';
import { canonicalOctets } from './canonicalize.ts';
import { isNcName } from './characters.ts';
import { ecdsaPair } from './ecdsa-octets.ts';
import { allElements, attributeOf, elementsById, elementsOf, isNamed } from './find.ts';
import type { XmlDocument, XmlElement } from './nodes.ts';
import { readFragment, readXml } from './read.ts';
import { DS } from './uris.ts';
import type { SignedElement, XmlName, XmlToSign } from './xades-request.ts';
import { type XadesContent, xadesText } from './xades-text.ts';
import { ofSigner } from './xml-algorithms.ts';

export interface XadesRequest extends XmlToSign {
  readonly signer: Signer;
}

/**
 * Signs one element of a document by XAdES-BES, enveloped, and inserts the signature as its first child. The document is not written
 * anew: apart from a byte order mark, which goes, every octet of it comes out as it came in. Send the result as it is.
 *
 * @param document UTF-8
 * @throws XmlError the document is not well-formed
 * @throws HubError unexpected/XADES_NOT_SIGNABLE: no such element, more than one, no usable `Id`, signed already;
 * needs-operator/CERTIFICATE_EXPIRED, CERTIFICATE_NOT_YET; whatever the signer throws
 * Source: contract sheet signing §5; ETSI TS 101 903 v1.3.2; W3C XML Signature
 */
export async function signXades(document: Uint8Array | string, request: XadesRequest): Promise<Uint8Array> {
  const { signer, ...rest } = request;
  if (signer.signXml) return signer.signXml(typeof document === 'string' ? Buffer.from(document) : document, rest);
  const { at, uuid, settings = {} } = rest;
  if (!isNcName(`xmldsig-${uuid}`))
    throw new RangeError('The UUID of a signature holds characters that an Id may not.');
  const family = settings.family ?? 'exclusive';
  const xml = readXml(document, request.limits);
  const element = find(xml, request.element);
  const signedId = signableId(xml, element, `xmldsig-${uuid}`);
  const { signature, digest: digestMethod, digestOid } = ofSigner[signer.algorithm];
  const base64 = (data: Uint8Array): string => Buffer.from(digest(digestOid, data)).toString('base64');
  const { der } = await signer.certificate();
  const certificate = new Certificate(der);
  mustBeInForce(certificate, at);
  const content: XadesContent = {
    id: `xmldsig-${uuid}`,
    signedId,
    family,
    signatureMethod: signature,
    digestMethod,
    digest: base64(canonicalOctets(element, { mode: 'exclusive' })),
    propertiesDigest: '',
    value: '',
    certificate: Buffer.from(der).toString('base64'),
    certificateDigest: base64(der),
    signingTime: signingTime(at, settings.offsetMinutes ?? 180),
    issuer: certificate.issuer.toText({
      order: settings.issuerOrder ?? 'rfc2253',
      keywords: settings.issuerKeywords ?? 'upper',
    }),
    serial: certificate.serialDecimal,
  };
  // Both are canonicalized where they will stand: inclusive forms inherit what is around them.
  const part = (local: string): Uint8Array => {
    for (const inner of allElements(readFragment(xadesText(content), element)))
      if (inner.local === local) return canonicalOctets(inner, { mode: family });
    throw new Error(`The text of a signature has no ${local}.`);
  };
  content.propertiesDigest = base64(part('SignedProperties'));
  const raw = await signer.signRaw(part('SignedInfo'));
  content.value = Buffer.from(signer.algorithm === 'ecdsa-sha256' ? ecdsaPair(raw, 32) : raw).toString('base64');
  return insertFirst(document, xml.source, element, xadesText(content));
}

function refuse(message: string): HubError {
  return new HubError('unexpected', 'XADES_NOT_SIGNABLE', message);
}

function find({ root }: XmlDocument, wanted: SignedElement): XmlElement {
  const found =
    'id' in wanted
      ? allElements(root).filter((element) => attributeOf(element, 'Id') === wanted.id)
      : followPath(root, wanted.path);
  const [element, second] = found;
  if (!element) throw refuse('The element to be signed is not in the document; check the Id or the path.');
  if (second) throw refuse('More than one element is meant to be signed; make the Id or the path unique.');
  return element;
}

function followPath(root: XmlElement, path: readonly XmlName[]): XmlElement[] {
  const [first, ...rest] = path;
  let found = first && isNamed(root, first.namespace, first.local) ? [root] : [];
  for (const { namespace, local } of rest)
    found = found.flatMap((element) => elementsOf(element).filter((child) => isNamed(child, namespace, local)));
  return found;
}

/** @returns the Id of the element, after making sure that a verifier can't mistake what it names */
function signableId(xml: XmlDocument, element: XmlElement, signatureId: string): string {
  const id = attributeOf(element, 'Id');
  if (id === undefined) throw refuse('The element to be signed has no attribute Id; give it one.');
  if (!isNcName(id)) throw refuse('The Id of the element to be signed is no XML name; begin it with a letter.');
  const known = elementsById(xml);
  if ((known.get(id) ?? []).length !== 1) throw refuse('Another element has the same Id; make it unique.');
  if ([...known.keys()].some((other) => other.startsWith(signatureId)))
    throw refuse('The document holds an Id of this signature already; take a new UUID.');
  for (const inner of allElements(xml.root))
    if (isNamed(inner, DS, 'Signature')) throw refuse('The document is signed already; sign the unsigned one.');
  return id;
}

/** xs:dateTime with its zone: without one ГИС ЖКХ can't place it. */
function signingTime(at: number, offsetMinutes: number): string {
  if (!Number.isInteger(offsetMinutes) || Math.abs(offsetMinutes) > 14 * 60)
    throw new RangeError('offsetMinutes is a whole number between -840 and 840.');
  const local = new Date(at + offsetMinutes * 60_000).toISOString().slice(0, 19);
  const two = (n: number): string => String(n).padStart(2, '0');
  const minutes = Math.abs(offsetMinutes);
  return `${local}${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** The octets of the document with a text as the first child of an element. Of a large document only what stands before is looked at. */
function insertFirst(document: Uint8Array | string, source: string, element: XmlElement, text: string): Uint8Array {
  const { name, contentStart, end } = element;
  // A byte order mark is not in the source that positions count in.
  const mark = typeof document !== 'string' && document[0] === 0xef && document[1] === 0xbb ? 3 : 0;
  const octets = typeof document === 'string' ? Buffer.from(source) : document.subarray(mark);
  const at = Buffer.byteLength(source.slice(0, contentStart));
  const after = octets.subarray(at);
  // <name Id="…"/> has no place for a child: it becomes a start tag and an end tag.
  if (contentStart === end)
    return Buffer.concat([octets.subarray(0, at - 2), Buffer.from(`>${text}</${name}>`), after]);
  return Buffer.concat([octets.subarray(0, at), Buffer.from(text), after]);
}
