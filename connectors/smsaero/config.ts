import { z } from 'zod';

const gate = z
  .url()
  .refine(
    (address) => {
      if (!URL.canParse(address)) return true;
      const { protocol, hostname } = new URL(address);
      return protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
    },
    {
      error:
        'must begin with https:// (the key travels with each call); plain http is for the simulator on this machine',
    },
  )
  .describe('Address of a gate');

/** Settings of an SMS Aero account in hub.yaml. */
export const SmsAeroConfig = z.strictObject({
  url: gate
    .default('https://gate.smsaero.ru')
    .describe('Main gate; point it at the simulator to try')
    .meta({ example: 'https://gate.smsaero.ru' }),
  spares: z
    .array(gate)
    .max(5)
    .default(['https://gate.smsaero.org', 'https://gate.smsaero.net'])
    .describe('Gates to turn to when the main one can’t be reached; a text goes there only if no byte of it had left'),
  auth: z
    .strictObject({
      email: z
        .string()
        .regex(/^[^\s:@]+@[^\s:@]+$/, 'is the e-mail of the account')
        .describe('E-mail of the account'),
      apiKey: z.string().min(1).describe('API key from the account settings').meta({ secret: true }),
    })
    .describe('Account'),
  sign: z
    .string()
    .min(2)
    .max(64)
    .default('SMS Aero')
    .describe('Sender name (подпись) of messages that name none; registered in the account'),
  callbackUrl: z
    .url()
    .optional()
    .describe(
      'Where the gateway reaches this instance from outside, https://…/hooks/<instance>; without it delivery is asked for',
    ),
  timeoutMs: z.int().min(1000).max(120_000).default(20_000).describe('Time for an answer, milliseconds'),
  perSecond: z
    .number()
    .min(0)
    .max(100)
    .default(5)
    .describe('Requests a second, delivery questions included (each message is asked for by itself)'),
  concurrency: z.int().min(1).max(40).default(4).describe('Requests at once'),
  settleAfterMs: z
    .int()
    .min(1000)
    .default(90_000)
    .describe('How long after an attempt a text that is not in the list may still appear there, milliseconds'),
  clockSkewMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(120_000)
    .describe('How far the clocks of the gateway and of this machine may differ, milliseconds'),
  pollEveryMs: z.int().min(1000).default(60_000).describe('How often delivery is asked for, milliseconds'),
});
export type SmsAeroConfig = z.infer<typeof SmsAeroConfig>;
