import { isHubError } from '../canonical/errors.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import type { Database, Statement } from '../storage/port.ts';
import { readEvents } from '../storage/repositories/events.ts';
import type { Flow } from './flow.ts';

/** Events looked at in one transaction. */
const PAGE = 500;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;

export interface FeedReaderOptions {
  db: Database;
  clock: Clock;
  log: Logger;
  organisations: readonly string[];
}

/**
 * Leads flows along the change feed. The position moves in the transaction that writes the items, and only from where it
 * stood: of several processes one wins, and a kill at any moment leaves either both or none.
 */
export class FeedReader {
  readonly #o: FeedReaderOptions;

  constructor(options: FeedReaderOptions) {
    this.#o = options;
  }

  /** Takes what is published. Returns whether a flow may have something to look at. */
  async round(flow: Flow): Promise<boolean> {
    let took = false;
    for (const org of this.#o.organisations.filter((o) => flow.serves(o))) took = (await this.#read(flow, org)) || took;
    return took;
  }

  async #read(flow: Flow, org: string): Promise<boolean> {
    const { db, clock } = this.#o;
    const { rows } = await db.query('select cursor, retry_at from flow where org = $1 and name = $2', [org, flow.name]);
    const [row] = rows;
    if (!row) return this.#begin(flow, org);
    if (row.retry_at && (row.retry_at as Date).getTime() > clock.now()) return false;
    try {
      return await this.#advance(flow, org, Number(row.cursor));
    } catch (error) {
      await this.#failed(flow, org, error);
      return false;
    }
  }

  /** A flow begins behind what is published; what is there already is looked at once. */
  async #begin(flow: Flow, org: string): Promise<boolean> {
    const now = new Date(this.#o.clock.now());
    await this.#together([
      {
        sql: `insert into flow (org, name, cursor, started_at, updated_at)
              values ($1, $2, coalesce((select last_no from event_counter where org = $1), 0), $3, $3) on conflict do nothing`,
        params: [org, flow.name, now],
        expect: { rows: 1, name: 'cursor' },
      },
      ...flow.begin(org, now),
    ]);
    return true;
  }

  async #advance(flow: Flow, org: string, from: number): Promise<boolean> {
    const { db, clock, log } = this.#o;
    let took = false;
    for (let cursor = from; ; ) {
      const page = await readEvents(db, org, cursor, PAGE);
      const last = page.at(-1);
      if (!last) return took;
      const first = page[0]?.no ?? last.no;
      const now = new Date(clock.now());
      const missed = first - cursor - 1;
      if (missed > 0)
        log.warn('events were removed before a flow took them; it looks at everything anew', {
          flow: flow.name,
          events: missed,
        });
      const items = [...(missed > 0 ? flow.begin(org, now) : []), ...flow.take(org, page, now)];
      const moved = await this.#together([
        {
          sql: `update flow set cursor = $4, updated_at = $5, failing_since = null, failures = 0, error = null, retry_at = null where org = $1 and name = $2 and cursor = $3`,
          params: [org, flow.name, cursor, last.no, now],
          expect: { rows: 1, name: 'cursor' },
        },
        ...items,
      ]);
      // Another process was faster; it goes on from there.
      if (!moved) return true;
      took ||= items.length > 0;
      cursor = last.no;
    }
  }

  async #together(statements: readonly Statement[]): Promise<boolean> {
    try {
      await this.#o.db.transact(statements);
      return true;
    } catch (error) {
      if ((error as { expectation?: string }).expectation !== 'cursor') throw error;
      return false;
    }
  }

  /** The feed waits and is read again later; the metrics show how far behind the flow is, and a task is opened. */
  async #failed(flow: Flow, org: string, error: unknown): Promise<void> {
    const { db, clock, log } = this.#o;
    const code = isHubError(error) ? error.code : 'FLOW_FEED_FAILED';
    log.error('a flow could not take events; it tries again', { flow: flow.name, organisation: org, code, error });
    await db.query(
      `update flow set failures = failures + 1, failing_since = coalesce(failing_since, $3), error = $4, updated_at = $3,
         retry_at = $3::timestamptz + least($6::double precision, $5::double precision * power(2, least(failures, 16))) * interval '1 millisecond'
       where org = $1 and name = $2`,
      [org, flow.name, new Date(clock.now()), code, FIRST_PAUSE_MS, LONGEST_PAUSE_MS],
    );
  }
}
