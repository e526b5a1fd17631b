import type { Clock, Logger } from '../../connectors/port.ts';
import type { Cipher } from '../../storage/cipher.ts';
import { type Delivery, LeasedOutbox } from '../../storage/outbox.ts';
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

/**
 * Sends what was written into the outbox: at least once, each mail under one Message-ID for ever, so that mail programs
 * show a doubled one once. A mail about a task that is over by then is dropped.
 */
export class MailOutbox {
  readonly #o: OutboxOptions;
  readonly #outbox: LeasedOutbox;

  constructor(options: OutboxOptions) {
    this.#o = options;
    const { db, clock, log } = options;
    this.#outbox = new LeasedOutbox({
      db,
      clock,
      table: 'task_mail',
      deliver: (row) => this.#deliver(row),
      onPutOff: (row, { id, code, tries }) =>
        log.warn('a mail about a task could not be sent and will be tried again', {
          mail: id,
          task: row.task,
          code,
          tries,
        }),
      onGivenUp: (row, { id, code, tries }) =>
        log.error('a mail about a task was given up', { mail: id, task: row.task, code, tries }),
    });
  }

  round(): Promise<void> {
    return this.#outbox.round();
  }

  async #deliver(row: Row): Promise<Delivery> {
    const { db, cipher, people, send, domain } = this.#o;
    const org = row.org as string;
    const found = await db.query('select * from task where org = $1 and id = $2', [org, row.task as string]);
    const task = found.rows[0] && taskOf(found.rows[0], cipher);
    const person = people.find(row.person as string);
    if (task?.status !== 'open' || person?.email === undefined) return { dropped: 'OVER' };
    const { subject, text } = mailText(task, {
      about: row.about as About,
      language: person.language,
      timezone: this.#o.timezone(org),
      consoleUrl: this.#o.consoleUrl,
    });
    return send({ to: person.email, subject, text, messageId: `<${row.id as string}@${domain}>` });
  }
}
