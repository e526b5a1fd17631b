import { z } from 'zod';
import type { EntityDefinition } from '../entity.ts';
import { Decimal } from '../values/decimal.ts';
import { Instant, PlainDate } from '../values/time.ts';
import { Uuid } from '../values/uuid.ts';

const text = (max: number, what: string) => z.string().max(max).nullable().default(null).describe(what);

export const Meter = z
  .strictObject({
    code: text(50, 'Code in the accounting system'),
    name: text(255, 'Name'),
    serialNumber: text(30, 'Serial number (заводской номер)'),
    premises: Uuid.nullable().default(null).describe('Premises it stands in'),
    building: Uuid.nullable().default(null).describe('Building, for meters of the whole house'),
    kind: z.enum(['individual', 'building', 'apartment']).nullable().default(null).describe('ИПУ, ОДПУ, квартирный'),
    digits: z.int().min(0).max(20).nullable().default(null).describe('Whole digits of its display (разрядность)'),
    tariffs: z.int().min(1).max(3).default(1).describe('Number of tariffs'),
    verifiedOn: PlainDate.nullable().default(null).describe('Last verification (поверка)'),
    verifyBy: PlainDate.nullable().default(null).describe('Next verification is due'),
    removed: z.boolean().default(false).describe('Taken out of use'),
    resource: z
      .enum(['cold-water', 'hot-water', 'wastewater', 'electricity', 'gas', 'heat'])
      .nullable()
      .default(null)
      .describe('What it measures (коммунальный ресурс)'),
  })
  .meta({ id: 'Meter' });

export const MeterReading = z
  .strictObject({
    meter: Uuid.describe('Meter that was read'),
    readAt: Instant.describe('When it was read'),
    values: z.array(Decimal).min(1).max(3).describe('Reading by tariff, decimal text'),
    consumption: Decimal.nullable().default(null).describe('Consumption since the reading before'),
  })
  .meta({ id: 'MeterReading' });

export const meters: EntityDefinition = {
  name: 'Meter',
  resource: 'meters',
  title: 'Meter',
  description: 'Metering device (прибор учета)',
  schema: Meter,
  filters: {
    premises: { path: 'premises', match: 'exact', schema: Uuid, description: 'Meters of these premises' },
    building: { path: 'building', match: 'exact', schema: Uuid, description: 'Meters of this building' },
    serialNumber: { path: 'serialNumber', match: 'exact', schema: z.string(), description: 'Serial number' },
  },
};

export const meterReadings: EntityDefinition = {
  name: 'MeterReading',
  resource: 'meter-readings',
  title: 'Meter reading',
  description: 'Reading of a meter (показание прибора учета)',
  schema: MeterReading,
  filters: {
    meter: { path: 'meter', match: 'exact', schema: Uuid, description: 'Readings of this meter' },
    since: { path: 'readAt', match: 'from', schema: Instant, description: 'Read at this instant or later' },
  },
};
