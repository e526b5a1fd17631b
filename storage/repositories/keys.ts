import { createHash, randomBytes } from 'node:crypto';
import { uuidv7 } from '../../canonical/values/uuid.ts';
import type { Database, Row } from '../port.ts';

export interface ApiKey {
  org: string;
  id: string;
  name: string;
  /** First signs of the key, to tell keys apart in a list. */
  prefix: string;
  scopes: readonly string[];
  /** A resident key sees these accounts only. */
  accounts: readonly string[] | null;
  ratePerMinute: number | null;
  /** Why its holder sees personal data; goes into the audit log. */
  purpose: string | null;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
}

export interface NewApiKey {
  org: string;
  name: string;
  scopes: readonly string[];
  accounts?: readonly string[];
  ratePerMinute?: number;
  purpose?: string;
  expiresAt?: Date;
}

/** API keys: 256 random bits each, stored as a hash only. */
export class KeyRepository {
  readonly #db: Database;
  readonly #now: () => number;

  constructor(db: Database, now: () => number) {
    this.#db = db;
    this.#now = now;
  }

  /** The key itself is returned here and nowhere else. */
  async create(input: NewApiKey): Promise<{ key: string; record: ApiKey }> {
    const key = `hub_${randomBytes(32).toString('base64url')}`;
    const at = new Date(this.#now());
    const { rows } = await this.#db.query(
      `insert into api_key (org, id, name, prefix, hash, scopes, accounts, rate_per_minute, created_at, expires_at, purpose) values ($1, $2, $3, $4, $5, $6::text[], $7::uuid[], $8, $9, $10, $11) returning *`,
      [
        input.org,
        uuidv7(at.getTime()),
        input.name,
        key.slice(0, 10),
        hashOf(key),
        input.scopes,
        input.accounts ?? null,
        input.ratePerMinute ?? null,
        at,
        input.expiresAt ?? null,
        input.purpose ?? null,
      ],
    );
    return { key, record: keyOf(rows[0] ?? {}) };
  }

  /** Looked up by the hash of 256 random bits: nothing can be learnt from the time it takes. */
  async find(key: string): Promise<ApiKey | undefined> {
    const { rows } = await this.#db.query('select * from api_key where hash = $1', [hashOf(key)]);
    return rows[0] ? keyOf(rows[0]) : undefined;
  }

  async list(org: string): Promise<ApiKey[]> {
    const { rows } = await this.#db.query('select * from api_key where org = $1 order by id', [org]);
    return rows.map(keyOf);
  }

  /** Returns false for a key of another organisation or none. */
  async revoke(org: string, id: string): Promise<boolean> {
    const { count } = await this.#db.query(
      'update api_key set revoked_at = coalesce(revoked_at, $3) where org = $1 and id = $2',
      [org, id, new Date(this.#now())],
    );
    return count > 0;
  }

  async touch(id: string): Promise<void> {
    await this.#db.query('update api_key set last_used_at = $2 where id = $1', [id, new Date(this.#now())]);
  }
}

function hashOf(key: string): Uint8Array {
  return createHash('sha256').update(key).digest();
}

function keyOf(r: Row): ApiKey {
  return {
    org: r.org as string,
    id: r.id as string,
    name: r.name as string,
    prefix: r.prefix as string,
    scopes: r.scopes as string[],
    accounts: r.accounts as string[] | null,
    ratePerMinute: r.rate_per_minute as number | null,
    purpose: r.purpose as string | null,
    createdAt: r.created_at as Date,
    expiresAt: r.expires_at as Date | null,
    revokedAt: r.revoked_at as Date | null,
    lastUsedAt: r.last_used_at as Date | null,
  };
}
