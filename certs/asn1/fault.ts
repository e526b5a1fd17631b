/**
 * A structure that is not what its standard says: damaged, cut, or made against the rules (DER, X.509, CMS, RFC 3161).
 * Whatever octets come in, the readers of `certs/` throw this and nothing else.
 *
 * `code` is stable; `message` names the place and holds no content of the structure.
 */
export class DerFault extends Error {
  readonly code: DerFaultCode;

  constructor(code: DerFaultCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'DerFault';
    this.code = code;
  }
}

export type DerFaultCode =
  /** The octets end before the element does. */
  | 'DER_TRUNCATED'
  /** Octets follow where the structure has ended. */
  | 'DER_TRAILING'
  /** BER with lengths that are not known beforehand: DER forbids it. */
  | 'DER_INDEFINITE'
  /** A length, number or flag that is not in its only DER form. */
  | 'DER_NOT_CANONICAL'
  /** Too deep, too many elements, too large. */
  | 'DER_LIMIT'
  /** Another element than the standard wants at this place. */
  | 'DER_UNEXPECTED'
  /** The right element with a value that makes no sense: a date that no calendar knows, broken UTF-8. */
  | 'DER_VALUE'
  /** Well made, but by an algorithm or with a feature that is not known here, or is too weak to prove anything. */
  | 'DER_UNSUPPORTED';

/** Recognises the fault by name, so that two installed copies of the package agree. */
export function isDerFault(error: unknown): error is DerFault {
  return error instanceof Error && error.name === 'DerFault' && 'code' in error;
}
