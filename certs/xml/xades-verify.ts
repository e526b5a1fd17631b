import type { Certificate } from '../x509/certificate.ts';
import { canonicalOctets } from './canonicalize.ts';
import { allElements, attributeOf, elementsById, elementsOf, isNamed } from './find.ts';
import type { XmlLimits } from './limits.ts';
import type { XmlDocument, XmlElement } from './nodes.ts';
import { readXml } from './read.ts';
import { type SignatureFault, SignatureRefusal } from './signature-fault.ts';
import { DS, SOAP_ENVELOPES } from './uris.ts';
import { signatureFaults, signingCertificate } from './xades-certificate.ts';
import { canonicalizationOf, dataAndProperties, dereference, referencedElement } from './xades-references.ts';
import type { XmlName } from './xades-request.ts';
import { readSignature, type XadesSignature } from './xades-structure.ts';
import { XmlError } from './xml-error.ts';

/** What the receiver is going to act on; a perfect signature over something else is worth nothing. */
export interface ExpectedElement {
  /** Names that the signed element may have. */
  readonly names: readonly XmlName[];
  /** Its `Id`, where it is agreed. */
  readonly id?: string;
  /**
   * `root`: it is the document. `soap-body`: it is all that the body of a SOAP envelope holds; the header is not signed. `anywhere` is for
   * callers that forget the message and go on with `signed` alone.
   */
  readonly place: 'root' | 'soap-body' | 'anywhere';
}

/**
 * Judges whether the signer may be believed: chain, revocation, purpose. Gets certificates that came with the signature as candidates for
 * the chain, and the claimed time, epoch milliseconds. Answers what speaks against it, nothing when nothing does.
 */
export type TrustCheck = (
  signer: Certificate,
  others: readonly Certificate[],
  signedAt: number,
) => Promise<readonly string[]>;

export interface XadesVerification {
  readonly expected: ExpectedElement;
  /** `not-asked` proves only that the signature belongs to the certificate in the message, whoever made it. */
  readonly trust: TrustCheck | 'not-asked';
  readonly limits?: Partial<XmlLimits>;
}

/** Who signed, as the message claims; believe it only in a valid report. */
export interface XadesSigner {
  readonly certificate: Certificate;
  readonly others: readonly Certificate[];
  /** SigningTime, epoch milliseconds: the signer's own clock. */
  readonly signedAt: number | undefined;
  readonly signatureId: string | undefined;
  /** URI of the signature algorithm. */
  readonly algorithm: string;
}

export type XadesReport =
  | {
      readonly valid: true;
      readonly signer: XadesSigner & { readonly signedAt: number };
      /** What was signed, read anew from the very octets that were digested: no comment, no signature, nothing from around it. Read only this. */
      readonly signed: XmlDocument;
      readonly octets: Uint8Array;
    }
  | { readonly valid: false; readonly faults: readonly SignatureFault[]; readonly signer: XadesSigner | undefined };

/**
 * Verifies the only signature of a document: XMLDSig core, XAdES-BES properties, and that the signed element is the one the caller reads.
 * Never throws because of the document.
 *
 * @param document UTF-8
 * Source: contract sheet signing §5 (verification); W3C XML Signature Best Practices
 */
