import { z } from 'zod';
import type { EntityDefinition } from '../entity.ts';
import { PlainDate } from '../values/time.ts';
import { Uuid } from '../values/uuid.ts';

const day = (what: string) => PlainDate.nullable().default(null).describe(what);

/** A house under a contract. */
export const ContractObject = z
  .strictObject({
    building: Uuid.nullable().default(null).describe('House, where it is known as one of ours'),
    houseGar: Uuid.describe('House in the state address register (ФИАС)'),
    from: day('Managed since'),
    to: day('Managed until'),
  })
  .meta({ id: 'ContractObject' });

export const contractStatuses = [
  'project',
  'inApproval',
  'rejected',
  'approved',
  'reviewed',
  'terminated',
  'annulled',
] as const;

/** What a house is managed by (договор управления). */
export const ManagementContract = z
  .strictObject({
    contract: Uuid.describe('GUID in ГИС ЖКХ (ContractGUID)'),
    version: Uuid.describe('Its version, which every change names (ContractVersionGUID)'),
    number: z.string().max(255).describe('Number of the contract'),
    signedOn: PlainDate.describe('Signed'),
    effectiveOn: day('In force since'),
    endsOn: day('Planned end'),
    base: z.string().max(20).nullable().default(null).describe('Code of the ground of the contract in НСИ 58'),
    status: z.enum(contractStatuses).describe('State in ГИС ЖКХ'),
    objects: z.array(ContractObject).max(10_000).default([]).describe('Houses of the contract'),
  })
  .meta({ id: 'ManagementContract' });

export const managementContracts: EntityDefinition = {
  name: 'ManagementContract',
  resource: 'management-contracts',
  title: 'Management contract',
  description: 'Management contract in ГИС ЖКХ (договор управления)',
  schema: ManagementContract,
  filters: {
    number: { path: 'number', match: 'exact', schema: z.string(), description: 'With this number' },
    status: { path: 'status', match: 'exact', schema: z.enum(contractStatuses), description: 'State in ГИС ЖКХ' },
    endsBy: { path: 'endsOn', match: 'to', schema: PlainDate, description: 'Ends on this day or earlier' },
  },
};
