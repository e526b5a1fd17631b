import { type Element, fieldsOf } from '../asn1/reader.ts';
import { NULL, SEQUENCE } from '../asn1/tags.ts';
import { readOid } from '../asn1/values.ts';

export interface AlgorithmIdentifier {
  readonly oid: string;
  /** Absent and NULL mean the same to every reader here: both occur for the same algorithms. */
  readonly parameters: Element | undefined;
}

/** @throws DerFault */
export function readAlgorithm(element: Element): AlgorithmIdentifier {
  const fields = fieldsOf(element, SEQUENCE, 'AlgorithmIdentifier');
  const oid = readOid(fields.any('algorithm'), 'The algorithm');
  const parameters = fields.isEmpty ? undefined : fields.any('parameters');
  fields.end();
  return { oid, parameters: parameters?.tag === NULL ? undefined : parameters };
}
