import { HubError } from '../../canonical/errors.ts';
import { entity } from '../../canonical/registry.ts';
import type { Clock, Logger } from '../../connectors/port.ts';
import type { Cipher } from '../../storage/cipher.ts';
import type { Database, Row, Statement } from '../../storage/port.ts';
import { recipientIndex } from '../../storage/recipient.ts';
import type { Operation } from '../../storage/repositories/operation.ts';
import type { RecordRepository } from '../../storage/repositories/records.ts';
import type { Journal } from '../journal.ts';
import { emptyContents, eraseFiles, overStatuses } from './contents.ts';
import { accountsOf, type Kept, keptAbout } from './kept.ts';
import { emptyInbound, type Marks, removeQuarantined } from './sealed-search.ts';

export interface ErasureOptions {
  db: Database;
  cipher: Cipher;
  clock: Clock;
  log: Logger;
  records: RecordRepository;
  journal: Journal;
  /** Statements about the record that mirrors a cancelled operation. */
  cancelled(op: Operation): Statement[];
  /** Enters into the audit log that an erasure was asked for, in the transaction that takes it down. */
  asked(org: string, customer: string, by: string): Statement;
  onChange(): void;
}

export interface Erasure {
  customer: string;
  askedBy: string;
  askedAt: Date;
  finishedAt: Date | null;
  /** Operations that are under way; they are emptied when they have ended. */
  waitsFor: number;
  counts: Readonly<Record<string, number>>;
  /** The upstream sent the person again at this moment: it has to be erased there too. */
  seenAgainAt: Date | null;
}

/** What a stored erasure looks for. */
interface Targets extends Marks {
  /** Absent in those that an earlier version has taken down. */
  accounts?: readonly string[];
}

const PAGE = 200;

/**
 * Erases what the hub holds about a person. The request is stored first, with what is to be looked for, so that a kill in
 * the middle loses nothing: the erasure is carried on until it is done, and every step may be done again.
 */
export class Erasures {
  readonly #o: ErasureOptions;

  constructor(options: ErasureOptions) {
    this.#o = options;
  }

