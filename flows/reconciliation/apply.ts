import type { CommandDefinition } from '../../canonical/command.ts';
import { HubError } from '../../canonical/errors.ts';
import type { Journal } from '../../queues/journal.ts';
import { type Database, ExpectationFailed } from '../../storage/port.ts';
import type { RecordRepository } from '../../storage/repositories/records.ts';
import type { Item, Reconciled, Reconciliation } from './model.ts';
import { accountPayload, documentPayload, type Made, meterPayload, type Need, type Supplement } from './payloads.ts';
import type { Reconciliations } from './reconciliations.ts';
import { type Refusal, refusalWords } from './refusal.ts';

export interface ApplyOptions {
  db: Database;
  records: RecordRepository;
  reconciliations: Reconciliations;
  journal: Pick<Journal, 'acceptTogether' | 'newId'>;
  commands: ReadonlyMap<string, CommandDefinition>;
}

export interface ApplyRequest {
  /** Ids of items; all that are missing there without it. */
  items?: readonly string[];
  entities?: readonly string[];
  /** Id of a house. */
  building?: string;
  supplement: Supplement;
  by: string;
  /** Only says what would be made; nothing is stored. */
  dryRun?: boolean;
  /** Goes on after this item. */
  after?: string;
  /** Items looked at in this call; {@link MOST_APPLIED} without it. */
  limit?: number;
}

export interface Applied {
  made: { item: string; operation: string }[];
  /** Operations by the kind of their command: made, or that would be made. */
  kinds: Record<string, number>;
  /** Items for which none is made, with the reason. */
  refused: (Refusal & { item: string; reason: string })[];
  /** The last item that was looked at where more are left than one call takes: go on after it. */
  next: string | null;
}

interface Draft {
  command: CommandDefinition;
  payload: Record<string, unknown>;
  needs: readonly Need[];
}

/** Items of one call: each is an operation. */
export const MOST_APPLIED = 1_000;
const ONCE = 'reconciliation-item';
/** That an item may be imported: nothing imports its record yet, and it is not linked. $1 org, $2 comparison, $4 instance, $5 month. */
const FREE = `i.org = $1 and i.reconciliation = $2 and i.operation is null
  and not exists (select 1 from reconciliation_item o join operation p on p.org = o.org and p.id = o.operation
    join reconciliation j on j.org = o.org and j.id = o.reconciliation
    where o.org = i.org and o.entity = i.entity and o.record = i.record and o.operation is not null and j.instance = $4 and p.status not in ('failed', 'cancelled')
      and (i.entity <> 'PaymentDocument' or j.scope->>'period' = $5))
  and (i.entity = 'PaymentDocument' or not exists (select 1 from xref x where x.org = i.org and x.entity = i.entity and x.instance = $4 and x.id = i.record))`;

/**
 * Makes an import for each item that is missing there, once: that the item has its operation is written in the transaction that accepts it,
 * so that pressing twice, or in two processes, makes nothing twice.
 *
 * @throws HubError conflict/RECONCILIATION_RUNNING before the comparison has ended
 */
export async function applyReconciliation(
  o: ApplyOptions,
  org: string,
  id: string,
  request: ApplyRequest,
): Promise<Applied> {
  const job = await o.reconciliations.get(org, id);
  if (job.status !== 'done')
    throw new HubError('conflict', 'RECONCILIATION_RUNNING', 'The comparison has not ended; apply what it finds then.');
  const out: Applied = { made: [], kinds: {}, refused: [], next: null };
  const most = request.limit ?? MOST_APPLIED;
  let { after } = request;
  for (let looked = 0; ; ) {
    const page = await o.reconciliations.items(
      org,
      id,
      { kind: 'missing-there', ...(request.building === undefined ? {} : { building: request.building }) },
      { limit: 200, ...(after ? { after } : {}) },
    );
    const wanted = page.filter((item) => item.operation === null && isWanted(item, request));
    const taken = wanted.slice(0, most - looked);
    looked += taken.length;
    const refused = await applyPage(o, org, job, taken, request, out);
    if (!request.dryRun) await noteRefusals(o.db, org, id, refused);
    if (taken.length < wanted.length || (looked === most && page.length > 0))
      return { ...out, next: (taken.at(-1) ?? page.at(-1))?.id ?? null };
    after = page.at(-1)?.id;
    if (after === undefined) return out;
  }
}

function isWanted(item: Item, { items, entities }: ApplyRequest): boolean {
  return (items === undefined || items.includes(item.id)) && (entities === undefined || entities.includes(item.entity));
}

