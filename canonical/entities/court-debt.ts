import { z } from 'zod';
import type { EntityDefinition } from '../entity.ts';
import { personal } from '../personal.ts';
import { PlainDate } from '../values/time.ts';
import { Uuid } from '../values/uuid.ts';
import { PersonName } from './court.ts';

const day = (what: string) => PlainDate.nullable().default(null).describe(what);
const id = (what: string) => Uuid.nullable().default(null).describe(what);

/** An entry of the register of debts that a court act in force confirms (реестр задолженности ГИС ЖКХ). */
export const CourtDebt = z
  .strictObject({
    debt: Uuid.describe('GUID in ГИС ЖКХ; actions of court-debts name it'),
    premises: id('Premises the debt is on'),
    building: id('House the debt is on, where it is one dwelling'),
    debtor: personal(PersonName.describe('Name of the debtor (должник)')),
    actNumber: z.string().max(255).describe('Number of the court act'),
    inForceOn: day('In force since'),
    pronouncedOn: day('Pronounced'),
    note: personal(z.string().max(1000).nullable().default(null).describe('Words beside it')),
    status: z.enum(['published', 'cancelled']).describe('State of the entry'),
    repaid: z.boolean().describe('The debt counts as repaid'),
    repaidOn: day('Day of the repayment'),
    publishedOn: day('First published'),
    changedOn: day('Last published'),
  })
  .meta({ id: 'CourtDebt' });

export const courtDebts: EntityDefinition = {
  name: 'CourtDebt',
  resource: 'court-debts',
  title: 'Court debt',
  description: 'Entry of the register of debts by court acts in ГИС ЖКХ',
  schema: CourtDebt,
  filters: {
    premises: { path: 'premises', match: 'exact', schema: Uuid, description: 'On these premises' },
    actNumber: { path: 'actNumber', match: 'exact', schema: z.string(), description: 'By this court act' },
    status: {
      path: 'status',
      match: 'exact',
      schema: z.enum(['published', 'cancelled']),
      description: 'State of the entry',
    },
    changedSince: { path: 'changedOn', match: 'from', schema: PlainDate, description: 'Changed on this day or later' },
  },
};
