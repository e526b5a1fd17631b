import { z } from 'zod';
import type { CommandDefinition } from '../command.ts';
import { Decimal } from '../values/decimal.ts';
import { Uuid } from '../values/uuid.ts';
import { DirectoryCode } from './directory-element.ts';

/** Body of `POST /v1/house-publications`: what a management company may change of an apartment house. */
export const PublishHouse = z
  .strictObject({
    building: Uuid.describe('House'),
    cadastralNumber: z.string().min(1).max(255).optional().describe('Absent = not in the state register of realty'),
    area: Decimal.optional().describe('Whole area, m²'),
    condition: DirectoryCode.optional().describe('Code of the condition in НСИ 24'),
    stage: DirectoryCode.optional().describe('Code of the stage of life in НСИ 338'),
    usedSince: z.int().min(1600).max(2215).optional().describe('Year it was put into use'),
    floors: z.int().min(1).max(999).optional().describe('Floors'),
    leastFloors: z.int().min(1).max(999).optional().describe('Floors of its lowest part'),
    undergroundFloors: z.int().min(0).max(99).optional().describe('Floors under the ground'),
    heritage: z.boolean().optional().describe('Of cultural heritage'),
    timezone: DirectoryCode.optional().describe('Code of the time zone in НСИ 32'),
    reference: z.string().min(1).max(200).optional().describe("Your own document's id"),
  })
  .meta({ id: 'PublishHouse' });

export const publishHouse: CommandDefinition = {
  kind: 'houses.publish',
  resource: 'house-publications',
  title: 'Change what ГИС ЖКХ says of a house',
  payloadVersion: 1,
  upcasters: {},
  schema: PublishHouse,
  subject: (payload) => `building:${String(payload.building)}`,
  ordering: 'fifo',
  idempotencyKey: 'recommended',
  scope: 'write:buildings',
};
