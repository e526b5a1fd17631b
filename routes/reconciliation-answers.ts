import { z } from 'zod';
import { importStates, itemKinds, reconciled } from '../flows/reconciliation/model.ts';

const maybe = z.string().nullable();
const instant = z.iso.datetime();
const counts = <T extends string>(names: readonly T[]) =>
  z.partialRecord(z.enum(reconciled), z.partialRecord(z.enum(names), z.int()));

const Reconciliation = z.object({
  id: z.uuid(),
  instance: z.string().describe('Connector of the other system'),
  scope: z.object({
    building: z.uuid().optional(),
    entities: z.array(z.enum(reconciled)),
    period: z.string().optional().describe('Month of the payment documents'),
  }),
  status: z.enum(['running', 'done', 'failed']),
  total: z.int().describe('Records to compare, ours and theirs'),
  compared: z.int(),
  counts: counts(itemKinds).describe('Findings by entity and kind'),
  asOf: z.record(z.string(), maybe).describe('When the other system was last read wholly, by entity'),
  error: z.record(z.string(), z.unknown()).nullable(),
  createdBy: z.string(),
  createdAt: instant,
  finishedAt: instant.nullable(),
});
const Refusal = z.looseObject({ code: z.string() }).describe('Why no import is made of it');
const Item = z.object({
  id: z.uuid(),
  entity: z.enum(reconciled),
  kind: z.enum(itemKinds),
  record: maybe.describe('Our record; of a payment document the account'),
  nativeKey: maybe.describe('Their key'),
  building: maybe.describe('Our house it lies in; null where it is not known'),
  subject: z
    .object({
      number: maybe.describe('Number of the account, masked; serial number of the meter'),
      premises: maybe.describe('Number of the flat'),
      house: maybe.describe('Name of the house'),
    })
    .describe('What it is about'),
  differences: z
    .array(z.object({ field: z.string(), ours: z.unknown(), theirs: z.unknown() }))
    .describe('Personal values are masked'),
  reason: maybe,
  operation: maybe.describe('Import that was made of it'),
  operationStatus: maybe,
  operationCode: maybe.describe('Of the last error of the import'),
  refusal: Refusal.nullable(),
});

/** What the routes of comparisons answer, by the name that the API document gives it. */
export const reconciliationAnswers: Readonly<Record<string, z.ZodType>> = {
  Reconciliation,
  ReconciliationPage: z.object({ items: z.array(Reconciliation), nextCursor: maybe }),
  ReconciliationItemPage: z.object({ items: z.array(Item), nextCursor: maybe }),
  ReconciliationItemDetails: Item.extend({
    fields: z
      .array(
        z.object({
          field: z.string(),
          ours: z.unknown(),
          theirs: z.unknown(),
          same: z.boolean().nullable().describe('null where only one side has it'),
        }),
      )
      .describe('What both systems hold now'),
    masked: z.boolean().describe('Personal values are hidden: the key lacks the scope to read these records'),
  }),
  ReconciliationHouses: z.object({
    items: z.array(z.object({ building: maybe, name: maybe, address: maybe, counts: counts(itemKinds) })),
  }),
  ReconciliationImports: z.object({ imports: counts(importStates).describe('By entity and state') }),
  ReconciliationApplied: z.object({
    made: z.array(z.object({ item: z.uuid(), operation: z.uuid() })),
    kinds: z.record(z.string(), z.int()).describe('Operations by kind: made, or that would be made'),
    refused: z.array(Refusal.extend({ item: z.uuid(), reason: z.string() })),
    more: z.boolean(),
    nextCursor: maybe.describe('Go on with it; null = nothing is left'),
  }),
};
