import { cString, deliverBody, TAG, tlv } from './codec.ts';
import { type MessageState, type Part, STAT } from './messages.ts';

export type Base = 'hex' | 'decimal';

/** A message id as the account is set to write it. */
export function writtenId(number: number, base: Base): string {
  return base === 'hex' ? number.toString(16).toUpperCase().padStart(8, '0') : String(number);
}

export interface ReportStyle {
  /** How ids are written in reports. */
  ids: Base;
  /** receipted_message_id and message_state go along. */
  fields: boolean;
  /** user_message_reference is sent back; believed of few gateways only. */
  echo: boolean;
}

/** The deliver_sm body that tells what became of a part, in the customary text form and in fields. */
export function reportBody(part: Part, state: MessageState, at: number, style: ReportStyle): Buffer {
  const id = writtenId(part.number, style.ids);
  const stat = STAT[state];
  const delivered = state === 2 ? '001' : '000';
  const text = `id:${id} sub:001 dlvrd:${delivered} submit date:${stamp(part.acceptedAt)} done date:${stamp(at)} stat:${stat} err:${state === 2 ? '000' : '011'} text:${part.text.replace(/[^\u0020-\u007e]/g, '?').slice(0, 20)}`;
  return deliverBody(
    {
      source: part.phone,
      destination: part.source,
      esmClass: 0x04,
      dataCoding: 0,
      text: Buffer.from(text, 'latin1'),
    },
    [
      ...(style.fields ? [tlv(TAG.receiptedMessageId, cString(id)), tlv(TAG.messageState, Buffer.from([state]))] : []),
      ...(style.echo && part.reference ? [tlv(TAG.userMessageReference, part.reference)] : []),
    ],
  );
}

/** `YYMMDDhhmm`, Moscow time. */
function stamp(at: number): string {
  return new Date(at + 3 * 3_600_000).toISOString().replace(/\D/g, '').slice(2, 12);
}
