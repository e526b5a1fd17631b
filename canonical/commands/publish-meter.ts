import { z } from 'zod';
import type { CommandDefinition } from '../command.ts';
import { PlainDate } from '../values/time.ts';
import { Uuid } from '../values/uuid.ts';
import { DirectoryCode } from './directory-element.ts';

const Value = z
  .string()
  .regex(/^\d{1,15}(\.\d{1,7})?$/, 'must be decimal text of at most 15 digits and 7 places, such as "123.456"');
const version = Uuid.describe('Version of the device at ГИС ЖКХ that is changed (MeteringDeviceVersionGUID)');

export const MeterOfRegistry = z
  .strictObject({
    kind: z
      .enum(['individual', 'non-residential', 'house', 'room', 'apartment-common', 'collective'])
      .describe('Индивидуальный, нежилого помещения, жилого дома, комнаты, общеквартирный, общедомовой'),
    premises: z.array(Uuid).max(100).optional().describe('Premises it measures'),
    houses: z.array(Uuid).max(100).optional().describe('Houses; of a collective meter or one of a detached house'),
    rooms: z.array(Uuid).max(100).optional().describe('Rooms it measures, by their GUIDs in ГИС ЖКХ'),
    accounts: z.array(Uuid).max(500).optional().describe('Personal accounts; needed but for a collective one'),
    number: z.string().min(1).max(50).describe('Number of the device (заводской номер)'),
    stamp: z.string().max(100).optional().describe('Brand (марка)'),
    model: z.string().max(100).optional().describe('Model'),
    installedOn: PlainDate.optional(),
    commissionedOn: PlainDate.optional().describe('Put into use (ввод в эксплуатацию)'),
    sealedOn: PlainDate.optional().describe('Sealed by the maker'),
    verifiedOn: PlainDate.optional().describe('Last verification (поверка)'),
    verificationInterval: DirectoryCode.optional().describe('Code of the interval in НСИ 16'),
    remote: z.boolean().default(false).describe('Read from afar (дистанционное снятие показаний)'),
    remoteInfo: z.string().max(2000).optional().describe('How it is read from afar'),
    temperatureSensor: z.boolean().default(false),
    pressureSensor: z.boolean().default(false),
    resource: z
      .enum(['electricity', 'other'])
      .describe('Electricity is read by tariffs; everything else by a single value for each resource'),
    resources: z
      .array(z.strictObject({ code: DirectoryCode.describe('Code of the resource in НСИ 2'), value: Value }))
      .max(3)
      .optional()
      .describe('First value by resource; needed with resource other'),
    values: z.array(Value).min(1).max(3).optional().describe('First values by tariff; needed with electricity'),
    ratio: z
      .string()
      .regex(/^\d{1,10}(\.\d{1,4})?$/, 'must be a decimal text')
      .optional()
      .describe('Transformation ratio (коэффициент трансформации)'),
  })
  .meta({ id: 'MeterOfRegistry' });

/** Body of `POST /v1/meter-publications`. */
export const PublishMeter = z
  .strictObject({
    meter: Uuid.describe('Meter'),
    building: Uuid.describe('House'),
    action: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('create'), device: MeterOfRegistry }),
        z.strictObject({
          kind: z.literal('correct'),
          version,
          device: MeterOfRegistry.describe('The device anew; possible until it has readings'),
        }),
        z.strictObject({
          kind: z.literal('close'),
          version,
          reason: DirectoryCode.describe('Code of the reason in НСИ 21'),
        }),
        z.strictObject({
          kind: z.literal('replace'),
          version,
          verifiedOn: PlainDate.describe('Date of the verification or replacement'),
          reason: DirectoryCode.optional().describe('Code of the reason in НСИ 224; absent = planned'),
          by: Uuid.describe('Version of the device that replaces it'),
        }),
      ])
      .describe('What is done with the device'),
    reference: z.string().min(1).max(200).optional().describe("Your own document's id"),
  })
  .meta({ id: 'PublishMeter' });

export const publishMeter: CommandDefinition = {
  kind: 'meters.publish',
  resource: 'meter-publications',
  title: 'Publish a metering device in ГИС ЖКХ, correct, close or replace it',
  payloadVersion: 1,
  upcasters: {},
  schema: PublishMeter,
  subject: (payload) => `meter:${String(payload.meter)}`,
  ordering: 'fifo',
  idempotencyKey: 'recommended',
  scope: 'write:meters',
};
