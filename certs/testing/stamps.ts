import { sign } from 'node:crypto';
import * as der from '../asn1/writer.ts';
import { attributeOf, attributeSet } from '../cms/attributes.ts';
import { attribute, content } from '../cms/oids.ts';
import { writeSignedData, writeSignerInfo } from '../cms/signed-data.ts';
import { signingCertificate } from '../cms/signing-certificate.ts';
import { digest } from '../x509/digest.ts';
import { algorithm } from '../x509/oids.ts';
import { type Holder, stampInfo } from './authority.ts';

export interface SignatureRequest {
  document: Uint8Array;
  /** Claimed time of signing. */
  time: number;
}

/** A detached CAdES-BES by anybody at any time: what the product refuses to make. */
export function makeSignature(by: Holder, { document, time }: SignatureRequest): Uint8Array {
  return assemble(by, content.data, document, 'detached', [
    attributeOf(attribute.signingTime, der.time(time)),
    signingCertificate(by.certificate, algorithm.sha256),
  ]);
}

export interface TokenRequest {
  octets: Uint8Array;
  time: number;
  nonce?: bigint;
  /** Whose certificate the token fixes; its maker's by default. */
  names?: Holder;
}

/** A time-stamp token as an authority makes it, or as a dishonest one would. */
export function makeToken(by: Holder, { octets, time, nonce, names = by }: TokenRequest): Uint8Array {
  const info = stampInfo(octets, time, nonce);
  return assemble(by, content.timeStampInfo, info, 'attached', [
    signingCertificate(names.certificate, algorithm.sha256),
  ]);
}

function assemble(
  by: Holder,
  contentType: string,
  octets: Uint8Array,
  form: 'attached' | 'detached',
  further: Uint8Array[],
): Uint8Array {
  const attributes = attributeSet([
    attributeOf(attribute.contentType, der.oid(contentType)),
    attributeOf(attribute.messageDigest, der.octetString(digest(algorithm.sha256, octets))),
    ...further,
  ]);
  return writeSignedData({
    version: contentType === content.data ? 1 : 3,
    digestAlgorithms: [der.algorithmIdentifier(algorithm.sha256)],
    contentType,
    content: form === 'attached' ? octets : undefined,
    certificateDers: [by.certificate.der],
    crlDers: [],
    signerInfos: [
      writeSignerInfo(
        [
          der.integer(1),
          der.sequence(by.certificate.issuer.der, by.certificate.serialDer),
          der.algorithmIdentifier(algorithm.sha256),
          attributes.inMessage(0),
          der.algorithmIdentifier(algorithm.ecdsaSha256),
          der.octetString(sign('sha256', attributes.signed, by.key)),
        ],
        [],
      ),
    ],
  });
}
