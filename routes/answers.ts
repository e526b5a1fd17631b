import { z } from 'zod';
import { operationStatuses } from '../storage/repositories/operation.ts';
import { reconciliationAnswers } from './reconciliation-answers.ts';

const text = z.string();
const maybe = z.string().nullable();
const instant = z.iso.datetime();
const maybeInstant = instant.nullable();

const Operation = z.object({
  id: z.uuid(),
  kind: text.describe('e.g. messages.send'),
  status: z.enum(operationStatuses),
  organisation: text,
  instance: text.describe('Connector that carries it'),
  client: text.describe('Key that asked'),
  subject: maybe,
  reference: maybe.describe("The caller's own document id"),
  payload: z.record(z.string(), z.unknown()),
  attempts: z.int(),
  waitingFor: maybe,
  waitingUntil: maybeInstant,
  notBefore: maybeInstant,
  expiresAt: maybeInstant,
  result: z.record(z.string(), z.unknown()).nullable(),
  error: z.record(z.string(), z.unknown()).nullable(),
  cause: z
    .object({ flow: text, step: maybe, operation: maybe.describe('Operation that caused it') })
    .nullable()
    .describe('Reaction across systems that made it; null for what a caller asked for'),
  acceptedAt: instant,
  updatedAt: instant,
  finishedAt: maybeInstant,
});
const Change = z.object({
  no: z.int().describe('Number in the feed'),
  id: z.uuid(),
  type: text.describe('e.g. message.delivered'),
  entity: maybe,
  entityId: maybe,
  operation: maybe,
  data: z.record(z.string(), z.unknown()),
  at: instant,
});
const File = z.object({
  id: z.uuid(),
  name: text,
  contentType: text,
  size: z.int().describe('Bytes'),
  sha256: text,
  createdAt: instant,
});
const BulkItem = z.object({
  index: z.int(),
  operation: z.uuid().optional(),
  replayed: z.boolean().optional(),
  problem: z.record(z.string(), z.unknown()).optional(),
});
const Candidate = z.object({
  entity: z.enum(['Customer', 'PersonalAccount', 'Premises']),
  id: z.uuid(),
  by: text,
  names: z.array(text),
  bornIn: z.int().nullable(),
  phones: z.array(text).describe('With most digits hidden'),
  address: maybe,
  accounts: z.array(z.object({ id: z.uuid(), number: text, state: text })),
});

/** What routes answer, by the name that the API document gives it; pages and records of entities come from their schemas. */
export const answers: Readonly<Record<string, z.ZodType>> = {
  Operation,
  OperationDetails: Operation.omit({ attempts: true }).extend({
    attempts: z.array(z.record(z.string(), z.unknown())),
    related: z
      .array(
        z.object({
          id: z.uuid(),
          relation: z.enum(['cause', 'effect']),
          kind: text,
          status: z.enum(operationStatuses),
          instance: text,
          step: maybe,
          acceptedAt: instant,
          finishedAt: maybeInstant,
        }),
      )
      .describe('What caused it and what it has led to: one timeline'),
    approval: z.record(z.string(), z.unknown()).nullable(),
    exchange: z.record(z.string(), z.unknown()).nullable(),
  }),
  OperationPage: z.object({ items: z.array(Operation), nextCursor: maybe }),
  BulkOutcome: z.object({ accepted: z.int(), rejected: z.int(), items: z.array(BulkItem) }),
  Change,
  ChangePage: z.object({ items: z.array(Change), next: z.int().describe('Go on after this number') }),
  File,
  ...reconciliationAnswers,
  LookupAnswer: z.object({
    candidates: z.array(Candidate),
    found: z.record(z.string(), z.unknown()).nullable().describe('Everything known of the one that fits'),
    tooBroad: z.array(z.object({ by: text, add: z.array(text) })),
  }),
};
