import { z } from 'zod';
import type { CommandDefinition } from '../command.ts';
import { PlainDate } from '../values/time.ts';
import { Uuid } from '../values/uuid.ts';
import { AttachedFile, DirectoryCode } from './directory-element.ts';

const version = Uuid.describe('Version of the contract in ГИС ЖКХ (ContractVersionGUID)');
const files = z.array(AttachedFile).min(1).max(20);

const terms = {
  number: z.string().min(1).max(255).describe('Number of the contract'),
  signedOn: PlainDate.describe('Signed'),
  effectiveOn: PlainDate.describe('In force since'),
  endsOn: PlainDate.describe('Planned end'),
  base: DirectoryCode.describe('Code of the ground of the contract in НСИ 58'),
  owners: z
    .union([
      z.literal('owners'),
      z.strictObject({
        party: z.enum(['cooperative', 'municipal-housing', 'building-owner', 'competent-authority']),
        organisation: Uuid.describe('Organisation in the register (orgRootEntityGUID)'),
      }),
    ])
    .describe('The other party: the owners of the premises, or an organisation'),
  files: files.describe('The contract itself'),
};

/** Body of `POST /v1/management-contracts`. */
export const PublishContract = z
  .strictObject({
    action: z
      .discriminatedUnion('kind', [
        z.strictObject({
          kind: z.literal('place'),
          ...terms,
          objects: z
            .array(
              z.strictObject({
                building: Uuid.describe('House under management'),
                transportGuid: Uuid.describe('UUID of yours for this house; outcomes are told by it'),
                from: PlainDate,
                to: PlainDate.optional(),
              }),
            )
            .min(1)
            .max(200)
            .describe('Houses of the contract'),
        }),
        z.strictObject({ kind: z.literal('edit'), version, ...terms }),
        z.strictObject({ kind: z.literal('approve'), version }),
        z.strictObject({ kind: z.literal('prolong'), version, until: PlainDate.optional() }),
        z.strictObject({
          kind: z.literal('terminate'),
          version,
          terminatedOn: PlainDate,
          reason: DirectoryCode.describe('Code of the reason in НСИ 54'),
          files: files.describe('Ground of the termination'),
        }),
        z.strictObject({
          kind: z.literal('annul'),
          version,
          reason: z.string().min(1).max(1000).describe('Why it is annulled'),
        }),
      ])
      .describe('What is done with the contract'),
    reference: z.string().min(1).max(200).optional().describe("Your own document's id"),
  })
  .meta({ id: 'PublishContract' });

export const publishContract: CommandDefinition = {
  kind: 'contracts.publish',
  resource: 'management-contracts',
  title: 'Place a management contract in ГИС ЖКХ, change or end it',
  payloadVersion: 1,
  upcasters: {},
  schema: PublishContract,
  subject: (payload) => {
    const { version } = (payload.action ?? {}) as { version?: unknown };
    return typeof version === 'string' ? `contract:${version}` : null;
  },
  ordering: 'fifo',
  idempotencyKey: 'required',
  scope: 'write:contracts',
};
