import { HubError } from '../../canonical/errors.ts';
import { uuidv7 } from '../../canonical/values/uuid.ts';
import type { Cipher } from '../../storage/cipher.ts';
import type { Database, Row } from '../../storage/port.ts';
import { type PowerOfAttorney, readPower } from '../powers/emchd.ts';

/** A power of attorney that the hub keeps, octet by octet as it was signed. */
export interface StoredPower {
  org: string;
  id: string;
  name: string;
  power: PowerOfAttorney;
  document: Uint8Array;
  signature: Uint8Array;
  revokedAt: Date | null;
  importedAt: Date;
  importedBy: string;
}

const MOST = 500;
const COLUMNS = 'org, id, name, document, signature, revoked_at, imported_at, imported_by';
const contextOf = (org: string, id: string, what: 'document' | 'signature'): string => `power:${org}:${id}:${what}`;

/** Powers of attorney of the organisations. They name people, so they are sealed. */
export class PowerRepository {
  readonly #db: Database;
  readonly #cipher: Cipher;
  readonly #now: () => number;

  constructor(db: Database, cipher: Cipher, now: () => number) {
    this.#db = db;
    this.#cipher = cipher;
    this.#now = now;
  }

  /**
   * Keeps one under a name. The same one again under its name changes nothing.
   *
   * @throws HubError rejected/POWER_UNREADABLE, conflict/POWER_NAME_TAKEN, conflict/POWER_KNOWN, rejected/TOO_MANY_POWERS
   */
  async add(
    org: string,
    { name, document, signature, by }: { name: string; document: Uint8Array; signature: Uint8Array; by: string },
  ): Promise<StoredPower> {
    const power = readPower(document);
    const id = uuidv7(this.#now());
    const { rows } = await this.#db.query(
      `insert into power_of_attorney (org, id, name, number, document, signature, issued_on, ends_on, imported_at, imported_by)
       select $1::text, $2::uuid, $3::text, $4::text, $5::bytea, $6::bytea, $7::date, $8::date, $9::timestamptz, $10::text
       where (select count(*) from power_of_attorney where org = $1) < ${MOST}
       on conflict do nothing returning id`,
      [
        org,
        id,
        name,
        power.number,
        this.#cipher.seal(document, contextOf(org, id, 'document')),
        this.#cipher.seal(signature, contextOf(org, id, 'signature')),
        power.issuedOn,
        power.endsOn,
        new Date(this.#now()),
        by,
      ],
    );
    const known = await this.find(org, name);
    if (rows.length > 0 && known) return known;
    if (known && Buffer.compare(known.document, document) === 0 && Buffer.compare(known.signature, signature) === 0)
      return known;
    if (known)
      throw new HubError('conflict', 'POWER_NAME_TAKEN', `The name '${name}' belongs to another power of attorney.`, {
        errors: [{ pointer: '/name', message: 'belongs to another power of attorney' }],
      });
    const { count } = await this.#db.query('select 1 from power_of_attorney where org = $1 and number = $2', [
      org,
      power.number,
    ]);
    if (count > 0)
      throw new HubError('conflict', 'POWER_KNOWN', 'A power of attorney with this number is kept under another name.');
    throw new HubError(
      'rejected',
      'TOO_MANY_POWERS',
      `An organisation keeps at most ${MOST} powers of attorney; remove those that are over.`,
    );
  }

  async find(org: string, name: string): Promise<StoredPower | undefined> {
    const { rows } = await this.#db.query(`select ${COLUMNS} from power_of_attorney where org = $1 and name = $2`, [
      org,
      name,
    ]);
    return rows[0] && this.#of(rows[0]);
  }

  /** All of an organisation, by name. */
  async list(org: string): Promise<StoredPower[]> {
    const { rows } = await this.#db.query(
      `select ${COLUMNS} from power_of_attorney where org = $1 order by name limit ${MOST}`,
      [org],
    );
    return rows.map((row) => this.#of(row));
  }

  /** Notes that the principal has revoked one. Whether there was one; revoking twice keeps the first time. */
  async revoke(org: string, name: string, by: string): Promise<boolean> {
    const { count } = await this.#db.query(
      'update power_of_attorney set revoked_at = coalesce(revoked_at, $3), revoked_by = coalesce(revoked_by, $4) where org = $1 and name = $2',
      [org, name, new Date(this.#now()), by],
    );
    return count > 0;
  }

  async remove(org: string, name: string): Promise<boolean> {
    const { count } = await this.#db.query('delete from power_of_attorney where org = $1 and name = $2', [org, name]);
    return count > 0;
  }

  #of(row: Row): StoredPower {
    const org = row.org as string;
    const id = row.id as string;
    const document = this.#cipher.open(row.document as Uint8Array, contextOf(org, id, 'document'));
    return {
      org,
      id,
      name: row.name as string,
      power: readPower(document),
      document,
      signature: this.#cipher.open(row.signature as Uint8Array, contextOf(org, id, 'signature')),
      revokedAt: row.revoked_at as Date | null,
      importedAt: row.imported_at as Date,
      importedBy: row.imported_by as string,
    };
  }
}
