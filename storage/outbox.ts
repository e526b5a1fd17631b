import type { Database, Row } from './port.ts';

/** What became of a try. `code` holds no text of the other side: it may repeat an address. */
export type Delivery = { sent: true } | { sent: false; code: string; isFinal: boolean } | { dropped: string };

export interface OutboxFacts {
  org: string;
  id: string;
  code: string;
  tries: number;
}

export interface LeasedOutboxOptions {
  db: Database;
  clock: { now(): number };
  /** A table with `org, id, created_at, due_at, tries, lease_no, lease_until, sent_at, error`. */
  table: 'task_mail' | 'alert_notice';
  /** Tries once. Takes less time than a lease lasts, three minutes. */
  deliver(row: Row): Promise<Delivery>;
  onPutOff(row: Row, facts: OutboxFacts): void;
  onGivenUp(row: Row, facts: OutboxFacts): void;
}

const AT_ONCE = 10;
/** Longer than a sending may take: past it another process sends the same again. */
const LEASE_MS = 180_000;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;
const GIVE_UP_MS = 3 * 24 * 3_600_000;

/**
 * Sends what was written into a table, at least once each, by any number of processes: a row is leased, tried, and tried
 * again with growing pauses for three days.
 */
export class LeasedOutbox {
  readonly #o: LeasedOutboxOptions;
  readonly #lease: string;

  constructor(options: LeasedOutboxOptions) {
    this.#o = options;
    this.#lease = `
      update ${options.table} m set lease_no = m.lease_no + 1, lease_until = $2, tries = m.tries + 1
      from (select x.org, x.id from ${options.table} x where x.due_at <= $1 and (x.lease_until is null or x.lease_until <= $1)
            order by x.due_at limit ${AT_ONCE} for update skip locked) d
      where m.org = d.org and m.id = d.id returning m.*`;
  }

  /** Tries what is due; call it every second or so. */
  async round(): Promise<void> {
    const { db, clock } = this.#o;
    const now = clock.now();
    const { rows } = await db.query(this.#lease, [new Date(now), new Date(now + LEASE_MS)]);
    await Promise.all(rows.map((row) => this.#try(row)));
  }

  async #try(row: Row): Promise<void> {
    const { clock, deliver, onPutOff, onGivenUp } = this.#o;
    const outcome = await deliver(row);
    if ('dropped' in outcome) return this.#end(row, null, outcome.dropped);
    if (outcome.sent) return this.#end(row, new Date(clock.now()), null);
    const { code, isFinal } = outcome;
    const tries = row.tries as number;
    const facts = { org: row.org as string, id: row.id as string, code, tries };
    if (isFinal || clock.now() - (row.created_at as Date).getTime() >= GIVE_UP_MS) {
      onGivenUp(row, facts);
      return this.#end(row, null, code);
    }
    onPutOff(row, facts);
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(10, tries - 1));
    await this.#write(row, 'due_at = $4, error = $5', [new Date(clock.now() + pause), code]);
  }

  #end(row: Row, sentAt: Date | null, error: string | null): Promise<void> {
    return this.#write(row, 'due_at = null, sent_at = $4, error = $5', [sentAt, error]);
  }

  /** Only while the lease is this process's own. */
  async #write(row: Row, set: string, values: readonly (Date | string | null)[]): Promise<void> {
    await this.#o.db.query(
      `update ${this.#o.table} set ${set}, lease_until = null where org = $1 and id = $2 and lease_no = $3`,
      [row.org as string, row.id as string, Number(row.lease_no), ...values],
    );
  }
}
