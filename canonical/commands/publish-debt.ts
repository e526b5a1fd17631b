import { z } from 'zod';
import type { CommandDefinition } from '../command.ts';
import { personal } from '../personal.ts';
import { PlainDate } from '../values/time.ts';
import { Uuid } from '../values/uuid.ts';
import { AttachedFile, DirectoryCode } from './directory-element.ts';

const name = (what: string) => z.string().min(1).max(255).describe(what);
const debt = Uuid.describe('Debt in the register of ГИС ЖКХ (DebtGUID)');
const files = z.array(AttachedFile).max(20).optional();
const note = z.string().min(1).max(1000).optional();

/** Body of `POST /v1/court-debts`: the register of debts that a court act in force confirms. */
export const PublishDebt = z
  .strictObject({
    account: Uuid.optional().describe('Personal account, for your own records'),
    action: personal(
      z
        .discriminatedUnion('kind', [
          z.strictObject({
            kind: z.literal('place'),
            object: z
              .discriminatedUnion('kind', [
                z.strictObject({ kind: z.literal('premises'), premises: Uuid }),
                z.strictObject({ kind: z.literal('room'), room: Uuid.describe('GUID of the room in ГИС ЖКХ') }),
                z.strictObject({ kind: z.literal('building'), building: Uuid }),
              ])
              .describe('What the debt is on'),
            debtor: z.strictObject({
              lastName: name('Фамилия'),
              firstName: name('Имя'),
              middleName: name('Отчество').optional(),
              inn: z
                .string()
                .regex(/^\d{12}$/, 'must be 12 digits')
                .optional()
                .describe('ИНН'),
              snils: z
                .string()
                .regex(/^\d{11}$/, 'must be 11 digits')
                .optional()
                .describe('СНИЛС, digits only'),
            }),
            act: z
              .strictObject({
                number: z.string().min(1).max(255),
                inForceOn: PlainDate.describe('In force since'),
                pronouncedOn: PlainDate.describe('Pronounced'),
                files,
              })
              .describe('Court act (судебный акт)'),
            files: files.describe('Other documents of the debt'),
            note,
          }),
          z.strictObject({ kind: z.literal('edit'), debt, files, note }),
          z.strictObject({
            kind: z.literal('annul'),
            debt,
            reason: DirectoryCode.describe('Code of the reason in НСИ 365'),
            note,
          }),
          z.strictObject({ kind: z.literal('repay'), debt, paidOn: PlainDate.optional(), note }),
          z.strictObject({
            kind: z.literal('annul-repayment'),
            debt,
            reason: DirectoryCode.describe('Code of the reason in НСИ 366'),
            note,
          }),
        ])
        .describe('What is done with the debt'),
    ),
    reference: z.string().min(1).max(200).optional().describe("Your own document's id"),
  })
  .meta({ id: 'PublishDebt' });

export const publishDebt: CommandDefinition = {
  kind: 'debts.publish',
  resource: 'court-debts',
  title: 'Place a debt confirmed by a court in the register of ГИС ЖКХ, change or repay it',
  payloadVersion: 1,
  upcasters: {},
  schema: PublishDebt,
  subject: (payload) => (typeof payload.account === 'string' ? `account:${payload.account}` : null),
  ordering: 'fifo',
  idempotencyKey: 'required',
  scope: 'write:debts',
};
