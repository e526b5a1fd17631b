import { z } from 'zod';
import type { CommandDefinition } from '../command.ts';
import { Money } from '../values/money.ts';
import { Period, PlainDate } from '../values/time.ts';
import { Uuid } from '../values/uuid.ts';
import { DirectoryElement } from './directory-element.ts';

const documentId = z.string().length(18).describe('Identifier of the payment document in ГИС ЖКХ (18 characters)');
const account = Uuid.optional().describe('Personal account, for your own records: keeps the order of its payments');
const reference = z.string().min(1).max(200).optional().describe("Your own document's id");

/** Body of `POST /v1/payment-notifications`: a payment that we took ourselves. */
export const PublishPayment = z
  .strictObject({
    account,
    paidOn: PlainDate.describe('Date of the payment'),
    period: Period.optional().describe('Month it is for'),
    paidBy: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('document'), id: documentId }),
        z.strictObject({
          kind: z.literal('service'),
          id: z.string().length(13).describe('Identifier of the housing services (ЖКУ, 13 characters)'),
        }),
      ])
      .describe('What was paid by'),
    amount: Money,
    online: z.boolean().optional().describe('Paid over the internet'),
    reference,
  })
  .meta({ id: 'PublishPayment' });

export const publishPayment: CommandDefinition = {
  kind: 'payments.publish',
  resource: 'payment-notifications',
  title: 'Tell ГИС ЖКХ of a payment',
  payloadVersion: 1,
  upcasters: {},
  schema: PublishPayment,
  subject: (payload) => (typeof payload.account === 'string' ? `account:${payload.account}` : null),
  ordering: 'fifo',
  idempotencyKey: 'required',
  scope: 'write:payments',
};

/** Body of `POST /v1/payment-acknowledgements`: which document a payment settles (квитирование). */
export const AcknowledgePayment = z
  .strictObject({
    account,
    notification: Uuid.describe('Notification of the payment in ГИС ЖКХ (NotificationsOfOrderExecutionGUID)'),
    action: z
      .discriminatedUnion('kind', [
        z.strictObject({
          kind: z.literal('settle'),
          paymentDocument: documentId,
          service: z
            .discriminatedUnion('kind', [
              z.strictObject({ kind: z.enum(['housing', 'municipal', 'additional']), id: Uuid }),
              z.strictObject({ kind: z.enum(['penalty', 'main-municipal']), element: DirectoryElement }),
            ])
            .describe('Service that is paid: by its GUID, or by the element of a directory'),
          amount: Money,
        }),
        z.strictObject({
          kind: z.literal('impossible'),
          reason: z.string().min(1).max(210).describe('Why it can’t be settled'),
          paymentDocument: documentId.optional(),
        }),
      ])
      .describe('Settle it, or say that it can’t be settled'),
    reference,
  })
  .meta({ id: 'AcknowledgePayment' });

/** Body of `POST /v1/payment-acknowledgement-cancellations`: an acknowledgement is taken back. */
export const UnacknowledgePayment = z
  .strictObject({
    account,
    notification: Uuid.describe('Notification of the payment in ГИС ЖКХ (NotificationsOfOrderExecutionGUID)'),
    paymentDocument: documentId,
    reference,
  })
  .meta({ id: 'UnacknowledgePayment' });

export const unacknowledgePayment: CommandDefinition = {
  kind: 'payments.unacknowledge',
  resource: 'payment-acknowledgement-cancellations',
  title: 'Take back in ГИС ЖКХ that a payment settles a payment document',
  payloadVersion: 1,
  upcasters: {},
  schema: UnacknowledgePayment,
  subject: (payload) => `payment-notification:${String(payload.notification)}`,
  ordering: 'fifo',
  idempotencyKey: 'required',
  scope: 'write:payments',
};

/** Body of `POST /v1/payment-cancellations`: a payment that ГИС ЖКХ was told of has not taken place. */
export const CancelPayment = z
  .strictObject({
    account,
    notification: Uuid.describe('Notification of the payment in ГИС ЖКХ (NotificationsOfOrderExecutionGUID)'),
    order: z
      .string()
      .min(1)
      .max(32)
      .describe('Number of the order in ГИС ЖКХ (OrderID), as the export of payments shows it'),
    cancelledOn: PlainDate.describe('Date of the cancellation'),
    comment: z.string().min(1).max(210).optional(),
    reference,
  })
  .meta({ id: 'CancelPayment' });

export const cancelPayment: CommandDefinition = {
  kind: 'payments.cancel',
  resource: 'payment-cancellations',
  title: 'Cancel a payment that ГИС ЖКХ was told of',
  payloadVersion: 1,
  upcasters: {},
  schema: CancelPayment,
  subject: (payload) => `payment-notification:${String(payload.notification)}`,
  ordering: 'fifo',
  idempotencyKey: 'required',
  scope: 'write:payments',
};

export const acknowledgePayment: CommandDefinition = {
  kind: 'payments.acknowledge',
  resource: 'payment-acknowledgements',
  title: 'Say in ГИС ЖКХ which payment document a payment settles',
  payloadVersion: 1,
  upcasters: {},
  schema: AcknowledgePayment,
  subject: (payload) => `payment-notification:${String(payload.notification)}`,
  ordering: 'fifo',
  idempotencyKey: 'required',
  scope: 'write:payments',
};
