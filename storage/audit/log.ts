import { uuidv7 } from '../../canonical/values/uuid.ts';
import type { Cipher } from '../cipher.ts';
import { GroupCommit } from '../group-commit.ts';
import type { Database, Statement } from '../port.ts';
import { AuditChain } from './chain.ts';
import { type AuditEntry, macOf, purposeContext } from './entry.ts';

export type NewAuditEntry = Omit<AuditEntry, 'id' | 'at' | 'subject' | 'purpose' | 'request'> &
  Partial<Pick<AuditEntry, 'subject' | 'purpose' | 'request'>>;

export interface AuditLogOptions {
  db: Database;
  cipher: Cipher;
  now(): number;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}

const MAX_TEXT = 300;

/**
 * Writes down who did what. An entry is durable when the promise resolves; entries that come together are committed
 * together, and one chain writer links them afterwards, so nobody waits for the row of somebody else.
 */
export class AuditLog {
  readonly #o: AuditLogOptions;
  readonly #group: GroupCommit<AuditEntry, true>;
  readonly #chain: AuditChain;

  constructor(options: AuditLogOptions) {
    this.#o = options;
    this.#chain = new AuditChain(options);
    this.#group = new GroupCommit({
      maxItems: 500,
      maxWaiting: 20_000,
      flush: async (entries) => {
        await options.db.query(...insertOf(options.cipher, entries));
        this.#chain.ask();
        return entries.map(() => true as const);
      },
    });
  }

  /** @throws StoreBusy, StoreFull, StoreInDoubt: then nothing may be shown or done that depends on it */
  async append(entry: NewAuditEntry): Promise<void> {
    await this.#group.add(this.#whole(entry));
  }

  /** An entry as a statement, for what has to be entered in the transaction that does it; {@link link} links it. */
  statement(entry: NewAuditEntry): Statement {
    const [sql, params] = insertOf(this.#o.cipher, [this.#whole(entry)]);
    return { sql, params };
  }

  #whole(entry: NewAuditEntry): AuditEntry {
    const now = this.#o.now();
    return {
      ...entry,
      id: uuidv7(now),
      at: new Date(now),
      actor: plain(entry.actor),
      subject: entry.subject == null ? null : plain(entry.subject),
      purpose: entry.purpose == null ? null : plain(entry.purpose),
      request: entry.request ?? null,
      details: JSON.parse(plainJson(entry.details)) as Record<string, unknown>,
    };
  }

  /** Links what is not linked yet: after a kill, and what other processes have left. */
  link(): Promise<void> {
    this.#chain.ask();
    return this.#chain.settled();
  }

  /** Resolves when everything is written and linked. */
  async drain(): Promise<void> {
    await this.#group.drain();
    await this.#chain.settled();
  }
}

function insertOf(cipher: Cipher, entries: readonly AuditEntry[]): [string, NonNullable<Statement['params']>] {
  return [
    `insert into audit (org, id, at, actor, action, subject, purpose, request, details, mac)
     select * from unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::text[], $9::jsonb[], $10::bytea[])`,
    [
      entries.map((e) => e.org),
      entries.map((e) => e.id),
      entries.map((e) => e.at),
      entries.map((e) => e.actor),
      entries.map((e) => e.action),
      entries.map((e) => e.subject),
      entries.map((e) => (e.purpose === null ? null : cipher.seal(e.purpose, purposeContext(e.org, e.id)))),
      entries.map((e) => e.request),
      entries.map((e) => JSON.stringify(e.details)),
      entries.map((e) => macOf(cipher, e)),
    ],
  ];
}

/** PostgreSQL stores no NUL. */
function plain(text: string): string {
  return text.replaceAll('\0', '').slice(0, MAX_TEXT);
}

function plainJson(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) => (typeof v === 'string' ? plain(v) : v));
}
