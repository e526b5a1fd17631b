import { z } from 'zod';
import type { EntityDefinition } from '../entity.ts';
import { personal } from '../personal.ts';
import { Money } from '../values/money.ts';
import { PlainDate } from '../values/time.ts';
import { Uuid } from '../values/uuid.ts';

const text = (max: number, what: string) => z.string().max(max).nullable().default(null).describe(what);
const day = (what: string) => PlainDate.nullable().default(null).describe(what);

/**
 * How far a case has come (стадия). Only from `ordered` on there can be a court act, and `cancelled` says that there is
 * none any more.
 */
export const courtStages = ['pretrial', 'preparing', 'filed', 'ordered', 'cancelled', 'enforcement', 'closed'] as const;
export type CourtStage = (typeof courtStages)[number];

/** Судебный приказ, решение суда, исполнительный лист. */
export const courtActKinds = ['order', 'judgment', 'writ'] as const;

export const PersonName = z
  .strictObject({
    lastName: text(255, 'Фамилия'),
    firstName: text(255, 'Имя'),
    middleName: text(255, 'Отчество'),
  })
  .meta({ id: 'PersonName' });
export type PersonName = z.infer<typeof PersonName>;

export const CourtAct = z
  .strictObject({
    kind: z.enum(courtActKinds).nullable().default(null).describe('Судебный приказ, решение, исполнительный лист'),
    number: text(255, 'Number of the act'),
    pronouncedOn: day('Pronounced (вынесен)'),
    inForceOn: day('In force since (дата вступления в законную силу); null = not known'),
  })
  .meta({ id: 'CourtAct' });

/** A document of a case; its content stays in the accounting system and is fetched when somebody needs it. */
export const CourtFile = z
  .strictObject({
    key: z.string().min(1).max(200).describe('Where its content is to be found in the source'),
    name: z.string().min(1).max(255).describe('File name'),
    contentType: text(100, 'Media type, where known'),
    size: z.int().min(0).nullable().default(null).describe('Bytes, where known'),
  })
  .meta({ id: 'CourtFile' });

export const CourtCase = z
  .strictObject({
    code: text(50, 'Code in the accounting system'),
    account: Uuid.describe('Personal account the debt is on'),
    customer: Uuid.nullable().default(null).describe('Debtor as a customer'),
    debtor: personal(PersonName.nullable().default(null).describe('Name of the debtor (должник)')),
    stage: z.enum(courtStages).describe('How far it has come (стадия)'),
    amount: Money.describe('Debt that is claimed, without penalties (сумма долга)'),
    penalties: Money.nullable().default(null).describe('Penalties (пени)'),
    stateDuty: Money.nullable().default(null).describe('State duty (госпошлина)'),
    number: text(50, 'Number of the case (номер дела)'),
    court: text(255, 'Court or justice of the peace (суд, судебный участок)'),
    filedOn: day('Filed with the court (дата подачи)'),
    act: CourtAct.nullable().default(null).describe('Court act (судебный акт)'),
    debtFrom: day('First day of the period the debt arose in'),
    debtTo: day('Last day of the period the debt arose in'),
    enforcementNumber: text(50, 'Number of the enforcement proceeding (номер ИП)'),
    externalId: text(36, 'Id given by whoever made the case'),
    files: z.array(CourtFile).max(100).default([]).describe('Documents of the case, without their content'),
  })
  .meta({ id: 'CourtCase' });
export type CourtCase = z.output<typeof CourtCase>;

export const courtCases: EntityDefinition = {
  name: 'CourtCase',
  resource: 'court-cases',
  title: 'Court case',
  description: 'Case about the debt of an account (судебное дело)',
  schema: CourtCase,
  filters: {
    account: { path: 'account', match: 'exact', schema: Uuid, description: 'Of this account' },
    customer: { path: 'customer', match: 'exact', schema: Uuid, description: 'Against this customer' },
    stage: { path: 'stage', match: 'exact', schema: z.enum(courtStages), description: 'At this stage' },
    number: { path: 'number', match: 'exact', schema: z.string(), description: 'Number of the case' },
    filedSince: { path: 'filedOn', match: 'from', schema: PlainDate, description: 'Filed on this day or later' },
  },
};
