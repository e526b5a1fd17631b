import { HubError } from '../../canonical/errors.ts';
import { isDerFault } from '../asn1/fault.ts';
import { integer, octetString, oid, sequence, time } from '../asn1/writer.ts';
import type { Signer } from '../signer.ts';
import { Certificate } from '../x509/certificate.ts';
import { digestOf } from '../x509/digest.ts';
import { attributeOf, attributeSet } from './attributes.ts';
import { type DocumentOctets, pump, whole } from './document.ts';
import { attribute, content } from './oids.ts';
import { requireUsable, type Scheme, schemes } from './scheme.ts';
import { readSignedData, type SignedData, writeSignedData, writeSignerInfo } from './signed-data.ts';
import { signingCertificate } from './signing-certificate.ts';

/** Documents inside of a signature are held in memory; larger ones are signed detached. */
export const MAX_ATTACHED_BYTES = 32 * 1024 * 1024;

/** A digest that was made elsewhere, in place of the document. */
export interface ReadyDigest {
  /** Object identifier of its algorithm. */
  algorithm: string;
  value: Uint8Array;
}

export interface SignRequest {
  document: DocumentOctets | { digest: ReadyDigest };
  /** One file may bear the signatures of several. */
  signers: readonly Signer[];
  /** `detached`: the document stays beside the signature; `attached`: it goes inside. */
  content: 'detached' | 'attached';
  /** Certificates that go in: the signers' own, or with those of their authorities, which some portals want. */
  certificates?: 'signer' | 'chain';
  /** Source of signingTime, epoch milliseconds. */
  clock: { now(): number };
}

/** A signer with everything that its SignerInfo needs. */
interface Prepared {
  signer: Signer;
  certificate: Certificate;
  chain: readonly Uint8Array[];
  scheme: Scheme;
}

/**
 * A CAdES-BES signature (RFC 5126 §4.3.1): CMS with contentType, messageDigest, signingTime and signingCertificateV2.
 * A stream is read once, however many sign, and not held.
 *
 * @returns DER of ContentInfo; `encodeCms` gives the other forms
 * @throws HubError of the signer; needs-operator/CERTIFICATE_EXPIRED and the like before anything is signed
 */
export async function signCms(request: SignRequest): Promise<Uint8Array> {
  const { content: form, document: given } = request;
  if (form === 'attached' && isDigest(given)) throw new RangeError('A digest holds no document to attach.');
  const document =
    form === 'attached' && !isDigest(given) ? await whole(given, MAX_ATTACHED_BYTES, tooLargeInside) : undefined;
  const { infos, prepared } = await signerInfos(request, document ?? request.document);
  return writeSignedData({
    version: 1,
    contentType: content.data,
    content: document,
    crlDers: [],
    ...commonParts(prepared, request.certificates),
    signerInfos: infos,
  });
}

/**
 * Adds signatures to a file that has some already. They are side by side, over the same document; what was there stays
 * octet by octet. For a detached signature give the document; an attached one has it inside.
 *
 * @throws DerFault when the file is no signature; HubError as `signCms`
 */
export async function addSignatures(
  der: Uint8Array,
  request: Omit<SignRequest, 'content' | 'document'> & { document?: DocumentOctets },
): Promise<Uint8Array> {
  const before = readSignedData(der);
  const document = before.content ?? request.document;
  if (before.contentType !== content.data)
    throw new HubError('rejected', 'SIGNATURE_NOT_OF_DOCUMENT', 'The signature is not one of a document.');
  if (!document)
    throw new HubError('rejected', 'DOCUMENT_MISSING', 'A detached signature needs its document to be signed further.');
  const { infos, prepared } = await signerInfos(request, document);
  const added = commonParts(prepared, request.certificates);
  return writeSignedData({
    ...before,
    digestAlgorithms: [...before.digestAlgorithms, ...added.digestAlgorithms],
    certificateDers: [...before.certificateDers, ...added.certificateDers],
    signerInfos: [...rewritten(before), ...infos],
  });
}

/** The SignerInfos of a structure as they stand. */
function rewritten({ signers }: SignedData): Uint8Array[] {
  return signers.map(({ head, unsigned }) => writeSignerInfo(head, unsigned?.ders ?? []));
}

