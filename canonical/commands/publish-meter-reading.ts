import { z } from 'zod';
import type { CommandDefinition } from '../command.ts';
import { Uuid } from '../values/uuid.ts';
import { SubmitMeterReading } from './submit-meter-reading.ts';

const { meter, readAt, values, account } = SubmitMeterReading.shape;

/** A reading that the accounting system has taken, for ГИС ЖКХ. The hub makes it of its own: no route takes it. */
export const PublishMeterReading = z
  .strictObject({
    meter,
    readAt,
    values,
    account,
    resource: z
      .string()
      .max(50)
      .optional()
      .describe('Resource (коммунальный ресурс), where the meter measures several'),
    reading: Uuid.describe('Operation by which the accounting system took the reading'),
  })
  .meta({ id: 'PublishMeterReading' });
export type PublishMeterReading = z.output<typeof PublishMeterReading>;

export const publishMeterReading: CommandDefinition = {
  kind: 'meter-readings.publish',
  resource: 'meter-readings',
  at: 'nowhere',
  title: 'Publish a meter reading in ГИС ЖКХ',
  payloadVersion: 1,
  upcasters: {},
  schema: PublishMeterReading,
  subject: (payload) => `meter:${String(payload.meter)}`,
  ordering: 'fifo',
  idempotencyKey: 'recommended',
  scope: 'admin',
};