async function applyPage(
  o: ApplyOptions,
  org: string,
  job: Reconciliation,
  items: readonly Item[],
  request: ApplyRequest,
  out: Applied,
): Promise<[item: string, Refusal][]> {
  const drafts = await Promise.all(
    items.map(async (item) => ({ item, draft: await draftOf(o, org, job, item, request.supplement) })),
  );
  const there = await linkedAmong(
    o.db,
    org,
    job.instance,
    drafts.flatMap(({ draft }) => ('lacking' in draft ? [] : draft.needs)),
  );
  const free = request.dryRun ? await freeAmong(o.db, org, job, items) : undefined;
  const refused: [string, Refusal][] = [];
  for (const { item, draft } of drafts) {
    const refusal = 'lacking' in draft ? draft.lacking : await take(item, draft);
    if (refusal === null) continue;
    refused.push([item.id, refusal]);
    out.refused.push({ item: item.id, ...refusal, reason: refusalWords(refusal) });
  }
  return refused;

  async function take(item: Item, draft: Draft): Promise<Refusal | null> {
    const missing = draft.needs.find((need) => !there.has(need.id));
    if (missing) return { code: missing.entity === 'Premises' ? 'PREMISES_NOT_THERE' : 'ACCOUNT_NOT_THERE' };
    const isTaken = free ? free.has(item.id) : await accept(o, org, job, item, request.by, draft, out);
    if (!isTaken) return { code: 'UNDER_WAY' };
    const { kind } = draft.command;
    out.kinds[kind] = (out.kinds[kind] ?? 0) + 1;
    return null;
  }
}

/** What is accepted for an item, or why nothing is. */
async function draftOf(
  o: ApplyOptions,
  org: string,
  job: Reconciliation,
  item: Item,
  supplement: Supplement,
): Promise<Draft | { lacking: Refusal }> {
  const made = await payloadOf(o, org, job, item, supplement);
  if ('lacking' in made) return made;
  const command = o.commands.get(made.kind);
  if (!command) return { lacking: { code: 'NO_SUCH_COMMAND', kind: made.kind } };
  const parsed = command.schema.safeParse(made.payload);
  if (parsed.success) return { command, payload: parsed.data as Record<string, unknown>, needs: made.needs };
  const [issue] = parsed.error.issues;
  return { lacking: { code: 'UNFIT', field: issue?.path.join('.') ?? '', what: issue?.message ?? '' } };
}

/** @returns false when something else imports it, or it is there by now */
async function accept(
  o: ApplyOptions,
  org: string,
  job: Reconciliation,
  item: Item,
  client: string,
  { command, payload }: Draft,
  out: Applied,
): Promise<boolean> {
  const operation = o.journal.newId();
  try {
    await o.journal.acceptTogether(
      [
        {
          id: operation,
          org,
          client,
          command,
          instance: job.instance,
          payload,
          body: payload,
          trace: { flow: 'reconciliation', step: item.id },
        },
      ],
      [
        {
          sql: `update reconciliation_item i set operation = $6, refusal = null where i.id = any($3::uuid[]) and ${FREE}`,
          params: [org, job.id, [item.id], job.instance, job.scope.period ?? '', operation],
          expect: { rows: 1, name: ONCE },
        },
      ],
    );
  } catch (error) {
    if (!(error instanceof ExpectationFailed) || error.expectation !== ONCE) throw error;
    return false;
  }
  out.made.push({ item: item.id, operation });
  return true;
}

/** Ids of those that the other system knows. */
async function linkedAmong(
  db: Database,
  org: string,
  instance: string,
  needs: readonly Need[],
): Promise<ReadonlySet<string>> {
  if (needs.length === 0) return new Set();
  const { rows } = await db.query<{ id: string }>(
    'select distinct x.id from xref x join unnest($3::text[], $4::uuid[]) as u(entity, id) on x.entity = u.entity and x.id = u.id where x.org = $1 and x.instance = $2',
    [org, instance, needs.map((n) => n.entity), needs.map((n) => n.id)],
  );
  return new Set(rows.map((row) => row.id));
}

/** Those of the items that may be imported now. */
async function freeAmong(
  db: Database,
  org: string,
  job: Reconciliation,
  items: readonly Item[],
): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ id: string }>(
    `select i.id from reconciliation_item i where i.id = any($3::uuid[]) and ${FREE}`,
    [org, job.id, items.map((i) => i.id), job.instance, job.scope.period ?? ''],
  );
  return new Set(rows.map((row) => row.id));
}

/** Keeps beside the findings why nothing was made of them, for whoever looks at them later. */
async function noteRefusals(
  db: Database,
  org: string,
  id: string,
  refused: readonly (readonly [item: string, Refusal])[],
): Promise<void> {
  if (refused.length === 0) return;
  await db.query(
    `update reconciliation_item i set refusal = u.refusal from unnest($3::uuid[], $4::jsonb[]) as u(id, refusal)
     where i.org = $1 and i.reconciliation = $2 and i.id = u.id and i.operation is null`,
    [org, id, refused.map(([item]) => item), refused.map(([, refusal]) => JSON.stringify(refusal))],
  );
}

async function payloadOf(
  o: ApplyOptions,
  org: string,
  job: Reconciliation,
  item: Item,
  supplement: Supplement,
): Promise<Made> {
  const source = { records: o.records, org };
  const { record } = item;
  if (record === null) return { lacking: { code: 'RECORD_GONE' } };
  const makers: Record<Reconciled, () => Promise<Made>> = {
    PersonalAccount: () => accountPayload(source, record),
    Meter: () => meterPayload(source, record, supplement.meters?.[item.id]),
    PaymentDocument: () => documentPayload(source, record, job.scope.period ?? '', supplement.paymentDocuments),
  };
  return makers[item.entity]();
}
