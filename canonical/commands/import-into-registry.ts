import { z } from 'zod';
import type { CommandDefinition } from '../command.ts';
import { personal } from '../personal.ts';
import { Uuid } from '../values/uuid.ts';

const MOST_CHARACTERS = 200_000;

const Native = z
  .record(z.string().max(100), z.unknown())
  .refine((value) => JSON.stringify(value).length <= MOST_CHARACTERS, {
    error: `must not be larger than ${MOST_CHARACTERS} characters as JSON`,
  });
const officialName = (what: string) =>
  z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,99}$/, 'must be an official name of Latin letters and digits')
    .describe(what);

/**
 * Body of `POST /v1/registry-imports`: the way out for what no other operation says. The object is in official element
 * names; it is checked against the official format before anything is sent.
 */
export const ImportIntoRegistry = z
  .strictObject({
    service: officialName('Service, such as house-management'),
    operation: officialName('Operation, such as importAccountData'),
    item: officialName('Element that the request repeats, such as Account'),
    house: Uuid.optional().describe('House by its ФИАС GUID, where the outcome is looked for by house'),
    content: personal(Native.describe('The element, by official local names; lists are arrays')),
    request: Native.optional().describe('What stands beside it in the request, such as FIASHouseGuid'),
    reference: z.string().min(1).max(200).optional().describe("Your own document's id"),
  })
  .meta({ id: 'ImportIntoRegistry' });

export const importIntoRegistry: CommandDefinition = {
  kind: 'registry.import',
  resource: 'registry-imports',
  title: 'Import an object into ГИС ЖКХ by official names',
  payloadVersion: 1,
  upcasters: {},
  schema: ImportIntoRegistry,
  subject: (payload) => (typeof payload.house === 'string' ? `house:${payload.house}` : null),
  ordering: 'none',
  idempotencyKey: 'required',
  scope: 'write:registry',
};
