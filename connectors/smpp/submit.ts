import { encodeGsm7 } from '../kit/gsm7.ts';
import { segment, segmentTexts } from '../kit/segmentation.ts';
import type { OperationView } from '../port.ts';
import type { SmppConfig } from './config.ts';
import { type Address, type SubmitFields, submitBody, tag } from './pdu.ts';

/** What of a message goes out as one submit_sm. */
export interface SubmitPart {
  /** From 1. */
  part: number;
  parts: number;
  body: Buffer;
}

/**
 * The submit_sm bodies of a message, in order. The same operation gives the same parts with the same concatenation
 * number, so that a message which broke off can be completed.
 *
 * @param now epoch milliseconds, from which the validity counts
 */
export function submitParts(config: SmppConfig, op: OperationView, now: number): SubmitPart[] {
  const text = String(op.payload.text);
  const { encoding, segments } = segment(text);
  const number = op.ownId ?? 0;
  const octets = (part: string): Buffer => (encoding === 'gsm7' ? encodeGsm7(part) : ucs2(part));
  const common: SubmitFields = {
    serviceType: config.serviceType,
    source: senderOf(config, op),
    destination: { ton: 1, npi: 1, address: String(op.payload.to).slice(1) },
    esmClass: 0,
    validityPeriod: validityPeriod(config, op, now),
    dataCoding: encoding === 'gsm7' ? config.gsmDataCoding : 8,
    shortMessage: Buffer.alloc(0),
    optional: config.referenceEcho ? [[tag.userMessageReference, twoOctets(number)]] : [],
  };
  if (segments === 1) return [{ part: 1, parts: 1, body: submitBody({ ...common, shortMessage: octets(text) }) }];
  if (config.concatenation === 'payload') {
    const optional = [...common.optional, [tag.messagePayload, octets(text)] as const];
    return [{ part: 1, parts: 1, body: submitBody({ ...common, optional }) }];
  }
  return segmentTexts(text).map((piece, i) => {
    const place = { part: i + 1, parts: segments };
    if (config.concatenation === 'udh') {
      const header = Buffer.from([5, 0, 3, number & 0xff, segments, i + 1]);
      const shortMessage = Buffer.concat([header, octets(piece)]);
      return { ...place, body: submitBody({ ...common, esmClass: 0x40, shortMessage }) };
    }
    const optional = [
      ...common.optional,
      [tag.sarMsgRefNum, twoOctets(number)] as const,
      [tag.sarTotalSegments, Buffer.from([segments])] as const,
      [tag.sarSegmentSeqnum, Buffer.from([i + 1])] as const,
    ];
    return { ...place, body: submitBody({ ...common, shortMessage: octets(piece), optional }) };
  });
}

/** End of the time in which the centre may still deliver a message that was handed over at `since`; epoch milliseconds. */
export function validUntil(config: SmppConfig, op: OperationView, since: number): number {
  // A validity is never written shorter than a minute.
  return Math.max(op.expiresAt ?? since + config.validityMs, since + MINUTE_MS);
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 3_600_000;

function validityPeriod(config: SmppConfig, op: OperationView, now: number): string {
  const until = validUntil(config, op, now);
  if (config.validityFormat === 'absolute')
    return `${new Date(until).toISOString().replace(/\D/g, '').slice(2, 14)}000+`;
  // Days may exceed what a month has only up to 99; the API takes no longer ones.
  const seconds = Math.floor(Math.min(until - now, 30 * DAY_MS) / 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  return `0000${two(days)}${two(hours)}${two(minutes)}${two(seconds % 60)}000R`;
}

/** A name is 5/0, a whole number 1/1, a short number 0/1; the contract may want something else. */
function senderOf(config: SmppConfig, op: OperationView): Address {
  const address = String(op.payload.sender ?? config.sender);
  const isNumber = /^\d+$/.test(address);
  const [ton, npi] = isNumber ? (address.length > 8 ? [1, 1] : [0, 1]) : [5, 0];
  return { ton: config.senderTon ?? ton, npi: config.senderNpi ?? npi, address };
}

function ucs2(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

function twoOctets(value: number): Buffer {
  const octets = Buffer.alloc(2);
  octets.writeUInt16BE(value & 0xffff);
  return octets;
}
