import { z } from 'zod';
import type { CommandDefinition } from '../command.ts';
import { personal } from '../personal.ts';
import { PlainDate } from '../values/time.ts';
import { Uuid } from '../values/uuid.ts';
import { AttachedFile } from './directory-element.ts';

const files = z.array(AttachedFile).max(20).optional();
const answerer = Uuid.describe('GUID of the employee in the cabinet of the organisation (AnswererGUID)');

/** Body of `POST /v1/appeal-answers`. */
export const AnswerAppeal = z
  .strictObject({
    appeal: Uuid.describe('Appeal (обращение): its GUID in ГИС ЖКХ'),
    answerer,
    text: personal(z.string().min(1).max(10_000).describe('The answer')),
    files: files.describe('Documents of the answer'),
    send: z.boolean().default(true).describe('Send the answer at once; else it is a draft'),
    reference: z.string().min(1).max(200).optional().describe("Your own document's id"),
  })
  .meta({ id: 'AnswerAppeal' });

const explained = (shortest: number) => personal(z.string().min(shortest).max(1000));

/** Body of `POST /v1/appeal-actions`: what is done with an appeal besides answering it. */
export const ActOnAppeal = z
  .strictObject({
    appeal: Uuid.describe('Appeal (обращение): its GUID in ГИС ЖКХ'),
    answerer,
    action: z
      .discriminatedUnion('kind', [
        z.strictObject({
          kind: z.literal('assign'),
          on: PlainDate.optional().describe('Day of the appointment'),
        }),
        z.strictObject({ kind: z.literal('finish') }),
        z.strictObject({
          kind: z.literal('redirect'),
          organisation: Uuid.describe('Organisation in the register (orgRootEntityGUID)'),
          comment: explained(100).describe('Why it goes there, at least 100 characters'),
          files,
        }),
        z.strictObject({
          kind: z.literal('prolong'),
          until: PlainDate.describe('New term'),
          comment: explained(20).describe('Why it takes longer, at least 20 characters'),
          files,
        }),
        z.strictObject({
          kind: z.literal('no-answer'),
          cause: explained(20).describe('Why no answer is due, at least 20 characters'),
        }),
      ])
      .describe('Appoint who works on it, finish it, send it on, prolong its term, or say that no answer is due'),
    reference: z.string().min(1).max(200).optional().describe("Your own document's id"),
  })
  .meta({ id: 'ActOnAppeal' });

export const actOnAppeal: CommandDefinition = {
  kind: 'appeals.act',
  resource: 'appeal-actions',
  title: 'Redirect an appeal in ГИС ЖКХ, prolong or finish it',
  payloadVersion: 1,
  upcasters: {},
  schema: ActOnAppeal,
  subject: (payload) => `appeal:${String(payload.appeal)}`,
  ordering: 'fifo',
  idempotencyKey: 'required',
  scope: 'write:appeals',
};

export const answerAppeal: CommandDefinition = {
  kind: 'appeals.answer',
  resource: 'appeal-answers',
  title: 'Answer an appeal in ГИС ЖКХ',
  payloadVersion: 1,
  upcasters: {},
  schema: AnswerAppeal,
  subject: (payload) => `appeal:${String(payload.appeal)}`,
  ordering: 'fifo',
  idempotencyKey: 'required',
  scope: 'write:appeals',
};
