import { HubError } from '../../canonical/errors.ts';

/** Why a text is refused; stable, so that callers and tests can tell the causes apart. */
export type XmlFault =
  | 'too-large'
  | 'too-deep'
  | 'too-many-elements'
  | 'too-many-attributes'
  | 'too-many-namespaces'
  | 'name-too-long'
  | 'not-utf8'
  | 'declaration'
  | 'doctype'
  | 'entity'
  | 'character'
  | 'name'
  | 'tag'
  | 'text'
  | 'comment'
  | 'cdata'
  | 'instruction'
  | 'structure'
  | 'duplicate-attribute'
  | 'unbound-prefix'
  | 'reserved-namespace'
  | 'relative-namespace';

/** Code of every XmlError. */
export const XML_REFUSED = 'XML_REFUSED';

/**
 * A text that our reader or canonicalizer refuses. The message holds the place and what to do, never a part of the text: it may be
 * personal data.
 */
export class XmlError extends HubError {
  readonly fault: XmlFault;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;

  constructor(fault: XmlFault, message: string, source: string, position: number) {
    const { line, column } = placeOf(source, position);
    super('unexpected', XML_REFUSED, `XML, line ${line}, column ${column}: ${message}`, {
      details: { fault, line, column },
    });
    this.fault = fault;
    this.line = line;
    this.column = column;
  }
}

/** Counts lines the way XML does: CR LF, CR and LF each end one. */
function placeOf(source: string, position: number): { line: number; column: number } {
  const lines = source.slice(0, position).split(/\r\n|\r|\n/);
  return { line: lines.length, column: [...(lines.at(-1) ?? '')].length + 1 };
}
