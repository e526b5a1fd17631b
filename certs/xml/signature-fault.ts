/** Why a signature is not accepted; stable, one cause each. */
export type SignatureFaultCode =
  /** Not well-formed, too large, or with a DOCTYPE; `message` has the place. */
  | 'not-xml'
  | 'no-signature'
  | 'several-signatures'
  /** An element of XMLDSig or XAdES is missing, doubled, or stands where it may not. */
  | 'structure'
  /** Unknown, or too weak to rest on. */
  | 'algorithm'
  /** Canonicalization that is not C14N 1.0, inclusive or exclusive. */
  | 'canonicalization'
  /** XSLT, XPath, or another transform than enveloped-signature and one canonicalization, in this order. */
  | 'transform'
  /** A reference leaves the document, or points into it by another way than `#Id`. */
  | 'external-reference'
  /** Not exactly one reference to the data and one to the signed properties. */
  | 'references'
  /** No element has the referenced Id. */
  | 'missing-element'
  /** More than one has it: signature wrapping. */
  | 'duplicate-id'
  /** The signature does not stand in the element that it signs. */
  | 'not-enveloped'
  /** Another element is signed than the one that counts here. */
  | 'wrong-element'
  /** The signed element does not stand where the receiver reads, or something unsigned stands beside it. */
  | 'wrong-place'
  /** The signed element was changed. */
  | 'digest'
  /** The signed properties were changed. */
  | 'properties-digest'
  /** SignedInfo was changed, or another key signed. */
  | 'signature-value'
  /** The signature would hold with its halves swapped: r ‖ s was written. */
  | 'signature-halves-swapped'
  /** The signature would hold with its octets reversed: the order of CryptoPro CSP was written. */
  | 'signature-reversed'
  /** No certificate, or one that can't be read. */
  | 'certificate'
  /** The certificate is not the one whose digest was signed. */
  | 'certificate-digest'
  | 'issuer-name'
  | 'serial-number'
  /** QualifyingProperties belong to another signature. */
  | 'properties-target'
  /** Not an xs:dateTime with a zone. */
  | 'signing-time'
  /** SigningTime lies outside of the certificate's validity. */
  | 'certificate-period'
  /** What the check of trust said. */
  | 'untrusted';

/** `message` is for the person who must find out; it holds nothing of the document. */
export interface SignatureFault {
  readonly code: SignatureFaultCode;
  readonly message: string;
}

/** Ends a verification that can't go on. */
export class SignatureRefusal extends Error {
  readonly code: SignatureFaultCode;

  constructor(code: SignatureFaultCode, message: string) {
    super(message);
    this.name = 'SignatureRefusal';
    this.code = code;
  }
}
