import { z } from 'zod';
import type { EntityDefinition } from '../entity.ts';
import { personal } from '../personal.ts';
import { normalisePhone, Phone } from '../values/contact.ts';
import { Money } from '../values/money.ts';
import { Instant } from '../values/time.ts';
import { Uuid } from '../values/uuid.ts';

export const messageStatuses = [
  'accepted',
  'sent',
  'delivered',
  'read',
  'undelivered',
  'expired',
  'failed',
  'cancelled',
] as const;

export const Message = z
  .strictObject({
    channel: z.enum(['sms']).describe('How it goes out'),
    to: personal(Phone.describe('Recipient')),
    text: personal(z.string().min(1).max(1000).describe('Text as sent')),
    template: z.string().nullable().default(null).describe('Template it was made from'),
    variables: personal(
      z.record(z.string(), z.string()).nullable().default(null).describe('Variables of the template'),
    ),
    account: Uuid.nullable().default(null).describe('Personal account it is about'),
    purpose: z.enum(['debt', 'service', 'accident', 'code']).describe('What it is for; decides quiet hours and limits'),
    sender: z.string().max(11).nullable().default(null).describe('Sender name (альфа-имя)'),
    reference: z.string().max(200).nullable().default(null).describe("The caller's own document id"),
    operation: Uuid.describe('Operation that sends it'),
    status: z.enum(messageStatuses).describe('Where it is; changed by delivery reports'),
    statusReason: z.string().max(300).nullable().default(null).describe('Why it was not delivered'),
    segments: z.int().min(1).nullable().default(null).describe('Parts that are paid for'),
    cost: Money.nullable().default(null).describe('Price, where the gateway tells'),
    deliveredAt: Instant.nullable().default(null).describe('When the phone got it'),
  })
  .meta({ id: 'Message' });
export type Message = z.infer<typeof Message>;

export const messages: EntityDefinition = {
  name: 'Message',
  resource: 'messages',
  title: 'Message',
  description: 'Message to a resident (сообщение)',
  schema: Message,
  accountPath: 'account',
  filters: {
    account: { path: 'account', match: 'exact', schema: Uuid, description: 'About this account' },
    to: {
      path: 'to',
      match: 'exact',
      blind: true,
      normalise: normalisePhone,
      schema: z.string().max(30),
      description: 'Recipient, in any usual form',
    },
    reference: {
      path: 'reference',
      match: 'exact',
      schema: z.string().max(200),
      description: "The caller's own document id",
    },
    status: { path: 'status', match: 'exact', schema: z.enum(messageStatuses), description: 'Status' },
    operation: { path: 'operation', match: 'exact', schema: Uuid, description: 'Sent by this operation' },
  },
};
