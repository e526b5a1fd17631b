import { z } from 'zod';
import type { EntityDefinition } from '../entity.ts';
import { personal } from '../personal.ts';
import { PlainDate } from '../values/time.ts';
import { Uuid } from '../values/uuid.ts';
import { PersonName } from './court.ts';

const text = (max: number, what: string) => z.string().max(max).nullable().default(null).describe(what);
const day = (what: string) => PlainDate.nullable().default(null).describe(what);
const id = (what: string) => Uuid.nullable().default(null).describe(what);

export const appealStatuses = ['sent', 'inWork', 'executed', 'withdrawn'] as const;

/** One thing that was done with an appeal: an answer, or what stands in place of one. */
export const AppealEvent = z
  .strictObject({
    on: PlainDate.describe('Day of the change'),
    answer: text(10_000, 'Text of an answer'),
    answeredOn: day('Day on which that answer was sent; null = a draft'),
    employee: id('GUID of the employee who did it (AnswererGUID)'),
    redirectedTo: id('Organisation that it was sent on to (orgRootEntityGUID)'),
    prolongedUntil: day('New term'),
    noAnswerBecause: text(1000, 'Why no answer is due'),
  })
  .meta({ id: 'AppealEvent' });

/** What somebody has written to the organisation through ГИС ЖКХ (обращение). */
export const Appeal = z
  .strictObject({
    appeal: Uuid.describe('GUID in ГИС ЖКХ; appeal-answers and appeal-actions name it'),
    number: z.string().max(30).describe('Number in ГИС ЖКХ'),
    receivedOn: PlainDate.describe('Created'),
    status: z.enum(appealStatuses).describe('State in ГИС ЖКХ'),
    answerBy: day('Last day for the answer, where ГИС ЖКХ tells it'),
    topicCode: text(20, 'Topic: code in НСИ 220'),
    topic: text(250, 'Topic in words, where it is none of the directory'),
    building: id('House, where the sender knows it as one of ours'),
    houseGar: id('House in the state address register (ФИАС)'),
    apartment: personal(z.string().max(100).nullable().default(null).describe('Premises as they came')),
    applicant: personal(PersonName.describe('Name of the person who writes; empty for an organisation')),
    applicantOrganisation: id('Organisation that writes (orgRootEntityGUID)'),
    phone: personal(z.string().max(50).nullable().default(null).describe('Telephone as it came')),
    email: personal(z.string().max(100).nullable().default(null).describe('E-mail for the answer')),
    text: personal(z.string().max(10_000).describe('What is written')),
    employee: id('Employee who works on it (AnswererGUID)'),
    redirected: z.boolean().default(false).describe('Sent on to another organisation'),
    prolonged: z.boolean().default(false).describe('Its term was prolonged'),
    answerNotRequired: z.boolean().default(false).describe('No answer is due'),
    history: personal(z.array(AppealEvent).max(1000).default([]).describe('What was done with it, oldest first')),
  })
  .meta({ id: 'Appeal' });
export type Appeal = z.output<typeof Appeal>;

export const appeals: EntityDefinition = {
  name: 'Appeal',
  resource: 'appeals',
  title: 'Appeal',
  description: 'Appeal of a resident in ГИС ЖКХ (обращение)',
  schema: Appeal,
  filters: {
    status: { path: 'status', match: 'exact', schema: z.enum(appealStatuses), description: 'State in ГИС ЖКХ' },
    number: { path: 'number', match: 'exact', schema: z.string(), description: 'Number in ГИС ЖКХ' },
    building: { path: 'building', match: 'exact', schema: Uuid, description: 'About this house' },
    receivedSince: {
      path: 'receivedOn',
      match: 'from',
      schema: PlainDate,
      description: 'Created on this day or later',
    },
    dueBy: { path: 'answerBy', match: 'to', schema: PlainDate, description: 'To be answered on this day or earlier' },
  },
};
