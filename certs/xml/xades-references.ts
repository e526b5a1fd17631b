import { digest } from '../x509/digest.ts';
import { type Canonicalization, canonicalOctets } from './canonicalize.ts';
import type { elementsById } from './find.ts';
import type { XmlDocument, XmlElement } from './nodes.ts';
import { SignatureRefusal } from './signature-fault.ts';
import { ENVELOPED } from './uris.ts';
import type { XadesSignature, XmlReference, XmlTransform } from './xades-structure.ts';
import { xmlCanonicalizations, xmlDigests } from './xml-algorithms.ts';

/** What a reference comes to. */
export interface Dereferenced {
  readonly element: XmlElement;
  /** Of the canonical form, which the digest is over. */
  readonly octets: Uint8Array;
  readonly matches: boolean;
}

/** Both references of a XAdES-BES signature over one element. */
export interface XadesReferences {
  readonly data: XmlReference;
  readonly properties: XmlReference;
}

/** @throws SignatureRefusal references */
export function dataAndProperties({ references }: XadesSignature): XadesReferences {
  // Older editions of XAdES have their number in it: http://uri.etsi.org/01903/v1.2.2#SignedProperties.
  const isProperties = ({ type }: XmlReference) =>
    /^http:\/\/uri\.etsi\.org\/01903[^#]*#SignedProperties$/.test(type ?? '');
  const properties = references.filter(isProperties);
  const data = references.filter((reference) => !isProperties(reference));
  const [oneProperties] = properties;
  const [oneData] = data;
  if (!oneProperties || !oneData || references.length !== 2)
    throw new SignatureRefusal(
      'references',
      `Exactly one Reference to the data and one to SignedProperties are wanted; there are ${data.length} and ${properties.length}.`,
    );
  return { data: oneData, properties: oneProperties };
}

/**
 * The element that a reference names. Only `#Id` and the empty URI (the root element) are followed.
 *
 * @throws SignatureRefusal external-reference, missing-element, duplicate-id
 */
export function referencedElement(
  document: XmlDocument,
  ids: ReturnType<typeof elementsById>,
  uri: string | undefined,
): XmlElement {
  if (uri === '') return document.root;
  if (!uri?.startsWith('#') || uri.startsWith('#xpointer('))
    throw new SignatureRefusal(
      'external-reference',
      'A Reference must point to an Id of the same document (URI="#…").',
    );
  const found = ids.get(uri.slice(1)) ?? [];
  if (found.length > 1)
    throw new SignatureRefusal('duplicate-id', `${found.length} elements have the Id that is signed; exactly one may.`);
  const [element] = found;
  if (!element) throw new SignatureRefusal('missing-element', 'No element has the Id that is signed.');
  return element;
}

/**
 * Digests what a reference names, after its transforms.
 *
 * @param enveloped the signature, when the reference may leave it out
 * @throws SignatureRefusal transform, canonicalization, algorithm
 */
export function dereference(
  document: XmlDocument,
  element: XmlElement,
  reference: XmlReference,
  enveloped: XmlElement | undefined,
): Dereferenced {
  const [first, ...others] = reference.transforms;
  const isEnveloped = first?.algorithm === ENVELOPED;
  if (isEnveloped && !enveloped)
    throw new SignatureRefusal('transform', 'SignedProperties may not leave the signature out.');
  const steps = isEnveloped ? others : reference.transforms;
  if (steps.length > 1)
    throw new SignatureRefusal('transform', 'After enveloped-signature one canonicalization may follow, nothing else.');
  const how = canonicalizationOf(steps[0], 'transform');
  // Same-document references are taken without comments (XMLDSig §4.4.3.3), whatever the algorithm would keep.
  const octets = canonicalOctets(reference.uri === '' ? document : element, {
    ...how,
    comments: 'drop',
    ...(isEnveloped && enveloped ? { without: enveloped } : {}),
  });
  return { element, octets, matches: sameOctets(digestBy(reference.digestMethod, octets), reference.digest) };
}

/** Without a transform the form is inclusive (XMLDSig §4.4.3.2). @throws SignatureRefusal with the code given */
export function canonicalizationOf(
  step: XmlTransform | undefined,
  code: 'transform' | 'canonicalization',
): Canonicalization {
  if (!step) return { mode: 'inclusive' };
  const how = xmlCanonicalizations.get(step.algorithm);
  if (!how)
    throw new SignatureRefusal(
      code,
      'An algorithm other than C14N 1.0, inclusive or exclusive, stands where one is wanted.',
    );
  return how.mode === 'exclusive' ? { ...how, inclusivePrefixes: step.inclusivePrefixes } : how;
}

/** @throws SignatureRefusal algorithm */
export function digestBy(method: string, data: Uint8Array): Uint8Array {
  const oid = xmlDigests.get(method);
  if (!oid)
    throw new SignatureRefusal(
      'algorithm',
      'A digest algorithm is not known or too weak; GOST R 34.11-2012 or SHA-2 is wanted.',
    );
  return digest(oid, data);
}

export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
