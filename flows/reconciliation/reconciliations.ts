import { HubError, isHubError, toHubError, toProblem } from '../../canonical/errors.ts';
import { uuidv7 } from '../../canonical/values/uuid.ts';
import type { Cipher } from '../../storage/cipher.ts';
import { type Database, ExpectationFailed, type Row, type Statement } from '../../storage/port.ts';
import { ForeignRecords } from '../../storage/repositories/foreign-records.ts';
import type { RecordRepository } from '../../storage/repositories/records.ts';
import type { Difference } from './compare.ts';
import type {
  Found,
  HouseCounts,
  ImportState,
  Item,
  ItemFilter,
  ItemKind,
  Reconciled,
  Reconciliation,
  Scope,
} from './model.ts';
import { ourCount, ourPage } from './ours.ts';
import type { Refusal } from './refusal.ts';
import { compareOurs, foreignFound } from './scan.ts';
import { bothSides, type Sources, type Subject, subjectsOf } from './subjects.ts';

export interface ReconciliationsOptions {
  db: Database;
  cipher: Cipher;
  records: RecordRepository;
  clock: { now(): number };
  random(): number;
  /** Name of this process, unique among those that share the store. */
  process: string;
}

/** Where a comparison is: which entity, whose records, after which. */
interface Step {
  entity: number;
  side: 'ours' | 'theirs';
  after: string;
}

interface Running extends Reconciliation {
  org: string;
  step: Step;
  leaseNo: bigint;
}

const PAGE = 500;
const LEASE_MS = 30_000;
const NONE = '00000000-0000-0000-0000-000000000000';
const HOLDS = 'reconciliation-lease';
/** What became of the import of `i`, a finding that is missing there; `p` is its operation. One that is not kept any longer has ended long ago. */
const IMPORT_STATE = `case when i.kind <> 'missing-there' then null
  when i.operation is null then case when i.refusal is null then 'left' else 'refused' end
  when p.status is null or p.status = 'succeeded' then 'succeeded'
  when p.status in ('failed', 'dead', 'cancelled') then 'failed' else 'under-way' end`;
/** What {@link itemOf} reads. */
const ITEM = "i.*, p.status as operation_status, p.error->>'code' as operation_code";
const WITH_OPERATION =
  'reconciliation_item i left join operation p on p.org = i.org and p.id = i.operation where i.org = $1 and i.reconciliation = $2';

/**
 * Comparisons of what we have with what another system has, as jobs: each page is stored together with the place to go on from, so that
 * a process may die at any moment and the next one goes on.
 */
