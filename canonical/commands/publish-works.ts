import { z } from 'zod';
import type { CommandDefinition } from '../command.ts';
import { Decimal } from '../values/decimal.ts';
import { Money } from '../values/money.ts';
import { PlainDate } from '../values/time.ts';
import { Uuid } from '../values/uuid.ts';
import { AttachedFile, DirectoryCode, DirectoryElement } from './directory-element.ts';

const done = {
  count: z.int().min(0).max(99).describe('How often it was done in the month'),
  dates: z.array(PlainDate).max(99).optional().describe('Days on which it was done'),
  price: Decimal.optional().describe('Price of a unit, roubles'),
  amount: Decimal.optional().describe('How much was done, in the unit of the work'),
  cost: Money.optional().describe('Whole cost'),
  act: Uuid.optional().describe('Act of acceptance: its GUID in ГИС ЖКХ'),
  photos: z.array(AttachedFile).max(20).optional(),
};

/** Body of `POST /v1/completed-works`: what was done in a month of a plan of works (for the yearly report). */
export const PublishWorks = z
  .strictObject({
    building: Uuid.optional().describe('House, for your own records'),
    reportingPeriod: Uuid.describe('Period of the report in ГИС ЖКХ (reportingPeriodGuid)'),
    planned: z
      .array(
        z.strictObject({
          item: Uuid.describe('Item of the plan of works (WorkPlanItemGUID)'),
          plannedCount: z.int().min(0).max(999).describe('How often it was planned'),
          ...done,
        }),
      )
      .max(500)
      .optional()
      .describe('Works of the plan'),
    unplanned: z
      .array(
        z.strictObject({
          work: DirectoryElement.describe('Work; the directory of the organisation is 59'),
          type: DirectoryCode.describe('Code of the kind of work in НСИ 56'),
          comment: z.string().min(1).max(1000).optional(),
          ...done,
        }),
      )
      .max(500)
      .optional()
      .describe('Works outside the plan'),
    reference: z.string().min(1).max(200).optional().describe("Your own document's id"),
  })
  .meta({ id: 'PublishWorks' });

export const publishWorks: CommandDefinition = {
  kind: 'works.publish',
  resource: 'completed-works',
  title: 'Tell ГИС ЖКХ of completed works',
  payloadVersion: 1,
  upcasters: {},
  schema: PublishWorks,
  subject: (payload) => `reporting-period:${String(payload.reportingPeriod)}`,
  ordering: 'fifo',
  idempotencyKey: 'required',
  scope: 'write:works',
};
