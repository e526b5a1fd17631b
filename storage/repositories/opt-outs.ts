import { uuidv7 } from '../../canonical/values/uuid.ts';
import type { Cipher } from '../cipher.ts';
import type { Database, Row } from '../port.ts';
import { recipientIndex } from '../recipient.ts';

/** Someone who does not want messages: of one purpose, or of any. */
export interface OptOut {
  id: string;
  /** E.164. */
  phone: string;
  /** `all`, or a purpose of messages. */
  scope: string;
  reason: string;
  createdBy: string;
  createdAt: Date;
  /** Holds before this moment; null holds until it is removed. */
  until: Date | null;
}

export interface NewOptOut {
  org: string;
  phone: string;
  scope: string;
  reason: string;
  by: string;
  until?: Date;
}

/** The list of those who must not be written to. Phones and reasons are encrypted; a blind index finds them. */
export class OptOutRepository {
  readonly #db: Database;
  readonly #cipher: Cipher;
  readonly #now: () => number;

  constructor(db: Database, cipher: Cipher, now: () => number) {
    this.#db = db;
    this.#cipher = cipher;
    this.#now = now;
  }

  /** Adds an entry, or renews the one of the same phone and scope. */
  async add(input: NewOptOut): Promise<OptOut> {
    const at = new Date(this.#now());
    const recipient = recipientIndex(this.#cipher, input.phone);
    const context = contextOf(input.org, recipient, input.scope);
    const { rows } = await this.#db.query(
      `insert into opt_out (org, id, recipient, phone, scope, reason, created_by, created_at, until) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       on conflict (org, recipient, scope) do update set reason = excluded.reason, created_by = excluded.created_by, created_at = excluded.created_at, until = excluded.until
       returning *`,
      [
        input.org,
        uuidv7(at.getTime()),
        recipient,
        this.#cipher.seal(input.phone, context),
        input.scope,
        this.#cipher.seal(input.reason, context),
        input.by,
        at,
        input.until ?? null,
      ],
    );
    return this.#of(rows[0] ?? {});
  }

  /** Newest first; `before` is the id of the last one seen. Entries that have run out are shown until they are removed. */
  async list(org: string, limit: number, filter: { phone?: string; before?: string } = {}): Promise<OptOut[]> {
    const { rows } = await this.#db.query(
      `select * from opt_out where org = $1 and ($2::uuid is null or id < $2::uuid) and ($3::text is null or recipient = $3) order by id desc limit $4`,
      [
        org,
        filter.before ?? null,
        filter.phone === undefined ? null : recipientIndex(this.#cipher, filter.phone),
        limit,
      ],
    );
    return rows.map((row) => this.#of(row));
  }

  /** False when there is no such entry. */
  async remove(org: string, id: string): Promise<boolean> {
    return (await this.#db.query('delete from opt_out where org = $1 and id = $2', [org, id])).count > 0;
  }

  /** The scope of an entry that forbids a message of this purpose now; undefined when none does. */
  async forbids(org: string, recipient: string, purpose: string): Promise<string | undefined> {
    const { rows } = await this.#db.query<{ scope: string }>(
      `select scope from opt_out where org = $1 and recipient = $2 and scope in ('all', $3) and (until is null or until > $4) order by scope limit 1`,
      [org, recipient, purpose, new Date(this.#now())],
    );
    return rows[0]?.scope;
  }

  #of(row: Row): OptOut {
    const scope = row.scope as string;
    const context = contextOf(row.org as string, row.recipient as string, scope);
    return {
      id: row.id as string,
      phone: this.#cipher.openText(row.phone as Uint8Array, context),
      scope,
      reason: this.#cipher.openText(row.reason as Uint8Array, context),
      createdBy: row.created_by as string,
      createdAt: row.created_at as Date,
      until: row.until as Date | null,
    };
  }
}

function contextOf(org: string, recipient: string, scope: string): string {
  return `opt-out:${org}:${recipient}:${scope}`;
}