export class Reconciliations {
  readonly #o: ReconciliationsOptions;
  readonly #foreign: ForeignRecords;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: ReconciliationsOptions) {
    this.#o = options;
    this.#foreign = new ForeignRecords(options.db, options.cipher);
  }

  /** @throws HubError conflict/RECONCILIATION_NOT_READ when the other system was never read wholly */
  async create(org: string, instance: string, scope: Scope, by: string): Promise<Reconciliation> {
    const { db, clock, random, records } = this.#o;
    const now = new Date(clock.now());
    const asOf = await this.#lastRead(org, instance, scope.entities);
    const counts = await Promise.all(
      scope.entities.map((name) => ourCount({ db, records, org, instance, scope }, name)),
    );
    const houses = await this.#houses(org, instance, scope);
    const { rows: theirs } = await db.query<{ n: number }>(
      'select count(*) as n from foreign_record where org = $1 and instance = $2 and entity = any($3::text[]) and deleted_at is null and ($4::text[] is null or house = any($4::text[]))',
      [org, instance, scope.entities, houses],
    );
    const total = counts.reduce((sum, n) => sum + n, Number(theirs[0]?.n ?? 0));
    const { rows } = await db.query(
      `insert into reconciliation (org, id, instance, scope, status, total, as_of, created_by, created_at) values ($1, $2, $3, $4::jsonb, 'running', $5, $6::jsonb, $7, $8) returning *`,
      [org, uuidv7(now.getTime(), random), instance, JSON.stringify(scope), total, JSON.stringify(asOf), by, now],
    );
    return reconciliationOf(rows[0] ?? {});
  }

  /** @throws HubError not-found/NOT_FOUND */
  async get(org: string, id: string): Promise<Reconciliation> {
    const { rows } = await this.#o.db.query('select * from reconciliation where org = $1 and id = $2', [org, id]);
    if (!rows[0]) throw new HubError('not-found', 'NOT_FOUND', 'There is nothing with this id.');
    return reconciliationOf(rows[0]);
  }

  /**
   * Newest first.
   * @param before goes on after this one
   */
  async list(org: string, limit: number, before?: string): Promise<Reconciliation[]> {
    const { rows } = await this.#o.db.query(
      'select * from reconciliation where org = $1 and ($3::uuid is null or id < $3::uuid) order by id desc limit $2',
      [org, limit, before ?? null],
    );
    return rows.map(reconciliationOf);
  }

  /** Findings in the order of their ids. */
  async items(
    org: string,
    id: string,
    { kind, entity, building, imports }: ItemFilter,
    { after, limit }: { after?: string; limit: number },
  ): Promise<Item[]> {
    const { rows } = await this.#o.db.query(
      `select ${ITEM} from ${WITH_OPERATION}
       and ($3::text is null or i.kind = $3) and ($4::text is null or i.entity = $4) and i.id > $5::uuid
       and ($7::text is null or case $7 when '' then i.building is null else i.building::text = $7 end)
       and ($8::text is null or ${IMPORT_STATE} = $8) order by i.id limit $6`,
      [
        org,
        id,
        kind ?? null,
        entity ?? null,
        after ?? NONE,
        limit,
        building === undefined ? null : (building ?? ''),
        imports ?? null,
      ],
    );
    return rows.map(itemOf);
  }

  /** @throws HubError not-found/NOT_FOUND */
  async item(org: string, id: string, item: string): Promise<Item> {
    const { rows } = await this.#o.db.query(`select ${ITEM} from ${WITH_OPERATION} and i.id = $3`, [org, id, item]);
    if (!rows[0]) throw new HubError('not-found', 'NOT_FOUND', 'There is nothing with this id.');
    return itemOf(rows[0]);
  }

  /** Findings counted by house, the house with the most first. */
  async houses(org: string, id: string): Promise<HouseCounts[]> {
    const { rows } = await this.#o.db.query<{ building: string | null; entity: string; kind: ItemKind; n: number }>(
      `select building, entity, kind, count(*) as n from reconciliation_item where org = $1 and reconciliation = $2 group by 1, 2, 3
       order by sum(count(*)) over (partition by building) desc, building, entity, kind`,
      [org, id],
    );
    const houses = new Map<string | null, Record<string, Partial<Record<ItemKind, number>>>>();
    for (const { building, entity, kind, n } of rows) {
      const counts = houses.get(building) ?? {};
      counts[entity] = { ...counts[entity], [kind]: Number(n) };
      houses.set(building, counts);
    }
    return [...houses].map(([building, counts]) => ({ building, counts }));
  }

  /** What became of the imports, by entity. */
  async imports(org: string, id: string): Promise<Record<string, Partial<Record<ImportState, number>>>> {
    const { rows } = await this.#o.db.query<{ entity: string; state: ImportState; n: number }>(
      `select i.entity, ${IMPORT_STATE} as state, count(*) as n from ${WITH_OPERATION} and i.kind = 'missing-there' group by 1, 2 order by 1, 2`,
      [org, id],
    );
    const imports: Record<string, Partial<Record<ImportState, number>>> = {};
    for (const { entity, state, n } of rows) imports[entity] = { ...imports[entity], [state]: Number(n) };
    return imports;
  }

  /** What each of the findings is about, by its id. */
  subjects(org: string, instance: string, items: readonly Item[]): Promise<Map<string, Subject>> {
    return subjectsOf(this.#sources(org), instance, items);
  }

  /**
   * What both systems hold now of a finding, field by field.
   * @param isClear shows personal values whole
   */
  bothSides(org: string, job: Reconciliation, item: Item, isClear: boolean): ReturnType<typeof bothSides> {
    return bothSides(this.#sources(org), job, item, isClear);
  }

  /** Goes on until nothing is left that this process may take. */
  round(): Promise<void> {
    this.#running ??= this.#round().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.allSettled([this.#running]);
    await this.#o.db.query(`update reconciliation set lease_until = null where leased_by = $1 and status = 'running'`, [
      this.#o.process,
    ]);
  }

  async #round(): Promise<void> {
    while (!this.#stopped) {
      const job = await this.#claim();
      if (!job) return;
      try {
        await this.#page(job);
      } catch (error) {
        // Another process has taken it over, and goes on with it.
        if (error instanceof ExpectationFailed && error.expectation === HOLDS) continue;
        if (!isHubError(error)) throw error;
        await this.#fail(job, error);
      }
    }
  }

  async #claim(): Promise<Running | undefined> {
    const { db, clock, process } = this.#o;
    const now = new Date(clock.now());
    const { rows } = await db.query(
      `update reconciliation j set leased_by = $1, lease_until = $2, lease_no = lease_no + 1 where (j.org, j.id) in (
         select org, id from reconciliation where status = 'running' and (lease_until is null or lease_until <= $3 or leased_by = $1)
         order by lease_until nulls first, created_at limit 1 for update skip locked) returning *`,
      [process, new Date(now.getTime() + LEASE_MS), now],
    );
    const [row] = rows;
    if (!row) return undefined;
    const step = { entity: 0, side: 'ours', after: NONE, ...(row.step as object) } as Step;
    return { ...reconciliationOf(row), org: row.org as string, step, leaseNo: BigInt(row.lease_no as string) };
  }

  async #page(job: Running): Promise<void> {
    const { org, instance, scope, step } = job;
    const { db, records } = this.#o;
    const name = scope.entities[step.entity];
    if (name === undefined) return this.#commit(job, [], 0, null);
    if (step.side === 'ours') {
      const page = await ourPage({ db, records, org, instance, scope }, name, step.after, PAGE);
      const ids = page.map((o) => o.id);
      const claimed =
        name === 'PaymentDocument' ? new Map<string, string>() : await this.#foreign.claims(org, instance, name, ids);
      const found = await compareOurs({ foreign: this.#foreign, org, instance }, name, scope, page, claimed);
      const last = page.at(-1);
      const next: Step = last ? { ...step, after: last.id } : { ...step, side: 'theirs', after: '' };
      return this.#commit(job, found, page.length, next);
    }
    const houses = await this.#houses(org, instance, scope);
    const page = await this.#foreign.page(org, instance, name, { houses, after: step.after, limit: PAGE });
    const last = page.at(-1);
    const next: Step = last
      ? { ...step, after: last.nativeKey }
      : { entity: step.entity + 1, side: 'ours', after: NONE };
    const ours = await this.#ourHouses(org, instance, page);
    return this.#commit(job, foreignFound(name, scope, page, ours), page.length, next);
  }

  /** @param next null = there is nothing left */
  async #commit(job: Running, found: readonly Found[], seen: number, next: Step | null): Promise<void> {
    const { db, clock, random } = this.#o;
    const now = new Date(clock.now());
    const counts: Record<string, Partial<Record<ItemKind, number>>> = { ...job.counts };
    for (const { entity, kind } of found) {
      const own = counts[entity] ?? {};
      counts[entity] = { ...own, [kind]: (own[kind] ?? 0) + 1 };
    }
    const statements: Statement[] = [
      {
        sql: `update reconciliation set step = $4::jsonb, compared = compared + $5, counts = $6::jsonb, status = case when $7 then 'done' else status end, finished_at = case when $7 then $8::timestamptz end
              where org = $1 and id = $2 and lease_no = $3 and status = 'running'`,
        params: [
          job.org,
          job.id,
          job.leaseNo,
          JSON.stringify(next ?? job.step),
          seen,
          JSON.stringify(counts),
          next === null,
          now,
        ],
        expect: { rows: 1, name: HOLDS },
      },
    ];
    if (found.length > 0)
      statements.push({
        sql: `insert into reconciliation_item (org, reconciliation, id, entity, kind, record, native_key, differences, reason, building)
              select $1, $2, u.id, u.entity, u.kind, u.record, u.native_key, u.differences, u.reason, u.building
              from unnest($3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::jsonb[], $9::text[], $10::uuid[]) as u(id, entity, kind, record, native_key, differences, reason, building)`,
        params: [
          job.org,
          job.id,
          found.map(() => uuidv7(now.getTime(), random)),
          found.map((f) => f.entity),
          found.map((f) => f.kind),
          found.map((f) => f.record),
          found.map((f) => f.nativeKey),
          found.map((f) => JSON.stringify(f.differences)),
          found.map((f) => f.reason),
          found.map((f) => f.building),
        ],
      });
    await db.transact(statements);
  }

  async #fail(job: Running, error: unknown): Promise<void> {
    const problem = toProblem(toHubError(error, 'RECONCILIATION_FAULT'));
    await this.#o.db.query(
      `update reconciliation set status = 'failed', error = $4::jsonb, finished_at = $5 where org = $1 and id = $2 and lease_no = $3`,
      [job.org, job.id, job.leaseNo, JSON.stringify(problem), new Date(this.#o.clock.now())],
    );
  }

  /** What was not read can't be missing: a first reading must have ended for each. */
  async #lastRead(org: string, instance: string, entities: readonly Reconciled[]): Promise<Record<string, string>> {
    const { rows } = await this.#o.db.query<{ entity: string; full_at: Date }>(
      'select entity, full_at from sync_state where org = $1 and instance = $2 and entity = any($3::text[]) and first_load_done and full_at is not null',
      [org, instance, entities],
    );
    const read = new Map(rows.map((row) => [row.entity, row.full_at.toISOString()]));
    const unread = entities.filter((name) => !read.has(name));
    if (unread.length > 0)
      throw new HubError(
        'conflict',
        'RECONCILIATION_NOT_READ',
        `${unread.join(', ')} of ${instance} was never read wholly; \`hub sync ${instance}\` reads it, then compare.`,
      );
    return Object.fromEntries(read);
  }

  #sources(org: string): Sources {
    return { records: this.#o.records, foreign: this.#foreign, org };
  }

  /** Our houses by what the other system calls them, of those that a page names. */
  async #ourHouses(
    org: string,
    instance: string,
    page: readonly { house: string | null }[],
  ): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.#o.db.query<{ native_key: string; id: string }>(
      `select native_key, id from xref where org = $1 and entity = 'Building' and instance = $2 and native_key = any($3::text[])`,
      [org, instance, [...new Set(page.map((view) => view.house).filter((h) => h !== null))]],
    );
    return new Map(rows.map((row) => [row.native_key, row.id]));
  }

  /** What the other system calls the house; null for all. */
  async #houses(org: string, instance: string, { building }: Scope): Promise<readonly string[] | null> {
    if (building === undefined) return null;
    const { rows } = await this.#o.db.query<{ native_key: string }>(
      `select native_key from xref where org = $1 and entity = 'Building' and instance = $2 and id = $3`,
      [org, instance, building],
    );
    return rows.map((row) => row.native_key);
  }
}

function reconciliationOf(row: Row): Reconciliation {
  return {
    id: row.id as string,
    instance: row.instance as string,
    scope: row.scope as Scope,
    status: row.status as Reconciliation['status'],
    total: Number(row.total),
    compared: Number(row.compared),
    counts: row.counts as Reconciliation['counts'],
    asOf: row.as_of as Reconciliation['asOf'],
    error: row.error,
    createdBy: row.created_by as string,
    createdAt: row.created_at as Date,
    finishedAt: row.finished_at as Date | null,
  };
}

function itemOf(row: Row): Item {
  return {
    id: row.id as string,
    entity: row.entity as Reconciled,
    kind: row.kind as ItemKind,
    record: row.record as string | null,
    nativeKey: row.native_key as string | null,
    differences: row.differences as Difference[],
    reason: row.reason as string | null,
    building: row.building as string | null,
    operation: row.operation as string | null,
    operationStatus: row.operation_status as string | null,
    operationCode: row.operation_code as string | null,
    refusal: row.refusal as Refusal | null,
  };
}
