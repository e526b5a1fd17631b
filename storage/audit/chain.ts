import type { Cipher } from '../cipher.ts';
import { type Database, ExpectationFailed } from '../port.ts';
import { GENESIS, linkOf } from './entry.ts';

const PAGE = 1_000;
/** What comes within this time is linked by one transaction; a link for each commit would double the writes. */
const GATHER_MS = 250;

/**
 * Gives committed entries their places. Several processes may try at once: the one whose head is still the head wins,
 * the others look again.
 */
export class AuditChain {
  readonly #o: {
    db: Database;
    cipher: Cipher;
    warn(message: string, fields: Readonly<Record<string, unknown>>): void;
  };
  #running: Promise<void> | undefined;
  #waiting: NodeJS.Timeout | undefined;
  #again = false;

  constructor(options: {
    db: Database;
    cipher: Cipher;
    warn(message: string, fields: Readonly<Record<string, unknown>>): void;
  }) {
    this.#o = options;
  }

  /** Entries were committed: they are linked soon. */
  ask(): void {
    this.#again = true;
    if (this.#running || this.#waiting) return;
    this.#waiting = setTimeout(() => this.#start(), GATHER_MS);
    this.#waiting.unref();
  }

  /** Links at once what waits; resolves when nothing is left to do. */
  async settled(): Promise<void> {
    while (this.#waiting || this.#running) {
      this.#start();
      await this.#running;
    }
  }

  #start(): void {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    try {
      let isMore: boolean;
      do {
        this.#again = false;
        isMore = await linkPage(this.#o.db, this.#o.cipher);
      } while (isMore);
    } catch (error) {
      this.#o.warn('entries of the audit log could not be linked yet; they are durable and are linked later', {
        error,
      });
      this.#again = false;
    } finally {
      this.#running = undefined;
      if (this.#again) this.ask();
    }
  }
}

/** Links the oldest entries without a place. Returns whether there may be more. */
async function linkPage(db: Database, cipher: Cipher): Promise<boolean> {
  const { rows } = await db.query(
    `select a.org, a.id, a.mac, h.no as head_no, h.hash as head_hash
     from (select org, id, mac, ord from audit where no is null order by ord limit ${PAGE}) a
     left join audit_head h on h.org = a.org order by a.ord`,
  );
  if (rows.length === 0) return false;
  const heads = new Map<string, { no: number; hash: Uint8Array; wasNo: number; was: Uint8Array }>();
  const links = rows.map((r) => {
    const org = r.org as string;
    let head = heads.get(org);
    if (!head) {
      const was = (r.head_hash as Uint8Array | null) ?? GENESIS;
      const wasNo = Number(r.head_no ?? 0);
      head = { no: wasNo, hash: was, wasNo, was };
      heads.set(org, head);
    }
    head.no++;
    head.hash = linkOf(cipher, org, head.hash, head.no, r.mac as Uint8Array);
    return { org, id: r.id as string, no: head.no, hash: head.hash };
  });
  const ends = [...heads];
  try {
    await db.transact([
      // Two that link at once would each wait for rows of the other.
      { sql: 'select pg_advisory_xact_lock(7424111)' },
      {
        sql: `insert into audit_head as h (org, no, hash)
              select u.org, u.no, u.hash from unnest($1::text[], $2::int8[], $3::bytea[], $4::int8[], $5::bytea[]) as u(org, no, hash, was_no, was)
              where u.was_no = 0 or exists (select 1 from audit_head x where x.org = u.org and x.no = u.was_no and x.hash = u.was)
              on conflict (org) do update set no = excluded.no, hash = excluded.hash
              where exists (select 1 from unnest($1::text[], $4::int8[], $5::bytea[]) as w(org, no, hash) where w.org = h.org and w.no = h.no and w.hash = h.hash)`,
        params: [
          ends.map(([org]) => org),
          ends.map(([, h]) => h.no),
          ends.map(([, h]) => h.hash),
          ends.map(([, h]) => h.wasNo),
          ends.map(([, h]) => h.was),
        ],
        expect: { rows: ends.length, name: 'head' },
      },
      {
        sql: `update audit a set no = u.no, hash = u.hash from unnest($1::text[], $2::uuid[], $3::int8[], $4::bytea[]) as u(org, id, no, hash)
              where a.org = u.org and a.id = u.id and a.no is null`,
        params: [links.map((l) => l.org), links.map((l) => l.id), links.map((l) => l.no), links.map((l) => l.hash)],
        expect: { rows: links.length, name: 'links' },
      },
    ]);
    return rows.length === PAGE;
  } catch (error) {
    if (error instanceof ExpectationFailed) return true;
    throw error;
  }
}
