import type { DocumentOctets } from './cms/document.ts';
import type { XmlToSign } from './xml/xades-request.ts';

/** How a key signs: the hash goes with the algorithm. */
export type SignatureAlgorithm = 'gost2012-256' | 'gost2012-512' | 'rsa-sha256' | 'ecdsa-sha256';

/** Certificates of a signer, DER. */
export interface SignerCertificate {
  der: Uint8Array;
  /** Its issuers, the nearest first; the root may be absent. */
  chain: readonly Uint8Array[];
}

/**
 * A key that signs, wherever it lies: in memory, on a token, in a service. Formats (CMS, XAdES) are built above it.
 *
 * Every method throws HubError: `needs-operator` when a person must act (PIN, licence, expired certificate), `transient`
 * when it may work later, `unexpected` when the signer answers what it should not.
 */
export interface Signer {
  readonly algorithm: SignatureAlgorithm;
  certificate(): Promise<SignerCertificate>;
  /** Hashes the data itself. s ‖ r for GOST, DER for ECDSA, PKCS#1 v1.5 for RSA. */
  signRaw(data: Uint8Array): Promise<Uint8Array>;
  /** Over a digest of the algorithm's own length, made elsewhere; absent where the signer insists on hashing by itself. */
  signDigest?(digest: Uint8Array): Promise<Uint8Array>;
  /** Digest that the algorithm signs, of a document that is read once, where that keeps the work off the event loop. */
  digestDocument?(document: DocumentOctets): Promise<Uint8Array>;
  /** XAdES of a whole document beside the key, where that keeps the work off the event loop; `signXades` uses it by itself. */
  signXml?(document: Uint8Array, request: XmlToSign): Promise<Uint8Array>;
}
