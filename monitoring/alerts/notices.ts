import { createHash } from 'node:crypto';
import { isHubError } from '../../canonical/errors.ts';
import type { AlertsConfig } from '../../config/alerts.ts';
import type { Clock, Logger } from '../../connectors/port.ts';
import { faultOf } from '../../connectors/webhook/errors.ts';
import type { Post } from '../../connectors/webhook/guarded-post.ts';
import { signedHeaders } from '../../connectors/webhook/sign.ts';
import { type Delivery, LeasedOutbox } from '../../storage/outbox.ts';
import type { Database, Row } from '../../storage/port.ts';
import type { SendMail } from '../../tasks/mail/smtp.ts';
import { type Notice, noticeEvent, noticeText } from './message.ts';
import type { NoticeKind } from './plan.ts';
import type { Receiver } from './repository.ts';

export interface NoticeOptions {
  db: Database;
  clock: Clock;
  log: Logger;
  settings: AlertsConfig;
  /** IANA zone of the times in a mail. */
  timezone: string;
  /** Absent where hub.yaml names no mail server. */
  mail: { send: SendMail; domain: string } | undefined;
  post: Post;
}

const POST_MS = 30_000;

type Address = { mail: string } | AlertsConfig['webhooks'][number];

function digestOf(address: Address): string {
  return createHash('sha256')
    .update('mail' in address ? address.mail : address.url)
    .digest('hex')
    .slice(0, 24);
}

function addressesOf({ mail, webhooks }: AlertsConfig): Address[] {
  return [...mail.map((to) => ({ mail: to })), ...webhooks];
}

/** Who is told of each alert. */
export function receiversOf(settings: AlertsConfig): Receiver[] {
  const all = addressesOf(settings).map(
    (address): Receiver => ({
      channel: 'mail' in address ? 'mail' : 'webhook',
      digest: digestOf(address),
    }),
  );
  return all.filter((r, n) => all.findIndex((o) => o.channel === r.channel && o.digest === r.digest) === n);
}

/** Sends notices about alerts by mail and webhook: at least once each, under one id for ever, whatever becomes of a process. */
export class AlertNotices {
  readonly #o: NoticeOptions;
  readonly #outbox: LeasedOutbox;
  readonly #addresses: ReadonlyMap<string, Address>;

  constructor(options: NoticeOptions) {
    this.#o = options;
    const { db, clock, log } = options;
    this.#addresses = new Map(addressesOf(options.settings).map((a) => [digestOf(a), a]));
    const facts = (row: Row, code: string, tries: number) => ({
      notice: row.id,
      alert: row.name,
      channel: row.channel,
      code,
      tries,
    });
    this.#outbox = new LeasedOutbox({
      db,
      clock,
      table: 'alert_notice',
      deliver: (row) => this.#deliver(row),
      onPutOff: (row, { code, tries }) =>
        log.warn('a notice about an alert could not be sent and will be tried again', facts(row, code, tries)),
      onGivenUp: (row, { code, tries }) => log.error('a notice about an alert was given up', facts(row, code, tries)),
    });
  }

  round(): Promise<void> {
    return this.#outbox.round();
  }

  async #deliver(row: Row): Promise<Delivery> {
    const address = this.#addresses.get(row.receiver as string);
    const { mail, settings, timezone } = this.#o;
    if (!address) return { dropped: 'RECEIVER_GONE' };
    const notice: Notice = {
      id: row.id as string,
      alert: row.alert as string,
      org: row.org as string,
      name: row.name as string,
      labels: row.labels as Notice['labels'],
      about: row.about as NoticeKind,
      value: Number(row.value),
      since: row.since as Date,
      at: row.at as Date,
    };
    if (notice.about === 'repeated' && !(await this.#isFiring(notice))) return { dropped: 'OVER' };
    if (!('mail' in address)) return this.#post(address, notice);
    if (!mail) return { dropped: 'RECEIVER_GONE' };
    const text = noticeText(notice, { language: settings.language, timezone });
    return mail.send({ to: address.mail, ...text, messageId: `<${notice.id}@${mail.domain}>` });
  }

  async #isFiring({ org, alert }: Notice): Promise<boolean> {
    const { count } = await this.#o.db.query(`select 1 from alert where org = $1 and id = $2 and status = 'firing'`, [
      org,
      alert,
    ]);
    return count > 0;
  }

  async #post({ url, secret }: AlertsConfig['webhooks'][number], notice: Notice): Promise<Delivery> {
    const { post, clock } = this.#o;
    const body = noticeEvent(notice);
    try {
      const answer = await post({
        url,
        body,
        headers: {
          'content-type': 'application/cloudevents+json; charset=utf-8',
          'user-agent': 'connector-hub',
          ...(secret ? signedHeaders(notice.id, clock.now(), body, [secret]) : { 'webhook-id': notice.id }),
        },
        timeoutMs: POST_MS,
        signal: AbortSignal.timeout(POST_MS),
      });
      const fault = faultOf(answer, clock.now());
      return fault ? { sent: false, code: fault.code, isFinal: fault.kind === 'rejected' } : { sent: true };
    } catch (error) {
      if (!isHubError(error)) throw error;
      return { sent: false, code: error.code, isFinal: false };
    }
  }
}
