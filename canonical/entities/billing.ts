import { z } from 'zod';
import type { EntityDefinition } from '../entity.ts';
import { Decimal } from '../values/decimal.ts';
import { Money } from '../values/money.ts';
import { Instant, Period, PlainDate } from '../values/time.ts';
import { Uuid } from '../values/uuid.ts';

export const Charge = z
  .strictObject({
    account: Uuid.describe('Personal account'),
    period: Period.describe('Month that is charged for'),
    service: z.string().max(255).nullable().default(null).describe('Service (услуга)'),
    amount: Money.describe('Charged (начислено)'),
    volume: Decimal.nullable().default(null).describe('Volume (объем)'),
    rate: Decimal.nullable().default(null).describe('Tariff (тариф)'),
    recalculation: Money.nullable().default(null).describe('Recalculation (перерасчет)'),
    benefits: Money.nullable().default(null).describe('Benefits (льготы)'),
  })
  .meta({ id: 'Charge' });

export const Payment = z
  .strictObject({
    account: Uuid.describe('Personal account'),
    amount: Money.describe('Paid'),
    paidOn: PlainDate.describe('Date of payment'),
    source: z.string().max(50).nullable().default(null).describe('Where it came through'),
    paymentId: z.string().max(64).nullable().default(null).describe('Id given by the bank or acquirer'),
    registryNumber: z.string().max(50).nullable().default(null).describe('Number of the payment register (реестр)'),
  })
  .meta({ id: 'Payment' });

export const PaymentDocument = z
  .strictObject({
    account: Uuid.describe('Personal account'),
    period: Period.describe('Month that it is for'),
    number: z.string().max(30).nullable().default(null).describe('Number of the document'),
    uniqueNumber: z.string().max(18).nullable().default(null).describe('Identifier in ГИС ЖКХ (идентификатор ПД)'),
    state: z.enum(['draft', 'exposed', 'withdrawn']).describe('Проект, выставлен, отозван'),
    total: Money.nullable().default(null).describe('To be paid for the month'),
  })
  .meta({ id: 'PaymentDocument' });

export const Debt = z
  .strictObject({
    account: Uuid.describe('Personal account'),
    principal: Money.describe('Debt without penalties; negative = prepaid'),
    penalty: Money.describe('Penalties (пени)'),
    total: Money.describe('Principal and penalties'),
    asOf: Instant.describe('Moment of the balance'),
  })
  .meta({ id: 'Debt' });

const account = { path: 'account', match: 'exact', schema: Uuid, description: 'Of this account' } as const;

export const charges: EntityDefinition = {
  name: 'Charge',
  resource: 'charges',
  title: 'Charge',
  description: 'Line of a monthly bill (начисление)',
  schema: Charge,
  accountPath: 'account',
  filters: { account, period: { path: 'period', match: 'exact', schema: Period, description: 'Month' } },
};

export const paymentDocuments: EntityDefinition = {
  name: 'PaymentDocument',
  resource: 'payment-documents',
  title: 'Payment document',
  description: 'Bill of a month (платежный документ)',
  schema: PaymentDocument,
  accountPath: 'account',
  filters: { account, period: { path: 'period', match: 'exact', schema: Period, description: 'Month' } },
};

export const payments: EntityDefinition = {
  name: 'Payment',
  resource: 'payments',
  title: 'Payment',
  description: 'Payment to an account (оплата)',
  schema: Payment,
  accountPath: 'account',
  filters: {
    account,
    since: { path: 'paidOn', match: 'from', schema: PlainDate, description: 'Paid on this day or later' },
    paymentId: { path: 'paymentId', match: 'exact', schema: z.string(), description: 'Id given by the bank' },
  },
};

export const debts: EntityDefinition = {
  name: 'Debt',
  resource: 'debts',
  title: 'Debt',
  description: 'Balance of an account (задолженность)',
  schema: Debt,
  accountPath: 'account',
  filters: { account },
};
