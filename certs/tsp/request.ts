import { algorithmIdentifier, boolean, integer, nullValue, octetString, oid, sequence } from '../asn1/writer.ts';
import { digest } from '../x509/digest.ts';

export interface TimeStampQuestion {
  /** What is to be stamped: the octets of a signature. Only their digest goes out. */
  octets: Uint8Array;
  /** Object identifier of the digest. */
  digest: string;
  /** A number nobody can guess, which the answer must bring back. */
  nonce: bigint;
  /** Policy that the authority is to follow; its own choice by default. */
  policy?: string;
}

/** TimeStampReq (RFC 3161 §2.4.1) that asks for the authority's certificate too. */
export function timeStampRequest({ octets, digest: digestOid, nonce, policy }: TimeStampQuestion): Uint8Array {
  return sequence(
    integer(1),
    sequence(algorithmIdentifier(digestOid, nullValue()), octetString(digest(digestOid, octets))),
    ...(policy ? [oid(policy)] : []),
    integer(nonce),
    boolean(true),
  );
}