async function signerInfos(
  { signers, clock }: Pick<SignRequest, 'signers' | 'clock'>,
  document: SignRequest['document'],
): Promise<{ infos: Uint8Array[]; prepared: Prepared[] }> {
  if (signers.length === 0) throw new RangeError('Nobody is to sign.');
  const now = clock.now();
  const prepared = await Promise.all(signers.map((signer) => prepare(signer, now)));
  const made = await digestsOf(document, prepared);
  const infos: Uint8Array[] = [];
  // One after the other: a token answers one question at a time.
  for (const one of prepared) infos.push(await signerInfo(one, made.get(one.scheme.digest) ?? new Uint8Array(), now));
  return { infos, prepared };
}

async function digestsOf(
  document: SignRequest['document'],
  prepared: readonly Prepared[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  if (isDigest(document)) {
    const { algorithm, value } = document.digest;
    for (const { scheme } of prepared) mustFit(algorithm, value, scheme);
    return new Map([[algorithm, value]]);
  }
  const [first] = prepared;
  // Several digests are made here, so that a stream is read once.
  if (first?.signer.digestDocument && prepared.every(({ scheme }) => scheme.digest === first.scheme.digest))
    return new Map([[first.scheme.digest, await first.signer.digestDocument(document)]]);
  const digests = new Map(prepared.map(({ scheme }) => [scheme.digest, digestOf(scheme.digest).create()]));
  await pump(document, [...digests.values()]);
  return new Map([...digests].map(([name, running]) => [name, running.digest()]));
}

function isDigest(document: SignRequest['document']): document is { digest: ReadyDigest } {
  return 'digest' in document;
}

/**
 * @throws HubError rejected/DIGEST_NOT_OF_KEY: each key signs digests of one algorithm only
 */
export function mustFit(algorithm: string, value: Uint8Array, scheme: Pick<Scheme, 'digest'>): void {
  if (algorithm === scheme.digest && value.length === digestOf(algorithm).octets) return;
  throw new HubError(
    'rejected',
    'DIGEST_NOT_OF_KEY',
    algorithm === scheme.digest
      ? `The digest has ${value.length} octets instead of ${digestOf(algorithm).octets}.`
      : 'The key of the certificate signs digests of another algorithm: give the one that goes with it.',
    { errors: [{ pointer: '/digest', message: 'does not go with the key of the certificate' }] },
  );
}

async function prepare(signer: Signer, now: number): Promise<Prepared> {
  const { der, chain } = await signer.certificate();
  const certificate = readCertificate(der);
  requireUsable(certificate, signer.algorithm, now);
  return { signer, certificate, chain, scheme: schemes[signer.algorithm] };
}

function readCertificate(der: Uint8Array): Certificate {
  try {
    return new Certificate(der);
  } catch (cause) {
    if (!isDerFault(cause)) throw cause;
    throw new HubError(
      'misconfigured',
      'SIGNER_CERT_DAMAGED',
      `The signer's certificate is none: ${cause.message}`,
      {},
      { cause },
    );
  }
}

async function signerInfo(
  { signer, certificate, scheme }: Prepared,
  digest: Uint8Array,
  now: number,
): Promise<Uint8Array> {
  const attributes = attributeSet([
    attributeOf(attribute.contentType, oid(content.data)),
    attributeOf(attribute.messageDigest, octetString(digest)),
    attributeOf(attribute.signingTime, time(now)),
    signingCertificate(certificate, scheme.digest),
  ]);
  const signature = await signer.signRaw(attributes.signed);
  return writeSignerInfo(
    [
      integer(1),
      sequence(certificate.issuer.der, certificate.serialDer),
      scheme.digestAlgorithm,
      attributes.inMessage(0),
      scheme.signatureAlgorithm,
      octetString(signature),
    ],
    [],
  );
}

function commonParts(prepared: readonly Prepared[], certificates: SignRequest['certificates'] = 'signer') {
  return {
    digestAlgorithms: prepared.map(({ scheme }) => scheme.digestAlgorithm),
    certificateDers: prepared.flatMap(({ certificate, chain }) => [
      certificate.der,
      ...(certificates === 'chain' ? chain : []),
    ]),
  };
}

function tooLargeInside(): HubError {
  return new HubError(
    'rejected',
    'DOCUMENT_TOO_LARGE',
    `Documents over ${MAX_ATTACHED_BYTES} octets don't go inside of a signature: sign detached.`,
  );
}
