import type { WorkingCalendar } from '../calendars/calendar.ts';
import { type ContactRule, contactRule } from '../calendars/contact-limits.ts';
import { startOfDay, wallClock } from '../calendars/local-day.ts';
import { type QuietHours, quietUntil } from '../calendars/quiet-hours.ts';
import { type HubError, toProblem } from '../canonical/errors.ts';
import { type Admission, optedOut } from '../queues/admission.ts';
import { type ContactClaim, refusals, reserveAtSending } from '../queues/contacts.ts';
import type { Gate } from '../queues/ports.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database } from '../storage/port.ts';
import { recipientIndex } from '../storage/recipient.ts';
import type { OptOutRepository } from '../storage/repositories/opt-outs.ts';

export interface MessageRulesOptions {
  db: Database;
  cipher: Cipher;
  optOuts: OptOutRepository;
  calendar: WorkingCalendar;
  quietHours: (QuietHours & { purposes: readonly string[] }) | 'off';
  contacts: readonly ContactRule[];
  /** Zone of the recipient's place. */
  zoneOf(org: string, payload: Payload): Promise<string>;
}

type Payload = Readonly<Record<string, unknown>>;

/** Who may be written to, when, and how often: what a message must pass when it is accepted and when it goes out. */
export class MessageRules {
  readonly #o: MessageRulesOptions;

  constructor(options: MessageRulesOptions) {
    this.#o = options;
  }

  /** What the journal looks at in the transaction that accepts. */
  async admission(org: string, payload: Payload, now: Date): Promise<Admission> {
    const contact = await this.#claim(org, payload, now);
    return {
      recipient: recipientIndex(this.#o.cipher, String(payload.to)),
      purpose: String(payload.purpose),
      ...(contact ? { contact } : {}),
    };
  }

  /** Why a message would be refused now; undefined when it would be accepted. Takes no place. */
  async wouldRefuse(org: string, payload: Payload, id: string, now: Date): Promise<HubError | undefined> {
    const { db, optOuts } = this.#o;
    const { recipient, purpose, contact } = await this.admission(org, payload, now);
    if (await optOuts.forbids(org, recipient, purpose)) return optedOut(purpose);
    return contact ? (await refusals(db, [{ org, operation: id, recipient, contact }])).get(id) : undefined;
  }

  /** Looked at again before each attempt: a message may have waited. */
  readonly gate: Gate = async (op, now) => {
    const { db, optOuts } = this.#o;
    const { recipient, purpose, contact } = await this.admission(op.org, { ...op.payload, notBefore: null }, now);
    if (await optOuts.forbids(op.org, recipient, purpose)) return { stop: toProblem(optedOut(purpose)) };
    const until = this.#quietUntil(purpose, now, await this.#o.zoneOf(op.org, op.payload));
    if (until) return { until, reason: 'quiet-hours' };
    if (!contact) return { go: true };
    const full = await reserveAtSending(db, { org: op.org, operation: op.id, recipient, contact }, now);
    return full ? { until: full, reason: 'contact-limit' } : { go: true };
  };

  #quietUntil(purpose: string, at: Date, zone: string): Date | undefined {
    const { quietHours, calendar } = this.#o;
    if (quietHours === 'off' || !quietHours.purposes.includes(purpose)) return undefined;
    return quietUntil(at, zone, quietHours, calendar);
  }

  /** The place that a message needs: on the day of the first moment at which it may go out. */
  async #claim(org: string, payload: Payload, now: Date): Promise<ContactClaim | undefined> {
    const { contacts } = this.#o;
    const purpose = String(payload.purpose);
    const channel = String(payload.channel);
    if (!contacts.some((rule) => rule.channels.includes(channel) && rule.purposes.includes(purpose))) return undefined;
    const zone = await this.#o.zoneOf(org, payload);
    const asked = typeof payload.notBefore === 'string' ? new Date(payload.notBefore) : now;
    const earliest = asked > now ? asked : now;
    const day = wallClock(this.#quietUntil(purpose, earliest, zone) ?? earliest, zone).date;
    const rule = contactRule(contacts, { channel, purpose, day });
    if (!rule) return undefined;
    return {
      rule,
      day,
      sendableOn: (date) => {
        const start = startOfDay(date, zone);
        return this.#quietUntil(purpose, start, zone) ?? start;
      },
    };
  }
}