export async function verifyXades(document: Uint8Array | string, how: XadesVerification): Promise<XadesReport> {
  let signer: XadesSigner | undefined;
  const faults: SignatureFault[] = [];
  try {
    const xml = readXml(document, how.limits);
    const signature = readSignature(onlySignature(xml));
    const found = resolve(xml, signature);
    faults.push(...placeFaults(xml, found.data.element, how.expected), ...propertyFaults(signature));
    if (!found.data.matches) faults.push({ code: 'digest', message: 'The signed element was changed after signing.' });
    if (!found.properties.matches)
      faults.push({ code: 'properties-digest', message: 'The signed properties were changed after signing.' });

    const { signer: certificate, others, faults: wrong } = signingCertificate(signature);
    faults.push(...wrong);
    const signedAt = timeOf(signature.signingTime);
    signer = { certificate, others, signedAt, signatureId: signature.id, algorithm: signature.signatureMethod };
    if (signedAt === undefined)
      faults.push({ code: 'signing-time', message: 'SigningTime is no date and time with a zone.' });
    else if (!certificate.coversTime(signedAt))
      faults.push({ code: 'certificate-period', message: 'The certificate was not valid at SigningTime.' });
    const signedInfo = canonicalOctets(
      signature.signedInfo,
      canonicalizationOf(signature.canonicalization, 'canonicalization'),
    );
    faults.push(...signatureFaults(signature, signedInfo, certificate, faults.length === 0 ? 'sound' : 'faulty'));
    if (faults.length > 0 || signedAt === undefined) return { valid: false, faults, signer };

    if (how.trust !== 'not-asked')
      for (const message of await how.trust(certificate, others, signedAt)) faults.push({ code: 'untrusted', message });
    if (faults.length > 0) return { valid: false, faults, signer };
    const { octets } = found.data;
    return { valid: true, signer: { ...signer, signedAt }, signed: readXml(octets, how.limits), octets };
  } catch (error) {
    if (error instanceof XmlError) faults.push({ code: 'not-xml', message: error.message });
    else if (error instanceof SignatureRefusal) faults.push({ code: error.code, message: error.message });
    else throw error;
    return { valid: false, faults, signer };
  }
}

function onlySignature({ root }: XmlDocument): XmlElement {
  const signatures = allElements(root).filter((element) => isNamed(element, DS, 'Signature'));
  const [signature] = signatures;
  if (!signature) throw new SignatureRefusal('no-signature', 'The document holds no ds:Signature.');
  if (signatures.length > 1)
    throw new SignatureRefusal(
      'several-signatures',
      `The document holds ${signatures.length} signatures; one may be there.`,
    );
  return signature;
}

function resolve(
  xml: XmlDocument,
  signature: XadesSignature,
): { data: ReturnType<typeof dereference>; properties: ReturnType<typeof dereference> } {
  const references = dataAndProperties(signature);
  const ids = elementsById(xml);
  if (signature.id !== undefined && (ids.get(signature.id) ?? []).length !== 1)
    throw new SignatureRefusal('duplicate-id', 'Another element has the Id of the signature.');
  const data = referencedElement(xml, ids, references.data.uri);
  const properties = referencedElement(xml, ids, references.properties.uri);
  if (properties !== signature.signedProperties)
    throw new SignatureRefusal(
      'structure',
      'The reference to SignedProperties leads elsewhere than into this signature.',
    );
  if (signature.element.parent !== data)
    throw new SignatureRefusal('not-enveloped', 'The signature does not stand directly in the element that it signs.');
  return {
    data: dereference(xml, data, references.data, signature.element),
    properties: dereference(xml, properties, references.properties, undefined),
  };
}

function placeFaults(
  { root }: XmlDocument,
  signed: XmlElement,
  { names, id, place }: ExpectedElement,
): SignatureFault[] {
  const faults: SignatureFault[] = [];
  if (
    !names.some(({ namespace, local }) => isNamed(signed, namespace, local)) ||
    (id !== undefined && attributeOf(signed, 'Id') !== id)
  )
    faults.push({ code: 'wrong-element', message: 'Another element is signed than the one that is expected here.' });
  if (place === 'root' && signed !== root)
    faults.push({
      code: 'wrong-place',
      message: 'The signed element is not the whole document; what stands around it is not signed.',
    });
  if (place === 'soap-body' && !fillsSoapBody(root, signed))
    faults.push({
      code: 'wrong-place',
      message: 'The signed element is not the only content of the SOAP body; what stands beside it is not signed.',
    });
  return faults;
}

function fillsSoapBody(root: XmlElement, signed: XmlElement): boolean {
  const body = signed.parent;
  if (!body || body.parent !== root || root.local !== 'Envelope' || !SOAP_ENVELOPES.has(root.namespace)) return false;
  const bodies = elementsOf(root).filter((child) => isNamed(child, root.namespace, 'Body'));
  return bodies.length === 1 && bodies[0] === body && elementsOf(body).length === 1;
}

function propertyFaults({ id, qualifyingTarget }: XadesSignature): SignatureFault[] {
  if (id !== undefined && qualifyingTarget === `#${id}`) return [];
  return [{ code: 'properties-target', message: 'QualifyingProperties/@Target is not the Id of the signature.' }];
}

/** xs:dateTime; without a zone it names no instant. */
function timeOf(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
