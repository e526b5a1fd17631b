import { HubError } from '../../canonical/errors.ts';
import { fieldsOf, parseDer } from '../asn1/reader.ts';
import * as tag from '../asn1/tags.ts';
import { readBits, readSmallInteger, readText } from '../asn1/values.ts';

/** PKIFailureInfo bits (RFC 3161 §2.4.2). */
const failures: Readonly<Record<number, string>> = {
  0: 'badAlg',
  2: 'badRequest',
  5: 'badDataFormat',
  14: 'timeNotAvailable',
  15: 'unacceptedPolicy',
  16: 'unacceptedExtension',
  17: 'addInfoNotAvailable',
  25: 'systemFailure',
};
/** Failures that pass by themselves. */
const passing: ReadonlySet<string> = new Set(['timeNotAvailable', 'systemFailure']);

/**
 * The token in a TimeStampResp.
 *
 * @returns DER of the token (a ContentInfo)
 * @throws DerFault when it is no answer; HubError transient/TSA_BUSY or rejected/TSA_REFUSED when the authority says no
 */
export function tokenOf(response: Uint8Array): Uint8Array {
  const fields = fieldsOf(parseDer(response), tag.SEQUENCE, 'TimeStampResp');
  const info = fieldsOf(fields.any('status'), tag.SEQUENCE, 'PKIStatusInfo');
  const status = readSmallInteger(info.take('status', tag.INTEGER), 'status', 100);
  const texts = info.optional(tag.SEQUENCE);
  const bits = info.optional(tag.BIT_STRING);
  info.end();
  if (status > 1) {
    const failure = bits && readBits(bits, 'failInfo');
    const names = Object.entries(failures).flatMap(([bit, name]) => (failure?.has(Number(bit)) ? [name] : []));
    const said = texts ? [...texts.children()].map((t) => readText(t, 'statusString')).join(' ') : '';
    const why = [...names, said.slice(0, 200)].filter(Boolean).join(': ') || `status ${status}`;
    throw names.some((n) => passing.has(n))
      ? new HubError('transient', 'TSA_BUSY', `The time-stamping authority can't answer now (${why}).`)
      : new HubError('rejected', 'TSA_REFUSED', `The time-stamping authority refuses (${why}).`);
  }
  const token = fields.take('timeStampToken', tag.SEQUENCE).der;
  fields.end();
  return token;
}
