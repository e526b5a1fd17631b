import { z } from 'zod';

/** Settings of an SMSC.ru account in hub.yaml. */
export const SmscConfig = z.strictObject({
  url: z
    .url()
    .default('https://smsc.ru')
    .describe('Address of the gateway; point it at the simulator to try')
    .meta({ example: 'https://smsc.ru' }),
  auth: z
    .strictObject({
      login: z.string().min(1).describe('Login of the account'),
      password: z.string().min(1).describe('Password of the account, or its MD5').meta({ secret: true }),
    })
    .describe('Account'),
  sender: z
    .string()
    .regex(/^[A-Za-z0-9 ._-]{1,11}$/)
    .optional()
    .describe('Default sender name (альфа-имя), registered with the gateway'),
  callbackSecret: z
    .string()
    .min(4)
    .optional()
    .describe('Secret of delivery reports as set in the account; without it a report is only a hint')
    .meta({ secret: true }),
  callbackHash: z
    .string()
    .default('{phone}:{id}:{status}:{secret}')
    .describe('How the account composes the text that is hashed; take it from the account page'),
  timeoutMs: z.int().min(1000).max(120_000).default(20_000).describe('Time for an answer, milliseconds'),
  perSecond: z
    .number()
    .min(0)
    .max(100)
    .default(10)
    .describe('Requests a second; the vendor publishes no rate, keep it low'),
  concurrency: z.int().min(1).max(40).default(8).describe('Requests at once; about 50 give error 9'),
  settleAfterMs: z
    .int()
    .min(1000)
    .default(90_000)
    .describe('How long after an attempt "not found" is not believed, milliseconds'),
  pollEveryMs: z.int().min(1000).default(30_000).describe('How often delivery is asked for, milliseconds'),
});
export type SmscConfig = z.infer<typeof SmscConfig>;
