import type { SimClock } from '../kit/clock.ts';
import type { Effects } from '../kit/effects.ts';
import { shown } from './alphabet.ts';
import { BadPdu, STATUS, type Submit, TAG } from './codec.ts';

/** Values of message_state. */
export type MessageState = 1 | 2 | 3 | 5 | 8;
export const STAT: Readonly<Record<MessageState, string>> = {
  1: 'ENROUTE',
  2: 'DELIVRD',
  3: 'EXPIRED',
  5: 'UNDELIV',
  8: 'REJECTD',
};

/** One accepted submit_sm: a whole message or a part of one; each has its own id and its own report. */
export interface Part {
  number: number;
  account: string;
  source: string;
  phone: string;
  text: string;
  /** Place in a longer message, from 1. */
  sequence: number;
  total: number;
  acceptedAt: number;
  validUntil: number;
  wantsReport: boolean;
  reference: Buffer | undefined;
  reportedAt: number | undefined;
  acknowledged: boolean;
}

interface Place {
  reference: number;
  total: number;
  sequence: number;
  octets: Buffer;
}

export interface Timing {
  deliveredAfterMs: number;
  maxValidityMs: number;
}

/** What the message centre has taken, and what becomes of it on the virtual clock. */
export class Messages {
  readonly parts = new Map<number, Part>();
  readonly #clock: SimClock;
  readonly #effects: Effects;
  readonly timing: Timing;
  readonly #open = new Map<string, Map<number, Part>>();
  #next = 0x0a00_0001;

  constructor(clock: SimClock, effects: Effects, timing: Timing) {
    this.#clock = clock;
    this.#effects = effects;
    this.timing = timing;
  }

  /** @throws BadPdu with the status that a message centre gives */
  accept(account: string, submit: Submit): Part {
    const { destination } = submit;
    if (!/^79\d{9}$/.test(destination)) throw new BadPdu(STATUS.destinationAddress, 'Not a mobile number.');
    const place = placeOf(submit);
    const text = shown(place.octets, submit.dataCoding);
    if (text === undefined) throw new BadPdu(STATUS.systemError, 'This operator does not take the data coding.');
    const perPart = place.octets.length > 140 && !(submit.dataCoding === 0 && place.octets.length <= 160);
    if (perPart && !submit.tlvs.has(TAG.payload))
      throw new BadPdu(STATUS.messageLength, 'More octets than one text message carries.');
    const now = this.#clock.now();
    const part: Part = {
      number: this.#next++,
      account,
      source: submit.source,
      phone: destination,
      text,
      sequence: place.sequence,
      total: place.total,
      acceptedAt: now,
      validUntil:
        now + Math.min(validityMs(submit.validity, now) ?? Number.POSITIVE_INFINITY, this.timing.maxValidityMs),
      wantsReport: (submit.registered & 0x03) === 1,
      reference: submit.tlvs.get(TAG.userMessageReference),
      reportedAt: undefined,
      acknowledged: false,
    };
    this.parts.set(part.number, part);
    this.#effects.add('sms.part', `${destination}\0${place.reference}\0${place.sequence}\0${text}`);
    this.#join(part, place);
    return part;
  }

  /** A text counts as sent when the last of its parts has come, in whichever order they came. */
  #join(part: Part, place: Place): void {
    if (place.total === 1) {
      this.#effects.add('sms.sent', `${part.phone}\0${part.text}`);
      return;
    }
    const key = [part.account, part.source, part.phone, place.reference, place.total].join('\0');
    const known = this.#open.get(key) ?? new Map<number, Part>();
    known.set(place.sequence, part);
    this.#open.set(key, known);
    if (known.size < place.total) return;
    this.#open.delete(key);
    const whole = [...known].sort(([a], [b]) => a - b).map(([, p]) => p.text);
    this.#effects.add('sms.sent', `${part.phone}\0${whole.join('')}`);
  }

  /** Longer messages of which parts are missing. */
  unfinished(): number {
    return this.#open.size;
  }

  state(part: Part): MessageState {
    const now = this.#clock.now();
    const age = now - part.acceptedAt;
    const ends = part.acceptedAt + this.timing.deliveredAfterMs;
    if (age < this.timing.deliveredAfterMs) return now >= part.validUntil ? 3 : 1;
    const tail = part.phone.slice(-4);
    if (tail === '0003') return now >= part.validUntil ? 3 : 1;
    if (part.validUntil < ends) return 3;
    if (tail === '0020' || tail === '0025') return 5;
    if (tail === '0022') return 8;
    // Only the last part of a longer message is lost.
    if (tail === '0033' && part.sequence === part.total && part.total > 1) return 5;
    return 2;
  }
}

/** Which part of which message it is: by header in the text, by SAR fields, or a whole one. */
function placeOf(submit: Submit): Place {
  const payload = submit.tlvs.get(TAG.payload);
  if (payload && submit.message.length > 0)
    throw new BadPdu(STATUS.messageLength, 'short_message and message_payload exclude each other.');
  const octets = payload ?? submit.message;
  const whole = { reference: 0, total: 1, sequence: 1, octets };
  if (submit.esmClass & 0x40) {
    const length = octets[0] ?? 0;
    const header = octets.subarray(1, 1 + length);
    const rest = octets.subarray(1 + length);
    if (header.length !== length) throw new BadPdu(STATUS.esmClass, 'The user data header is cut.');
    for (let at = 0; at + 1 < header.length; at += 2 + (header[at + 1] ?? 0)) {
      const [kind, size] = [header[at], header[at + 1]];
      if (kind === 0 && size === 3)
        return checked({ reference: header[at + 2], total: header[at + 3], sequence: header[at + 4], octets: rest });
      if (kind === 8 && size === 4)
        return checked({
          reference: header.readUInt16BE(at + 2),
          total: header[at + 4],
          sequence: header[at + 5],
          octets: rest,
        });
    }
    return { ...whole, octets: rest };
  }
  const reference = submit.tlvs.get(TAG.sarReference);
  if (!reference) return whole;
  return checked({
    reference: reference.readUInt16BE(0),
    total: submit.tlvs.get(TAG.sarTotal)?.[0],
    sequence: submit.tlvs.get(TAG.sarNumber)?.[0],
    octets,
  });
}

function checked(place: {
  reference: number | undefined;
  total: number | undefined;
  sequence: number | undefined;
  octets: Buffer;
}): Place {
  const { reference = 0, total = 0, sequence = 0, octets } = place;
  if (total < 1 || sequence < 1 || sequence > total)
    throw new BadPdu(STATUS.esmClass, 'The numbers of a longer message make no sense.');
  return { reference, total, sequence, octets };
}

/** `YYMMDDhhmmsstnnp`: absolute with an offset in quarters of an hour, or relative with R. Undefined for none. */
function validityMs(text: string, now: number): number | undefined {
  if (text === '') return undefined;
  const found = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d)(\d\d)([+R-])$/.exec(text);
  if (!found) throw new BadPdu(STATUS.validity, 'validity_period can not be read.');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map(Number);
  const [quarters, sign] = [Number(found[8]), found[9]];
  if (sign === 'R') return ((((year * 365 + month * 30 + day) * 24 + hour) * 60 + minute) * 60 + second) * 1000;
  const offset = quarters * 15 * 60_000 * (sign === '-' ? -1 : 1);
  const ms = Date.UTC(2000 + year, month - 1, day, hour, minute, second) - offset - now;
  if (ms <= 0) throw new BadPdu(STATUS.validity, 'validity_period lies in the past.');
  return ms;
}
