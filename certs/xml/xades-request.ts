import type { XmlLimits } from './limits.ts';

/** A name of an element, by its namespace. */
export interface XmlName {
  readonly namespace: string;
  readonly local: string;
}

/** The element to be signed: the one with this `Id`, or the one that this path leads to, the root first. */
export type SignedElement = { readonly id: string } | { readonly path: readonly XmlName[] };

/** Where receivers differ. Defaults are what ГИС ЖКХ takes and what survives a proxy. */
export interface XadesSettings {
  /**
   * `exclusive`: SignedInfo and SignedProperties by exclusive C14N, so that declarations which a proxy adds to the envelope don't
   * matter. `inclusive`: by Canonical XML 1.0, as .NET and xades4j sign.
   */
  readonly family?: 'exclusive' | 'inclusive';
  /** X509IssuerName: last RDN first, as RFC 2253 wants, or as the certificate has them. */
  readonly issuerOrder?: 'rfc2253' | 'certificate';
  readonly issuerKeywords?: 'upper' | 'lower';
  /** Minutes east of Greenwich that SigningTime is written in; Moscow by default. */
  readonly offsetMinutes?: number;
}

/** What is to be signed, and how; who signs is said beside it. */
export interface XmlToSign {
  readonly element: SignedElement;
  /** Epoch milliseconds; SigningTime holds whole seconds. */
  readonly at: number;
  /** Makes the identifiers; one UUID a signature. */
  readonly uuid: string;
  readonly settings?: XadesSettings;
  readonly limits?: Partial<XmlLimits>;
}
