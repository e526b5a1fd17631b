import { z } from 'zod';
import type { CommandDefinition } from '../command.ts';
import { personal } from '../personal.ts';
import { Decimal } from '../values/decimal.ts';
import { PlainDate } from '../values/time.ts';
import { Uuid } from '../values/uuid.ts';
import { DirectoryCode } from './directory-element.ts';

const name = (what: string) => z.string().min(1).max(256).describe(what);

export const Payer = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('person'),
      lastName: name('Фамилия'),
      firstName: name('Имя'),
      middleName: name('Отчество').optional(),
      sex: z.enum(['male', 'female']).optional(),
      bornOn: PlainDate.optional(),
      snils: z
        .string()
        .regex(/^\d{11}$/, 'must be 11 digits')
        .optional()
        .describe('СНИЛС, digits only'),
      renter: z.boolean().optional().describe('Rents the dwelling (наниматель)'),
    }),
    z.strictObject({
      kind: z.literal('organisation'),
      version: Uuid.describe('Version of the organisation in the register of ГИС ЖКХ (orgVersionGUID)'),
      renter: z.boolean().optional().describe('Rents the premises'),
    }),
    z.strictObject({ kind: z.literal('unknown') }),
  ])
  .describe('Who pays');

/** Body of `POST /v1/account-publications`. */
export const PublishAccount = z
  .strictObject({
    account: Uuid.describe('Personal account; one that ГИС ЖКХ knows is changed, another is created'),
    building: Uuid.describe('House'),
    known: z.boolean().default(false).describe('ГИС ЖКХ has this account already: change it'),
    type: z
      .enum(['UO', 'RSO', 'CR', 'RC', 'OMS', 'TKO'])
      .default('UO')
      .describe('Whose account it is: УО, РСО, капитальный ремонт, расчетный центр, ОГВ/ОМС, ТКО'),
    number: personal(z.string().min(1).max(30).describe('Number of the account')),
    residents: z.int().min(0).max(9999).optional().describe('Persons who live there (проживающие)'),
    area: Decimal.optional().describe('Whole area, m²'),
    livingArea: Decimal.optional().describe('Living area, m²'),
    heatedArea: Decimal.optional().describe('Heated area, m²'),
    premises: z
      .array(
        z.union([
          z.strictObject({
            premises: Uuid.describe('Premises'),
            sharePercent: Decimal.optional().describe('Share of the payment, %'),
          }),
          z.strictObject({
            room: Uuid.describe('Room: its GUID in ГИС ЖКХ'),
            sharePercent: Decimal.optional().describe('Share of the payment, %'),
          }),
          z.strictObject({
            building: Uuid.describe('A whole house'),
            sharePercent: Decimal.optional().describe('Share of the payment, %'),
          }),
        ]),
      )
      .min(1)
      .max(50)
      .describe('What the account is for'),
    payer: personal(Payer),
    divided: z.boolean().optional().describe('Accounts of the premises are divided (лицевые счета разделены)'),
    close: z
      .strictObject({
        closedOn: PlainDate,
        reason: DirectoryCode.describe('Code of the reason in НСИ 22'),
        description: z.string().min(1).max(250).optional(),
      })
      .optional()
      .describe('Closes the account'),
    reference: z.string().min(1).max(200).optional().describe("Your own document's id"),
  })
  .meta({ id: 'PublishAccount' });

export const publishAccount: CommandDefinition = {
  kind: 'accounts.publish',
  resource: 'account-publications',
  title: 'Publish a personal account in ГИС ЖКХ, change it or close it',
  payloadVersion: 1,
  upcasters: {},
  schema: PublishAccount,
  subject: (payload) => `account:${String(payload.account)}`,
  ordering: 'fifo',
  idempotencyKey: 'recommended',
  scope: 'write:accounts',
};