  /**
   * @param files files about the person; nothing else tells whose a file is
   * @throws HubError not-found/NOT_FOUND when no such customer is there and none was erased
   */
  async erase(
    org: string,
    customer: string,
    asked: { by: string; reason: string; files: readonly string[] },
  ): Promise<Erasure & { kept: Kept[] }> {
    const { db, cipher, clock, records } = this.#o;
    const known = await this.find(org, customer);
    if (!known) {
      const record = await records.get(org, entity('Customer'), customer);
      if (!record || record.deletedAt)
        throw new HubError('not-found', 'NOT_FOUND', 'There is no customer with this id.');
      const keys = await db.query<{ native_key: string }>(
        `select native_key from xref where org = $1 and entity = 'Customer' and id = $2`,
        [org, customer],
      );
      const {
        phones = [],
        emails = [],
        name,
      } = record.canonical as { phones?: string[]; emails?: string[]; name?: string };
      const marks: Marks = { phones, emails, names: name ? [name] : [], keys: keys.rows.map((r) => r.native_key) };
      // Where the person lives is erased first; what is kept about the accounts has to be told after a kill too.
      const targets: Targets = { ...marks, accounts: await accountsOf(db, org, customer) };
      await this.#takeDown({
        sql: `insert into erasure (org, id, asked_by, asked_at, reason, targets, files, counts) values ($1, $2, $3, $4, $5, $6, $7::uuid[], '{}') on conflict do nothing`,
        params: [
          org,
          customer,
          asked.by,
          new Date(clock.now()),
          cipher.seal(asked.reason, `erasure:${org}:${customer}`),
          cipher.seal(JSON.stringify(targets), targetsContext(org, customer)),
          asked.files,
        ],
        entry: this.#o.asked(org, customer, asked.by),
      });
    } else if (asked.files.length > 0) await eraseFiles(db, org, asked.files);
    const kept = await this.#carryOn(org, customer);
    const erasure = await this.find(org, customer);
    if (!erasure) throw new Error('An erasure that was just stored is not there.');
    return { ...erasure, kept };
  }

  /** The entry comes with the request, since a kill before the answer would leave an erasure that nobody is on record for. */
  async #takeDown({ entry, ...request }: Statement & { entry: Statement }): Promise<void> {
    try {
      await this.#o.db.transact([{ ...request, expect: { rows: 1, name: 'first' } }, entry]);
    } catch (error) {
      // Somebody asked for the same at the same moment, and is on record for it.
      if ((error as { expectation?: string }).expectation !== 'first') throw error;
    }
  }

  async find(org: string, customer: string): Promise<Erasure | undefined> {
    const { rows } = await this.#o.db.query(`${SELECT} where e.org = $1 and e.id = $2`, [org, customer]);
    return rows[0] && erasureOf(rows[0]);
  }

  /** Newest first. */
  async list(org: string, limit: number): Promise<Erasure[]> {
    const { rows } = await this.#o.db.query(`${SELECT} where e.org = $1 order by e.asked_at desc limit $2`, [
      org,
      limit,
    ]);
    return rows.map(erasureOf);
  }

  /** Carries on what a kill has ended, and what waited for operations to end; call it now and then. */
  async round(): Promise<void> {
    const { rows } = await this.#o.db.query<{ org: string; id: string }>(
      'select org, id from erasure where finished_at is null order by asked_at limit 100',
    );
    for (const { org, id } of rows) await this.#carryOn(org, id);
  }

  async #carryOn(org: string, customer: string): Promise<Kept[]> {
    const { db, cipher, clock, onChange, log } = this.#o;
    const { rows } = await db.query('select targets, files from erasure where org = $1 and id = $2', [org, customer]);
    const sealed = rows[0]?.targets as Uint8Array | null | undefined;
    const marks: Targets = sealed
      ? (JSON.parse(cipher.openText(sealed, targetsContext(org, customer))) as Targets)
      : { phones: [], emails: [], names: [], keys: [] };
    const kept = await keptAbout(
      db,
      org,
      customer,
      marks.phones.map((phone) => recipientIndex(cipher, phone)),
      marks.accounts ?? [],
    );
    if (!sealed) return kept;
    const now = new Date(clock.now());
    const counts: Record<string, number> = {};
    // First: from here on no pull brings the person back.
    counts.records = await this.#eraseRecords(org, customer, now);
    const { emptied, underWay } = await this.#eraseMessages(org, marks, now);
    counts.messages = emptied;
    counts.news = await emptyInbound(db, cipher, org, marks, now);
    counts.quarantine = await removeQuarantined(db, cipher, org, marks);
    counts.files = await eraseFiles(db, org, (rows[0]?.files as string[] | undefined) ?? []);
    await db.query(
      `update erasure e set waits_for = $3::int, targets = case when $3::int = 0 then null else targets end,
         finished_at = case when $3::int = 0 then coalesce(finished_at, $4) end,
         counts = (select jsonb_object_agg(key, coalesce((e.counts->>key)::int, 0) + value::int) from jsonb_each_text($5::jsonb))
       where org = $1 and id = $2`,
      [org, customer, underWay, now, JSON.stringify(counts)],
    );
    log.info('a person was erased', { organisation: org, customer, waitsFor: underWay, ...counts });
    onChange();
    return kept;
  }

  /** The person and where the person lives; the rows stay as tombstones that no pull fills again. */
  async #eraseRecords(org: string, customer: string, now: Date): Promise<number> {
    const residence = `org = $1 and entity = 'Residence' and canonical->>'customer' = $2::text`;
    const results = await this.#o.db.transact([
      {
        sql: `insert into suppression (org, instance, entity, native_key, id, erasure, created_at)
              select x.org, x.instance, x.entity, x.native_key, x.id, $2::uuid, $3::timestamptz from xref x where x.org = $1 and x.entity = 'Customer' and x.id = $2::uuid
              union select r.org, r.instance, r.entity, r.native_key, r.id, $2::uuid, $3::timestamptz from record r
                where r.org = $1 and r.entity = 'Customer' and r.id = $2::uuid and r.instance <> ''
              on conflict do nothing`,
        params: [org, customer, now],
      },
      {
        sql: `insert into suppression (org, instance, entity, native_key, id, erasure, created_at)
              select org, instance, entity, native_key, id, $2::text::uuid, $3::timestamptz from record where ${residence} and instance <> '' on conflict do nothing`,
        params: [org, customer, now],
      },
      {
        sql: `delete from foreign_record where org = $1 and ((entity = 'Customer' and record = $2::uuid) or (entity = 'Residence' and canonical->>'customer' = $2::text))`,
        params: [org, customer],
      },
      ...[
        "entity = 'Customer' and id = $2::uuid and personal is not null",
        `entity = 'Residence' and canonical->>'customer' = $2::text`,
      ].map(
        (which): Statement => ({
          sql: `with emptied as (
                  update record set canonical = '{}', personal = null, blind = null, native = null, native_enc = null, version = null, native_hash = null,
                    deleted_at = coalesce(deleted_at, $3), changed_at = $3, written_at = $3, revision = revision + 1
                  where org = $1 and ${which} returning entity, id)
                insert into event (org, id, type, entity, entity_id, data, at)
                select $1::text, gen_random_uuid(), case entity when 'Customer' then 'customers.removed' else 'residences.removed' end, entity, id, '{}'::jsonb, $3::timestamptz from emptied`,
          params: [org, customer, now],
        }),
      ),
    ]);
    return results.slice(3).reduce((sum, r) => sum + r.count, 0);
  }

  /** Messages to the person's phones, with their operations. What has not begun is cancelled; what runs is waited for. */
  async #eraseMessages(org: string, marks: Marks, now: Date): Promise<{ emptied: number; underWay: number }> {
    const { db, cipher, journal, cancelled } = this.#o;
    let emptied = 0;
    let underWay = 0;
    for (const phone of marks.phones) {
      const to = JSON.stringify({ to: cipher.blind('Message.to', phone) });
      let after = '00000000-0000-0000-0000-000000000000';
      for (;;) {
        const { rows } = await db.query<{ id: string; status: string | null }>(
          `select r.id, o.status from record r left join operation o on o.org = r.org and o.id = r.id
           where r.org = $1 and r.entity = 'Message' and r.blind @> $2::jsonb and r.id > $3 order by r.id limit $4`,
          [org, to, after, PAGE],
        );
        const last = rows.at(-1);
        if (!last) break;
        after = last.id;
        for (const { id, status } of rows) {
          if (status === null || overStatuses.includes(status)) continue;
          try {
            await journal.cancel(org, id, cancelled);
          } catch (error) {
            if ((error as { code?: unknown }).code !== 'OPERATION_NOT_CANCELLABLE') throw error;
            underWay++;
          }
        }
        const results = await db.transact(
          emptyContents(
            org,
            rows.map((r) => r.id),
            'ERASED',
            now,
          ),
        );
        emptied += results.at(-1)?.count ?? 0;
      }
    }
    return { emptied, underWay };
  }
}

const SELECT = `select e.*, (select max(s.seen_at) from suppression s where s.org = e.org and s.erasure = e.id) as seen_at from erasure e`;

function targetsContext(org: string, id: string): string {
  return `erasure-targets:${org}:${id}`;
}

function erasureOf(r: Row): Erasure {
  return {
    customer: r.id as string,
    askedBy: r.asked_by as string,
    askedAt: r.asked_at as Date,
    finishedAt: r.finished_at as Date | null,
    waitsFor: r.waits_for as number,
    counts: r.counts as Record<string, number>,
    seenAgainAt: r.seen_at as Date | null,
  };
}
