import { z } from 'zod';
import type { CommandDefinition } from '../command.ts';
import { Money } from '../values/money.ts';
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

/** ГИС ЖКХ refuses a single digit after the point, so it is not filled up silently here either. */
const Price = z
  .string()
  .regex(/^(0|[1-9]\d{0,9})\.\d{2,4}$/, 'must be decimal text with two to four places, such as "3.4567"')
  .describe('Price of the service, roubles');

/** Размер платы за содержание жилого помещения. */
const payments = {
  from: PlainDate.describe('First day of the period'),
  to: PlainDate.describe('Last day of the period'),
  size: Money.describe('Price of the management of the house, or of the upkeep of a dwelling by a tender'),
  setBy: z
    .enum(['meeting', 'tender', 'authority'])
    .describe('Who has set it: the meeting of owners, an open tender, or the local authority'),
  protocol: z
    .union([
      z.strictObject({ files }),
      z.strictObject({ guid: Uuid.describe('Version of the protocol in ГИС ЖКХ (VotingProtocolGUID)') }),
    ])
    .optional()
    .describe('Protocol of the meeting. Absent = ГИС ЖКХ looks for it among those of the contract'),
  services: z
    .array(z.strictObject({ service: DirectoryCode.describe('Code of the work in НСИ 59'), price: Price.optional() }))
    .max(500)
    .optional()
    .describe('Works and services of the upkeep with their prices'),
  object: Uuid.optional().describe('Only for this house of the contract (ContractObjectVersionGUID)'),
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
        z.strictObject({ kind: z.literal('place-payments'), version, ...payments }),
        z.strictObject({
          kind: z.literal('annul-payments'),
          version: version.describe('Version of the contract that has them: they are looked for there'),
          payments: Uuid.describe('Version of the payments in ГИС ЖКХ (ContractPaymentsInfoVersionGUID)'),
          reason: z.string().min(1).max(1024).describe('Why they are annulled'),
        }),
      ])
      .describe('What is done with the contract'),
    reference: z.string().min(1).max(200).optional().describe("Your own document's id"),
  })
  .meta({ id: 'PublishContract' });

export const publishContract: CommandDefinition = {
  kind: 'contracts.publish',
  resource: 'management-contracts',
  title: 'Place a management contract or its payments in ГИС ЖКХ, change or end it',
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
