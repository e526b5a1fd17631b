import { z } from 'zod';
import type { CommandDefinition } from '../command.ts';
import { personal } from '../personal.ts';
import { Uuid } from '../values/uuid.ts';
import { AttachedFile } from './directory-element.ts';

const answerer = Uuid.describe('GUID of the employee in the cabinet of the organisation (AnswererGUID)');

/** Body of `POST /v1/appeal-answers`. */
export const AnswerAppeal = z
  .strictObject({
    appeal: Uuid.describe('Appeal (обращение): its GUID in ГИС ЖКХ'),
    answerer,
    text: personal(z.string().min(1).max(10_000).describe('The answer')),
    files: z.array(AttachedFile).max(20).optional().describe('Documents of the answer'),
    send: z.boolean().default(true).describe('Send the answer at once; else it is a draft'),
    reference: z.string().min(1).max(200).optional().describe("Your own document's id"),
  })
  .meta({ id: 'AnswerAppeal' });

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
