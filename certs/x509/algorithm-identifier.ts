import { DerFault } from '../asn1/fault.ts';
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
  if (parameters?.tag !== NULL) return { oid, parameters };
  if (parameters.length > 0) throw new DerFault('DER_VALUE', 'A NULL holds octets.');
  return { oid, parameters: undefined };
}
