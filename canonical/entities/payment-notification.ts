import { z } from 'zod';
import type { EntityDefinition } from '../entity.ts';
import { Money } from '../values/money.ts';
import { PlainDate } from '../values/time.ts';
import { Uuid } from '../values/uuid.ts';

/** How far a payment is matched with payment documents (статус квитирования). */
export const acknowledgementStatuses = [
  'new',
  'cancelled',
  'settled',
  'partlySettled',
  'settledInAdvance',
  'impossible',
] as const;

/** A payment that a bank or we have told ГИС ЖКХ of (извещение о принятии к исполнению распоряжения). */
export const PaymentNotification = z
  .strictObject({
    notification: Uuid.describe('GUID in ГИС ЖКХ; payment-acknowledgements and payment-cancellations name it'),
    order: z.string().max(32).describe('Number of the order (OrderID)'),
    paidOn: PlainDate.describe('Date of the payment'),
    amount: Money.describe('Paid'),
    online: z.boolean().default(false).describe('Paid over the internet'),
    paymentDocument: z.string().max(18).nullable().default(null).describe('Payment document that was paid by'),
    unifiedAccount: z.string().max(10).nullable().default(null).describe('Единый лицевой счёт'),
    service: z.string().max(13).nullable().default(null).describe('Identifier of the housing services (ЖКУ)'),
    status: z.enum(acknowledgementStatuses).describe('How far it is matched with payment documents'),
    settled: Money.describe('Matched with payment documents'),
    toldOn: PlainDate.describe('Day on which ГИС ЖКХ was told'),
  })
  .meta({ id: 'PaymentNotification' });

export const paymentNotifications: EntityDefinition = {
  name: 'PaymentNotification',
  resource: 'payment-notifications',
  title: 'Payment notification',
  description: 'Payment that ГИС ЖКХ was told of (извещение о платеже)',
  schema: PaymentNotification,
  filters: {
    status: {
      path: 'status',
      match: 'exact',
      schema: z.enum(acknowledgementStatuses),
      description: 'How far it is matched with payment documents',
    },
    order: { path: 'order', match: 'exact', schema: z.string(), description: 'With this number of the order' },
    paymentDocument: { path: 'paymentDocument', match: 'exact', schema: z.string(), description: 'Of this document' },
    paidSince: { path: 'paidOn', match: 'from', schema: PlainDate, description: 'Paid on this day or later' },
    paidUntil: { path: 'paidOn', match: 'to', schema: PlainDate, description: 'Paid on this day or earlier' },
  },
};
