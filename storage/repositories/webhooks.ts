import type { Cipher } from '../cipher.ts';
import type { Database, Row, Statement } from '../port.ts';

/** An endpoint that events are sent to. */
export interface Webhook {
  org: string;
  id: string;
  description: string;
  types: readonly string[];
  ordered: boolean;
  url: string;
  secret: string;
  /** The secret before the last rotation, which signs along for a while. */
  oldSecret?: { secret: string; until: Date };
  /** Number of the last event that was turned into a delivery, or not wanted. */
  cursor: number;
  disabledAt: Date | null;
  disabledReason: string | null;
  failingSince: Date | null;
  failures: number;
  lastStatus: number | null;
  createdAt: Date;
  updatedAt: Date;
}

interface Sealed {
  url: string;
  secret: string;
  old?: { secret: string; until: string };
}

/** What the sequencer of an endpoint needs of it. */
export interface Lagging {
  org: string;
  id: string;
  types: readonly string[];
  ordered: boolean;
  cursor: number;
}

/** Endpoints of webhooks; addresses and secrets are encrypted. */
export class WebhookRepository {
  readonly #db: Database;
  readonly #cipher: Cipher;

  constructor(db: Database, cipher: Cipher) {
    this.#db = db;
    this.#cipher = cipher;
  }

  /** False when the organisation has `most` of them already. */
  async insert(w: Webhook, most: number): Promise<boolean> {
    const { count } = await this.#db.query(
      `insert into webhook (org, id, description, types, ordered, sealed, cursor, created_at, updated_at)
       select $1::text, $2::uuid, $3::text, $4::text[], $5::boolean, $6::bytea, coalesce((select last_no from event_counter where org = $1::text), 0), $7::timestamptz, $7::timestamptz
       where (select count(*) from webhook where org = $1::text) < $8::int`,
      [w.org, w.id, w.description, w.types, w.ordered, this.#seal(w), w.createdAt, most],
    );
    return count > 0;
  }

  async list(org: string): Promise<Webhook[]> {
    const { rows } = await this.#db.query('select * from webhook where org = $1 order by id', [org]);
    return rows.map((r) => this.#webhookOf(r));
  }

  async get(org: string, id: string): Promise<Webhook | undefined> {
    const { rows } = await this.#db.query('select * from webhook where org = $1 and id = $2', [org, id]);
    return rows[0] && this.#webhookOf(rows[0]);
  }

  /** Writes what a person may change; false when somebody else has changed it since it was read. */
  async update(w: Webhook, now: Date): Promise<boolean> {
    const { count } = await this.#db.query(
      `update webhook set description = $3, types = $4, ordered = $5, sealed = $6, updated_at = $7 where org = $1 and id = $2 and updated_at = $8`,
      // Later than what was read, so that a change in the same millisecond is seen too.
      [
        w.org,
        w.id,
        w.description,
        w.types,
        w.ordered,
        this.#seal(w),
        new Date(Math.max(now.getTime(), w.updatedAt.getTime() + 1)),
        w.updatedAt,
      ],
    );
    return count > 0;
  }

  /** Enabled endpoints that have not seen the last published event. */
  async lagging(): Promise<Lagging[]> {
    const { rows } = await this.#db.query(
      `select w.org, w.id, w.types, w.ordered, w.cursor from webhook w join event_counter c on c.org = w.org
       where w.disabled_at is null and w.cursor < c.last_no order by w.org, w.cursor, w.id`,
    );
    return rows.map((r) => ({
      org: r.org as string,
      id: r.id as string,
      types: r.types as string[],
      ordered: r.ordered as boolean,
      cursor: Number(r.cursor),
    }));
  }

  async counts(org: string): Promise<{ endpoints: number; disabled: number; failing: number }> {
    const { rows } = await this.#db.query(
      `select count(*) as n, count(disabled_at) as off, count(*) filter (where disabled_at is null and failing_since is not null) as bad from webhook where org = $1`,
      [org],
    );
    return { endpoints: Number(rows[0]?.n), disabled: Number(rows[0]?.off), failing: Number(rows[0]?.bad) };
  }

  /** Moves an endpoint on, unless another process has, or it was disabled: then the transaction fails as `cursor`. */
  advance({ org, id, cursor }: Lagging, to: number): Statement {
    return {
      sql: 'update webhook set cursor = $4 where org = $1 and id = $2 and cursor = $3 and disabled_at is null',
      params: [org, id, cursor, to],
      expect: { rows: 1, name: 'cursor' },
    };
  }

  async succeeded(org: string, id: string): Promise<void> {
    await this.#db.query(
      'update webhook set failing_since = null, failures = 0, last_status = null where org = $1 and id = $2 and failing_since is not null',
      [org, id],
    );
  }

  /** Notes a failure; undefined when there is no such endpoint, or it is disabled already. */
  async failed(
    org: string,
    id: string,
    status: number | null,
    now: Date,
  ): Promise<{ since: Date; failures: number; ordered: boolean } | undefined> {
    const { rows } = await this.#db.query(
      `update webhook set failures = failures + 1, failing_since = coalesce(failing_since, $3), last_status = $4
       where org = $1 and id = $2 and disabled_at is null returning failing_since, failures, ordered`,
      [org, id, now, status],
    );
    const row = rows[0];
    return (
      row && {
        since: row.failing_since as Date,
        failures: row.failures as number,
        ordered: row.ordered as boolean,
      }
    );
  }

  #seal({ org, id, url, secret, oldSecret }: Webhook): Uint8Array {
    const plain: Sealed = {
      url,
      secret,
      ...(oldSecret ? { old: { secret: oldSecret.secret, until: oldSecret.until.toISOString() } } : {}),
    };
    return this.#cipher.seal(JSON.stringify(plain), sealContext(org, id));
  }

  #webhookOf(r: Row): Webhook {
    const org = r.org as string;
    const id = r.id as string;
    const { url, secret, old } = JSON.parse(
      this.#cipher.openText(r.sealed as Uint8Array, sealContext(org, id)),
    ) as Sealed;
    return {
      org,
      id,
      url,
      secret,
      ...(old ? { oldSecret: { secret: old.secret, until: new Date(old.until) } } : {}),
      description: r.description as string,
      types: r.types as string[],
      ordered: r.ordered as boolean,
      cursor: Number(r.cursor),
      disabledAt: r.disabled_at as Date | null,
      disabledReason: r.disabled_reason as string | null,
      failingSince: r.failing_since as Date | null,
      failures: r.failures as number,
      lastStatus: r.last_status as number | null,
      createdAt: r.created_at as Date,
      updatedAt: r.updated_at as Date,
    };
  }
}

function sealContext(org: string, id: string): string {
  return `webhook:${org}:${id}`;
}
