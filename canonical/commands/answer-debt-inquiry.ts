import { z } from 'zod';
import type { CommandDefinition } from '../command.ts';
import { courtActKinds } from '../entities/court.ts';
import { personal } from '../personal.ts';
import { Uuid } from '../values/uuid.ts';

const name = (what: string) => z.string().min(1).max(255).describe(what);

export const DebtDocument = z
  .strictObject({
    file: Uuid.describe('File of the hub: POST /v1/files'),
    name: z.string().min(1).max(255).describe('File name'),
    description: z.string().min(1).max(500).describe('What it is'),
    kind: z.enum(courtActKinds).describe('Судебный приказ, решение суда, исполнительный лист'),
  })
  .meta({ id: 'DebtDocument' });
export type DebtDocument = z.output<typeof DebtDocument>;

export const Debtor = z
  .strictObject({
    person: z
      .strictObject({
        lastName: name('Фамилия'),
        firstName: name('Имя'),
        middleName: name('Отчество').optional(),
        snils: z
          .string()
          .regex(/^\d{11}$/, 'must be 11 digits')
          .optional()
          .describe('СНИЛС, digits only'),
      })
      .describe('Who owes'),
    documents: z.array(DebtDocument).min(1).max(20).describe('Court acts that confirm the debt'),
  })
  .meta({ id: 'Debtor' });

/** Body of `POST /v1/debt-inquiries/{id}/answer`; the inquiry itself comes from the path. */
export const AnswerDebtInquiry = z
  .strictObject({
    inquiry: Uuid.describe('Debt inquiry that is answered'),
    action: z.enum(['send', 'revoke']).describe('Give an answer, or take one back'),
    hasDebt: z.boolean().optional().describe('There is debt confirmed by a court act in force; needed with send'),
    description: personal(z.string().min(1).max(1000).optional().describe('Words beside the answer')),
    debtors: personal(z.array(Debtor).max(20).optional().describe('Who owes; needed with hasDebt: true')),
    executor: Uuid.optional().describe('GUID of the employee who answers; default: the one of hub.yaml'),
    reference: z.string().min(1).max(200).optional().describe("Your own document's id"),
  })
  .superRefine((answer, ctx) => {
    const issue = (path: string, message: string): void => ctx.addIssue({ code: 'custom', path: [path], message });
    const { action, hasDebt, debtors = [] } = answer;
    if (action === 'send' && hasDebt === undefined) issue('hasDebt', 'is required with action send (boolean)');
    if (action === 'send' && hasDebt === true && debtors.length === 0)
      issue('debtors', 'is required with hasDebt: true: who owes, with the court act');
    if (hasDebt !== true && debtors.length > 0) issue('debtors', 'goes with hasDebt: true only');
    if (action === 'revoke' && (hasDebt !== undefined || answer.description !== undefined))
      issue('action', 'revoke takes the answer back and carries none: leave hasDebt and description out');
  })
  .meta({ id: 'AnswerDebtInquiry' });
export type AnswerDebtInquiry = z.output<typeof AnswerDebtInquiry>;

export const answerDebtInquiry: CommandDefinition = {
  kind: 'debt-inquiries.answer',
  resource: 'debt-inquiries',
  at: { field: 'inquiry', verb: 'answer', entity: 'DebtInquiry' },
  title: 'Answer a debt inquiry',
  payloadVersion: 1,
  upcasters: {},
  schema: AnswerDebtInquiry,
  subject: (payload) => `debt-inquiry:${String(payload.inquiry)}`,
  ordering: 'fifo',
  idempotencyKey: 'required',
  scope: 'write:debt-inquiries',
};
