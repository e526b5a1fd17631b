import type { SimClock } from '../kit/clock.ts';
import type { Effects } from '../kit/effects.ts';
import { partsOf } from '../sms/segments.ts';

/** A text that the gateway has taken. */
export interface Stored {
  id: number;
  from: string;
  number: string;
  text: string;
  /** Roubles. */
  cost: number;
  /** Epoch milliseconds. */
  createdAt: number;
  callback: { url: string; asJson: boolean } | undefined;
  reported: number | undefined;
}

export interface OutboxOptions {
  clock: SimClock;
  effects: Effects;
  /** Price of one part, roubles. */
  pricePerPart: number;
  /** Virtual milliseconds until the operator takes a text, and until the phone has it. */
  sentAfterMs: number;
  deliveredAfterMs: number;
}

const PAGE = 50;
const names: Readonly<Record<number, string>> = {
  0: 'queue',
  1: 'delivery',
  2: 'failed',
  3: 'sent',
  6: 'reject',
  8: 'moderation',
};
/** Ends of numbers that end in a status of their own. */
const magic: Readonly<Record<string, number>> = { '0020': 2, '0022': 6, '0025': 2, '0003': 3, '0008': 8 };

/** What the account has sent; all gates share it. */
export class Outbox {
  readonly #o: OutboxOptions;
  readonly #messages = new Map<number, Stored>();
  #nextId = 12_345;

  constructor(options: OutboxOptions) {
    this.#o = options;
  }

  costOf(text: string): number {
    return Number((partsOf(text) * this.#o.pricePerPart).toFixed(2));
  }

  /** Takes a text; from here on a phone rings. */
  add(from: string, number: string, text: string, callback: Stored['callback']): Stored {
    const message: Stored = {
      id: this.#nextId++,
      from,
      number,
      text,
      cost: this.costOf(text),
      createdAt: this.#o.clock.now(),
      callback,
      reported: undefined,
    };
    this.#messages.set(message.id, message);
    this.#o.effects.add('sms.sent', `${number}\0${text}`);
    return message;
  }

  get(id: number): Stored | undefined {
    return this.#messages.get(id);
  }

  all(): readonly Stored[] {
    return [...this.#messages.values()];
  }

  statusOf(message: Stored): number {
    const age = this.#o.clock.now() - message.createdAt;
    if (message.number.endsWith('0008')) return 8;
    if (age < this.#o.sentAfterMs) return 0;
    if (age < this.#o.deliveredAfterMs) return 3;
    return magic[message.number.slice(-4)] ?? 1;
  }

  /** A text as `sms/send` tells it: the cost is a number here. */
  sent(message: Stored): Record<string, unknown> {
    const seconds = Math.floor(message.createdAt / 1000);
    const status = this.statusOf(message);
    return {
      id: message.id,
      from: message.from,
      number: message.number,
      text: message.text,
      status,
      extendStatus: names[status],
      channel: 'FREE SIGN',
      cost: message.cost,
      dateCreate: seconds,
      dateSend: seconds,
    };
  }

  /** A text as `sms/status` and `sms/list` tell it: the cost is a string, and an answered one has its moment. */
  told(message: Stored): Record<string, unknown> {
    const answered = [1, 2, 6].includes(this.statusOf(message));
    return {
      ...this.sent(message),
      cost: message.cost.toFixed(2),
      ...(answered ? { dateAnswer: Math.floor((message.createdAt + this.#o.deliveredAfterMs) / 1000) } : {}),
    };
  }

  /** Newest first, in numbered keys beside `links` and `totalCount`. The text is looked for as a part of the message. */
  list(number: string | undefined, text: string | undefined, page: number): Record<string, unknown> {
    const found = this.all()
      .filter((m) => (number === undefined || m.number === number) && (text === undefined || m.text.includes(text)))
      .reverse();
    const last = Math.max(1, Math.ceil(found.length / PAGE));
    const link = (n: number): string => `/v2/sms/list?page=${n}`;
    return {
      ...Object.fromEntries(
        found.slice((page - 1) * PAGE, page * PAGE).map((message, i) => [String(i), this.told(message)]),
      ),
      links: {
        self: link(page),
        first: link(1),
        last: link(last),
        ...(page < last ? { next: link(page + 1) } : {}),
      },
      totalCount: String(found.length),
    };
  }
}
