import { z } from 'zod';
import type { CommandDefinition } from '../command.ts';
import { Decimal } from '../values/decimal.ts';
import { Instant, PlainDate } from '../values/time.ts';
import { Uuid } from '../values/uuid.ts';

/** Body of `POST /v1/meter-readings`. */
export const SubmitMeterReading = z
  .strictObject({
    meter: Uuid.describe('Meter that was read'),
    readAt: z
      .union([Instant, PlainDate], {
        error: 'must be an instant with a zone (2026-11-24T10:00:00+03:00) or a date (2026-11-24)',
      })
      .describe('When it was read'),
    values: z
      .array(Decimal.refine((v) => !v.startsWith('-'), 'a reading is not negative'))
      .min(1)
      .max(3)
      .describe('Reading by tariff, decimal text'),
    source: z
      .enum(['resident', 'inspector', 'mobile-app', 'phone', 'robot'])
      .default('mobile-app')
      .describe('Who gave it'),
    account: Uuid.optional().describe('Personal account, for your own records'),
    notBefore: Instant.optional().describe('Not submitted before'),
    expiresAt: Instant.optional().describe('Not submitted after'),
    reference: z.string().min(1).max(200).optional().describe("Your own document's id"),
  })
  .meta({ id: 'SubmitMeterReading' });
export type SubmitMeterReading = z.output<typeof SubmitMeterReading>;

export const submitMeterReading: CommandDefinition = {
  kind: 'meter-readings.submit',
  resource: 'meter-readings',
  title: 'Submit a meter reading',
  payloadVersion: 1,
  upcasters: {},
  schema: SubmitMeterReading,
  subject: (payload) => `meter:${String(payload.meter)}`,
  ordering: 'fifo',
  idempotencyKey: 'recommended',
  scope: 'write:meter-readings',
};
