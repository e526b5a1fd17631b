import { z } from 'zod';
import type { EntityDefinition } from '../entity.ts';
import { personal } from '../personal.ts';
import { Email, normalisePhone, Phone } from '../values/contact.ts';
import { Decimal, Share } from '../values/decimal.ts';
import { PlainDate } from '../values/time.ts';
import { Uuid } from '../values/uuid.ts';
import { indexedForms, numberForm, wordsOf } from '../values/words.ts';

const text = (max: number, what: string) => z.string().max(max).nullable().default(null).describe(what);

export const PersonalAccount = z
  .strictObject({
    number: personal(z.string().min(1).max(20).describe('Number of the personal account (лицевой счет)')),
    name: personal(text(255, 'Name of the account in the accounting system')),
    state: z.enum(['open', 'closed']).describe('Open or closed'),
    premises: Uuid.nullable().default(null).describe('Premises it is for'),
    holder: Uuid.nullable().default(null).describe('Customer who answers for it (собственник, наниматель)'),
    organisationRef: Uuid.nullable().default(null).describe('Organisation that keeps the account'),
    openedOn: PlainDate.nullable().default(null).describe('Date of opening'),
    closedOn: PlainDate.nullable().default(null).describe('Date of closing'),
    area: Decimal.nullable().default(null).describe('Area that is charged for, square metres'),
    residents: z.int().min(0).max(1000).nullable().default(null).describe('Number of residents'),
    unifiedNumber: personal(text(10, 'Unified account number in ГИС ЖКХ (ЕЛС)')),
    serviceId: personal(text(13, 'Identifier of housing services in ГИС ЖКХ (идентификатор ЖКУ)')),
  })
  .meta({ id: 'PersonalAccount' });

export const Customer = z
  .strictObject({
    name: personal(z.string().min(1).max(255).describe('Whole name')),
    lastName: personal(text(50, 'Фамилия')),
    firstName: personal(text(50, 'Имя')),
    middleName: personal(text(50, 'Отчество')),
    birthDate: personal(PlainDate.nullable().default(null).describe('Date of birth')),
    snils: personal(text(14, 'СНИЛС')),
    inn: personal(text(12, 'ИНН')),
    phones: personal(z.array(Phone).max(20).default([]).describe('Phones, the main one first')),
    emails: personal(z.array(Email).max(20).default([]).describe('E-mail addresses')),
  })
  .meta({ id: 'Customer' });

export const Residence = z
  .strictObject({
    account: Uuid.describe('Personal account'),
    customer: Uuid.describe('Who lives or owns there'),
    status: z
      .enum(['owner', 'tenant', 'registered', 'temporarily-registered'])
      .describe('Собственник, наниматель, зарегистрирован, временно зарегистрирован'),
    share: Share.nullable().default(null).describe('Share of ownership'),
    since: PlainDate.nullable().default(null).describe('Since when'),
  })
  .meta({ id: 'Residence' });

export const accounts: EntityDefinition = {
  name: 'PersonalAccount',
  resource: 'accounts',
  title: 'Personal account',
  description: 'Personal account of premises (лицевой счет)',
  schema: PersonalAccount,
  accountPath: 'id',
  words: ({ number, unifiedNumber, serviceId }) => textsOf(number, unifiedNumber, serviceId).map(numberForm),
  filters: {
    number: {
      path: 'number',
      match: 'exact',
      blind: true,
      normalise: (v) => v.trim(),
      schema: z.string().max(20),
      description: 'Account number',
    },
    premises: { path: 'premises', match: 'exact', schema: Uuid, description: 'Accounts of these premises' },
    holder: { path: 'holder', match: 'exact', schema: Uuid, description: 'Accounts of this customer' },
    state: { path: 'state', match: 'exact', schema: z.enum(['open', 'closed']), description: 'Open or closed' },
  },
};

export const customers: EntityDefinition = {
  name: 'Customer',
  resource: 'customers',
  title: 'Customer',
  description: 'Person who owns, rents or lives (собственник, наниматель, жилец)',
  schema: Customer,
  words: ({ name, lastName, firstName, middleName }) =>
    textsOf(name, lastName, firstName, middleName).flatMap(wordsOf).flatMap(indexedForms),
  filters: {
    phone: {
      path: 'phones',
      match: 'exact',
      blind: true,
      normalise: normalisePhone,
      schema: z.string().max(30),
      description: 'Phone in any usual form',
    },
    email: {
      path: 'emails',
      match: 'exact',
      blind: true,
      normalise: (v) => v.trim().toLowerCase(),
      schema: z.string().max(254),
      description: 'E-mail address',
    },
  },
};

export const residences: EntityDefinition = {
  name: 'Residence',
  resource: 'residences',
  title: 'Residence',
  description: 'Who lives or owns where, with shares (проживающие и собственники)',
  schema: Residence,
  accountPath: 'account',
  filters: {
    account: { path: 'account', match: 'exact', schema: Uuid, description: 'Of this account' },
    customer: { path: 'customer', match: 'exact', schema: Uuid, description: 'Of this customer' },
  },
};

function textsOf(...values: unknown[]): string[] {
  return values.filter((v): v is string => typeof v === 'string' && v !== '');
}
