import type { SignatureAlgorithm } from '../signer.ts';
import { algorithm } from '../x509/oids.ts';
import type { Canonicalization } from './canonicalize.ts';
import { EXCLUSIVE_C14N, INCLUSIVE_C14N } from './uris.ts';

const GOST = 'urn:ietf:params:xml:ns:cpxmlsec:algorithms:';
const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const ENCRYPTION = 'http://www.w3.org/2001/04/xmlenc#';

/** Digest URI → object identifier. GOST R 34.11-94 and SHA-1 are absent: a signature may not rest on them. */
export const xmlDigests: ReadonlyMap<string, string> = new Map([
  [`${GOST}gostr34112012-256`, algorithm.streebog256],
  [`${GOST}gostr34112012-512`, algorithm.streebog512],
  [`${ENCRYPTION}sha256`, algorithm.sha256],
  [`${MORE}sha384`, algorithm.sha384],
  [`${ENCRYPTION}sha512`, algorithm.sha512],
]);

/** Signature URI → object identifier. GOST R 34.10-2001 and whatever rests on SHA-1 are absent. */
export const xmlSignatures: ReadonlyMap<string, string> = new Map([
  [`${GOST}gostr34102012-gostr34112012-256`, algorithm.gostSignature256],
  [`${GOST}gostr34102012-gostr34112012-512`, algorithm.gostSignature512],
  [`${MORE}rsa-sha256`, algorithm.rsaSha256],
  [`${MORE}rsa-sha384`, algorithm.rsaSha384],
  [`${MORE}rsa-sha512`, algorithm.rsaSha512],
  [`${MORE}ecdsa-sha256`, algorithm.ecdsaSha256],
  [`${MORE}ecdsa-sha384`, algorithm.ecdsaSha384],
  [`${MORE}ecdsa-sha512`, algorithm.ecdsaSha512],
]);

/** Canonicalization URI → how; the forms with comments keep them only where a reference leaves them in. */
export const xmlCanonicalizations: ReadonlyMap<string, Canonicalization> = new Map([
  [EXCLUSIVE_C14N, { mode: 'exclusive', comments: 'drop' }],
  [`${EXCLUSIVE_C14N}WithComments`, { mode: 'exclusive', comments: 'keep' }],
  [INCLUSIVE_C14N, { mode: 'inclusive', comments: 'drop' }],
  [`${INCLUSIVE_C14N}#WithComments`, { mode: 'inclusive', comments: 'keep' }],
]);

/** What a signer's signature is called in XML, and the digest that goes with it. */
export const ofSigner: Readonly<Record<SignatureAlgorithm, { signature: string; digest: string; digestOid: string }>> =
  {
    'gost2012-256': {
      signature: `${GOST}gostr34102012-gostr34112012-256`,
      digest: `${GOST}gostr34112012-256`,
      digestOid: algorithm.streebog256,
    },
    'gost2012-512': {
      signature: `${GOST}gostr34102012-gostr34112012-512`,
      digest: `${GOST}gostr34112012-512`,
      digestOid: algorithm.streebog512,
    },
    'rsa-sha256': { signature: `${MORE}rsa-sha256`, digest: `${ENCRYPTION}sha256`, digestOid: algorithm.sha256 },
    'ecdsa-sha256': { signature: `${MORE}ecdsa-sha256`, digest: `${ENCRYPTION}sha256`, digestOid: algorithm.sha256 },
  };
