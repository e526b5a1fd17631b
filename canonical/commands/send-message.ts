import { z } from 'zod';
import type { CommandDefinition } from '../command.ts';
import { personal } from '../personal.ts';
import { isMobile, normalisePhone } from '../values/contact.ts';
import { Instant } from '../values/time.ts';
import { Uuid } from '../values/uuid.ts';

/** Body of `POST /v1/messages`: a text, or a template with its variables. */
export const SendMessage = z
  .strictObject({
    channel: z.enum(['sms']).describe('How it goes out'),
    to: personal(
      z
        .string()
        .max(30)
        .transform((value, ctx) => {
          const phone = normalisePhone(value);
          if (phone && isMobile(phone)) return phone;
          ctx.addIssue({
            code: 'custom',
            message: phone
              ? 'is a landline; a text message needs a mobile number (+79…)'
              : 'must be a Russian mobile number such as +79161234567',
          });
          return z.NEVER;
        })
        .describe('Recipient; any usual form of a Russian mobile number'),
    ),
    text: personal(z.string().min(1).max(1000).optional().describe('Text, at most 1000 characters')),
    template: z.string().min(1).max(100).optional().describe('Name of a template instead of a text'),
    variables: personal(z.record(z.string(), z.string().max(500)).optional().describe('Values for the template')),
    account: Uuid.optional().describe('Personal account it is about; gives the time zone of quiet hours'),
    purpose: z
      .enum(['debt', 'service', 'accident', 'code'])
      .optional()
      .describe("What it is for; default: the template's purpose, else service"),
    sender: z
      .string()
      .regex(/^[A-Za-z0-9 ._-]{1,11}$/, 'takes up to 11 Latin letters, digits and . _ -')
      .optional()
      .describe('Sender name (альфа-имя) that the gateway has registered'),
    notBefore: Instant.optional().describe('Not sent before'),
    expiresAt: Instant.optional().describe('Not sent after'),
    reference: z.string().min(1).max(200).optional().describe("Your own document's id, to ask for outcomes by"),
  })
  .meta({ id: 'SendMessage' });
export type SendMessage = z.output<typeof SendMessage>;

export const sendMessage: CommandDefinition = {
  kind: 'messages.send',
  resource: 'messages',
  title: 'Send a text message',
  payloadVersion: 1,
  upcasters: {},
  schema: SendMessage,
  subject: (payload) => (typeof payload.account === 'string' ? `account:${payload.account}` : null),
  ordering: 'none',
  idempotencyKey: 'recommended',
  scope: 'write:messages',
};
