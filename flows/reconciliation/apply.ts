import type { CommandDefinition } from '../../canonical/command.ts';
import { HubError } from '../../canonical/errors.ts';
import type { Journal } from '../../queues/journal.ts';
import { type Database, ExpectationFailed } from '../../storage/port.ts';
import type { RecordRepository } from '../../storage/repositories/records.ts';
import type { Item, Reconciled, Reconciliation } from './model.ts';
import { accountPayload, documentPayload, type Made, meterPayload, type Supplement } from './payloads.ts';
import type { Reconciliations } from './reconciliations.ts';

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
  supplement: Supplement;
  by: string;
}

export interface Applied {
  made: { item: string; operation: string }[];
  /** Items for which none is made, with the reason. */
  refused: { item: string; reason: string }[];
  /** More are left than one call takes: call again. */
  more: boolean;
}

/** Items of one call: each is an operation. */
const MOST = 1_000;
const ONCE = 'reconciliation-item';

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
  const out: Applied = { made: [], refused: [], more: false };
  let after: string | undefined;
  for (;;) {
    const page = await o.reconciliations.items(org, id, {
      kind: 'missing-there',
      limit: 200,
      ...(after ? { after } : {}),
    });
    if (page.length === 0) return out;
    for (const item of page) {
      after = item.id;
      if (item.operation !== null || !isWanted(item, request)) continue;
      if (out.made.length + out.refused.length >= MOST) return { ...out, more: true };
      await applyItem(o, org, job, item, request, out);
    }
  }
}

function isWanted(item: Item, { items, entities }: ApplyRequest): boolean {
  return (items === undefined || items.includes(item.id)) && (entities === undefined || entities.includes(item.entity));
}

async function applyItem(
  o: ApplyOptions,
  org: string,
  job: Reconciliation,
  item: Item,
  request: ApplyRequest,
  out: Applied,
): Promise<void> {
  const refuse = (reason: string): void => {
    out.refused.push({ item: item.id, reason });
  };
  const made = await payloadOf(o, org, job, item, request.supplement);
  if ('lacking' in made) return refuse(made.lacking);
  const command = o.commands.get(made.kind);
  if (!command) return refuse(`this hub has no ${made.kind}`);
  const parsed = command.schema.safeParse(made.payload);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(`${issue?.path.join('.')}: ${issue?.message}`);
  }
  const payload = parsed.data as Record<string, unknown>;
  const operation = o.journal.newId();
  try {
    await o.journal.acceptTogether(
      [
        {
          id: operation,
          org,
          client: request.by,
          command,
          instance: job.instance,
          payload,
          body: payload,
          trace: { flow: 'reconciliation', step: item.id },
        },
      ],
      [
        {
          sql: `update reconciliation_item i set operation = $4 where i.org = $1 and i.reconciliation = $2 and i.id = $3 and i.operation is null
                and not exists (select 1 from reconciliation_item o join operation p on p.org = o.org and p.id = o.operation
                  join reconciliation j on j.org = o.org and j.id = o.reconciliation
                  where o.org = i.org and o.entity = i.entity and o.record = i.record and j.instance = $5 and p.status not in ('failed', 'cancelled')
                    and (i.entity <> 'PaymentDocument' or j.scope->>'period' = $6))
                and (i.entity = 'PaymentDocument' or not exists (select 1 from xref x where x.org = i.org and x.entity = i.entity and x.instance = $5 and x.id = i.record))`,
          params: [org, job.id, item.id, operation, job.instance, job.scope.period ?? ''],
          expect: { rows: 1, name: ONCE },
        },
      ],
    );
    out.made.push({ item: item.id, operation });
  } catch (error) {
    if (!(error instanceof ExpectationFailed) || error.expectation !== ONCE) throw error;
    refuse('it is there by now, or an import of it is under way');
  }
}

async function payloadOf(
  o: ApplyOptions,
  org: string,
  job: Reconciliation,
  item: Item,
  supplement: Supplement,
): Promise<Made> {
  const source = { records: o.records, org };
  if (item.record === null) return { lacking: 'it names no record of ours' };
  const makers: Record<Reconciled, () => Promise<Made>> = {
    PersonalAccount: () => accountPayload(source, item.record as string),
    Meter: () => meterPayload(source, item.record as string, supplement.meters?.[item.id]),
    PaymentDocument: () =>
      documentPayload(source, item.record as string, job.scope.period ?? '', supplement.paymentDocuments),
  };
  return makers[item.entity]();
}
