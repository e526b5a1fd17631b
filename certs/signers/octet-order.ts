import { type GostPublicKey, readPublicKey, verifyData } from '../gost/public-key.ts';

type Form = (signature: Uint8Array) => Uint8Array;

const half = (signature: Uint8Array, n: 0 | 1): Uint8Array =>
  signature.subarray((n * signature.length) / 2, ((n + 1) * signature.length) / 2);
const reversed = (octets: Uint8Array): Uint8Array => Uint8Array.from(octets).reverse();
const joined = (a: Uint8Array, b: Uint8Array): Uint8Array => Uint8Array.from([...a, ...b]);

/** How signers write r and s; the first is the form of X.509 and CMS, s ‖ r, each big-endian. */
const forms: readonly Form[] = [
  (signature) => signature,
  // CryptoPro CSP: r ‖ s, each little-endian.
  reversed,
  (signature) => joined(half(signature, 1), half(signature, 0)),
  (signature) => joined(reversed(half(signature, 0)), reversed(half(signature, 1))),
];

/**
 * Brings what a foreign signer returns into s ‖ r. Documents contradict each other about the order, so the first
 * signature that verifies in one of the forms settles it for this signer; each further one is verified in that form.
 */
export class OctetOrder {
  readonly #spki: Uint8Array;
  #key: GostPublicKey | undefined;
  #known: Form | undefined;

  constructor(spki: Uint8Array) {
    this.#spki = spki;
  }

  /** s ‖ r, or undefined when the signature belongs to another key or other data. */
  normal(data: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
    this.#key ??= readPublicKey(this.#spki);
    for (const form of this.#known ? [this.#known] : forms) {
      const normal = form(signature);
      if (!verifyData(this.#key, data, normal)) continue;
      this.#known = form;
      return normal;
    }
    return undefined;
  }
}
