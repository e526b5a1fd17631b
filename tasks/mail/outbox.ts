import type { Clock, Logger } from '../../connectors/port.ts';
import type { Cipher } from '../../storage/cipher.ts';
import type { Database, Row } from '../../storage/port.ts';
import type { People } from '../people.ts';
import { taskOf } from '../task.ts';
import { type About, mailText } from './message.ts';
import type { SendMail } from './smtp.ts';

export interface OutboxOptions {
  db: Database;
  cipher: Cipher;
  clock: Clock;
  log: Logger;
  people: People;
  timezone(org: string): string;
  send: SendMail;
  /** Right side of the Message-IDs. */
  domain: string;
  consoleUrl?: string | undefined;
}

const AT_ONCE = 10;
/** Longer than a sending may take: past it another process sends the mail again, under the same Message-ID. */
const LEASE_MS = 180_000;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;
const GIVE_UP_MS = 3 * 24 * 3_600_000;

const LEASE = `
  update task_mail m set lease_no = m.lease_no + 1, lease_until = $2, tries = m.tries + 1
  from (select x.org, x.id from task_mail x where x.due_at <= $1 and (x.lease_until is null or x.lease_until <= $1)
        order by x.due_at limit ${AT_ONCE} for update skip locked) d
  where m.org = d.org and m.id = d.id returning m.*`;

/**
 * Sends what was written into the outbox: at least once, each mail under one Message-ID for ever, so that mail programs
 * show a doubled one once. A mail about a task that is over by then is dropped.
 */
export class MailOutbox {
  readonly #o: OutboxOptions;

  constructor(options: OutboxOptions) {
    this.#o = options;
  }

  async round(): Promise<void> {
    const { db, clock } = this.#o;
    const now = clock.now();
    const { rows } = await db.query(LEASE, [new Date(now), new Date(now + LEASE_MS)]);
    await Promise.all(rows.map((row) => this.#deliver(row)));
  }

  async #deliver(row: Row): Promise<void> {
    const { db, cipher, clock, log, people, send, domain } = this.#o;
    const org = row.org as string;
    const id = row.id as string;
    const found = await db.query('select * from task where org = $1 and id = $2', [org, row.task as string]);
    const task = found.rows[0] && taskOf(found.rows[0], cipher);
    const person = people.find(row.person as string);
    if (task?.status !== 'open' || person?.email === undefined) return this.#end(row, { code: 'OVER' });
    const { subject, text } = mailText(task, {
      about: row.about as About,
      language: person.language,
      timezone: this.#o.timezone(org),
      consoleUrl: this.#o.consoleUrl,
    });
    const outcome = await send({ to: person.email, subject, text, messageId: `<${id}@${domain}>` });
    if (outcome.sent) return this.#end(row, { sent: true });
    const age = clock.now() - (row.created_at as Date).getTime();
    const facts = { mail: id, task: task.id, code: outcome.code, tries: row.tries as number };
    if (outcome.isFinal || age >= GIVE_UP_MS) {
      log.error('a mail about a task was given up', facts);
      return this.#end(row, { code: outcome.code });
    }
    log.warn('a mail about a task could not be sent and will be tried again', facts);
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(10, (row.tries as number) - 1));
    await this.#write(row, 'due_at = $4, error = $5', [new Date(clock.now() + pause), outcome.code]);
  }

  #end(row: Row, { sent, code }: { sent?: true; code?: string }): Promise<void> {
    return this.#write(row, 'due_at = null, sent_at = $4, error = $5', [
      sent ? new Date(this.#o.clock.now()) : null,
      code ?? null,
    ]);
  }

  async #write(row: Row, set: string, values: readonly (Date | string | null)[]): Promise<void> {
    await this.#o.db.query(
      `update task_mail set ${set}, lease_until = null where org = $1 and id = $2 and lease_no = $3`,
      [row.org as string, row.id as string, Number(row.lease_no), ...values],
    );
  }
}
