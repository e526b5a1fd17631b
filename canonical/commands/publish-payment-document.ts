import { z } from 'zod';
import type { CommandDefinition } from '../command.ts';
import { Decimal } from '../values/decimal.ts';
import { Money } from '../values/money.ts';
import { Period, PlainDate } from '../values/time.ts';
import { Uuid } from '../values/uuid.ts';
import { DirectoryElement } from './directory-element.ts';

const MOST_LINES = 200;

export const lineKinds = ['housing', 'additional', 'municipal', 'penalty', 'capital-repair'] as const;

export const PaymentDocumentLine = z
  .strictObject({
    kind: z
      .enum(lineKinds)
      .describe('Жилищная, дополнительная, коммунальная услуга; пени и судебные расходы; взнос на капитальный ремонт'),
    service: DirectoryElement.optional().describe('Service; needed but for capital repair'),
    tariff: Decimal.optional().describe('Tariff (тариф), roubles a unit'),
    volumes: z
      .array(
        z.strictObject({
          volume: Decimal.describe('Volume in the unit of the service'),
          of: z.enum(['individual', 'common']).describe('Of the dwelling, or of the common property (ОДН)'),
          by: z.enum(['norm', 'meter', 'other']).optional().describe('How it was found'),
        }),
      )
      .max(2)
      .optional()
      .describe('Consumption (объем)'),
    charged: Money.optional().describe('Charged for the period, before recalculations (начислено)'),
    recalculation: Money.optional().describe('Recalculations (перерасчеты), may be negative'),
    discount: Money.optional().describe('Benefits and subsidies (льготы, субсидии), not negative'),
    correction: z
      .strictObject({ amount: Money, reason: z.string().min(1).max(500) })
      .optional()
      .describe('Recalculation with its reason (основание перерасчета)'),
    cause: z.string().min(1).max(1000).optional().describe('What a penalty is for; needed with kind penalty'),
    payable: Money.describe('To be paid for the period (к оплате)'),
  })
  .meta({ id: 'PaymentDocumentLine' });

/** Body of `POST /v1/payment-documents`. */
export const PublishPaymentDocument = z
  .strictObject({
    account: Uuid.describe('Personal account'),
    building: Uuid.optional().describe('House, for your own records: documents of one house travel together'),
    period: Period,
    number: z.string().min(1).max(30).optional().describe('Number of the document'),
    lines: z.array(PaymentDocumentLine).min(1).max(MOST_LINES).describe('What is charged'),
    total: Money.describe('To be paid by the document, without debt (итого к оплате)'),
    totalWithDebt: Money.optional().describe('To be paid with debt and advance'),
    debt: Money.optional().describe('Debt of earlier periods (задолженность)'),
    advance: Money.optional().describe('Paid in advance (аванс)'),
    paid: Money.optional().describe('Paid in the period (оплачено)'),
    lastPaymentOn: PlainDate.optional().describe('Date of the last payment that is counted'),
    note: z.string().min(1).max(1000).optional().describe('Text for the resident'),
    payee: z
      .strictObject({
        bik: z.string().regex(/^\d{9}$/, 'must be the 9 digits of a БИК'),
        account: z.string().regex(/^\d{20}$/, 'must be the 20 digits of a bank account'),
      })
      .describe('Whom is paid: bank and account (платежные реквизиты)'),
    expose: z.boolean().default(true).describe('Show it to the resident at once (выставить); else it is a draft'),
    amountsConfirmed: z.boolean().default(true).describe('The sums are ours: ГИС ЖКХ does not compute them anew'),
    reference: z.string().min(1).max(200).optional().describe("Your own document's id"),
  })
  .meta({ id: 'PublishPaymentDocument' });
export type PublishPaymentDocument = z.output<typeof PublishPaymentDocument>;

export const publishPaymentDocument: CommandDefinition = {
  kind: 'payment-documents.publish',
  resource: 'payment-documents',
  title: 'Publish a payment document in ГИС ЖКХ',
  payloadVersion: 1,
  upcasters: {},
  schema: PublishPaymentDocument,
  subject: (payload) => `account:${String(payload.account)}`,
  ordering: 'fifo',
  idempotencyKey: 'required',
  scope: 'write:payment-documents',
};

/** Body of `POST /v1/payment-document-withdrawals`. */
export const WithdrawPaymentDocument = z
  .strictObject({
    paymentDocument: z.string().length(18).describe('Identifier that ГИС ЖКХ gave the document (18 characters)'),
    account: Uuid.optional().describe('Its personal account: keeps the order with other documents of the account'),
    reference: z.string().min(1).max(200).optional().describe("Your own document's id"),
  })
  .meta({ id: 'WithdrawPaymentDocument' });

export const withdrawPaymentDocument: CommandDefinition = {
  kind: 'payment-documents.withdraw',
  resource: 'payment-document-withdrawals',
  title: 'Withdraw a payment document from ГИС ЖКХ',
  payloadVersion: 1,
  upcasters: {},
  schema: WithdrawPaymentDocument,
  subject: (payload) => (typeof payload.account === 'string' ? `account:${payload.account}` : null),
  ordering: 'fifo',
  idempotencyKey: 'required',
  scope: 'write:payment-documents',
};
