import { randomUUID } from 'node:crypto';
import { decodeGsm7 } from '../kit/gsm7.ts';
import type { InboundEvent } from '../port.ts';
import type { SmppConfig } from './config.ts';
import { reportStates, stateNames } from './errors.ts';
import { type Delivered, tag } from './pdu.ts';

type IdForm = SmppConfig['responseIds'];

/**
 * A message id in one form, whichever the centre uses: some write it in hex in the answer and in decimal in the report,
 * some with leading zeros.
 */
export function canonicalId(id: string, form: IdForm): string {
  const text = id.trim().toLowerCase();
  if (form === 'hex' && /^[0-9a-f]+$/.test(text)) return BigInt(`0x${text}`).toString();
  if (form === 'decimal' && /^\d+$/.test(text)) return BigInt(text).toString();
  return text.replace(/^0+(?=.)/, '');
}

/**
 * What a deliver_sm tells: a delivery report, or a text that somebody wrote to us.
 *
 * @param onUnknown told of a state that no table knows; the part then counts as sent
 */
export function eventOf(
  config: SmppConfig,
  delivered: Delivered,
  onUnknown: (state: string) => void = () => {},
): InboundEvent {
  // Bits 5…2: 0x04 a report, 0x20 news on the way to it.
  const isReport = (delivered.esmClass & 0x24) !== 0;
  const report = isReport ? reportOf(config, delivered, onUnknown) : undefined;
  if (report) return report;
  return {
    kind: 'messages.incoming',
    // Nothing in it tells a repeat from the same words said twice, so a repeat after a crash is stored twice.
    dedupeKey: `incoming:${randomUUID()}`,
    patch: { from: delivered.source, to: delivered.destination, text: textOf(delivered) },
  };
}

function reportOf(
  config: SmppConfig,
  delivered: Delivered,
  onUnknown: (state: string) => void,
): InboundEvent | undefined {
  const { optional } = delivered;
  const text = textOf(delivered);
  const told = optional.get(tag.receiptedMessageId)?.toString('latin1').replace(/\0.*$/s, '');
  const id = told || field(text, 'id');
  if (!id) return undefined;
  const ref = canonicalId(id, config.reportIds);
  const stat = stateNames[optional.get(tag.messageState)?.[0] ?? -1] ?? field(text, 'stat')?.toUpperCase() ?? '';
  if (!reportStates[stat]) onUnknown(stat);
  const known = reportStates[stat] ?? { status: 'sent', final: false };
  const done = field(text, 'done date') ?? '';
  const at = instantOf(done, config.reportOffsetMinutes);
  const number = optional.get(tag.userMessageReference);
  return {
    kind: 'messages.send',
    dedupeKey: `report:${ref}:${stat}:${done}`,
    ref,
    ...(config.referenceEcho && number?.length === 2
      ? { ownId: number.readUInt16BE(0), recipient: `+${delivered.source.replace(/\D/g, '')}` }
      : {}),
    patch: {
      status: known.status,
      statusReason: known.reason ? reasonOf(known.reason, field(text, 'err')) : null,
      ...(known.status === 'delivered' && at ? { deliveredAt: at.toISOString() } : {}),
    },
    final: known.final,
  };
}

function reasonOf(reason: string, err: string | undefined): string {
  return err && !/^0*$/.test(err) ? `${reason} (error ${err.slice(0, 10)})` : reason;
}

/** A field of the customary text form `id:… sub:… stat:… err:… text:…`. */
function field(text: string, name: string): string | undefined {
  const before = text.search(/\btext:/i);
  const head = before < 0 ? text : text.slice(0, before);
  return new RegExp(`(?:^|\\s)${name}:([^\\s]*)`, 'i').exec(head)?.[1] || undefined;
}

/** `YYMMDDhhmm` or `YYMMDDhhmmss` in the zone of the centre. */
function instantOf(text: string, offsetMinutes: number): Date | undefined {
  const found = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?$/.exec(text);
  if (!found) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = found.slice(1).map((n) => Number(n ?? 0));
  const ms = Date.UTC(2000 + year, month - 1, day, hour, minute - offsetMinutes, second);
  return Number.isNaN(ms) ? undefined : new Date(ms);
}

function textOf({ message, dataCoding }: Delivered): string {
  if (dataCoding === 8) return new TextDecoder('utf-16be').decode(message);
  return dataCoding === 0 ? decodeGsm7(message) : message.toString('latin1');
}
