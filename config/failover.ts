import { z } from 'zod';

/** When operations of a kind move on to the next instance of their route (`failover:` in hub.yaml, by kind). */
export const FailoverConfig = z.strictObject({
  afterSeconds: z
    .int()
    .min(0)
    .max(86_400)
    .default(60)
    .describe(
      'How long an instance may fail before its operations move on; one that refuses the login or has no money is left at once',
    ),
  rejectedCodes: z
    .array(z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'is a code of the hub, such as SMSAERO_SIGN'))
    .max(50)
    .default([])
    .describe(
      'Refusals that another instance may judge otherwise (a sender name that is registered there only); never those about the recipient or the text',
    ),
  whenUnanswerable: z
    .enum(['wait', 'operator', 'next'])
    .default('operator')
    .describe(
      'What follows when it can’t be found out whether an attempt took effect: wait for ever, hand it to a person, or send it through the next instance, which may double it',
    ),
  unanswerableAfterMinutes: z
    .int()
    .min(1)
    .max(30 * 1440)
    .default(1440)
    .describe('How long the hub goes on asking before that'),
});
export type FailoverConfig = z.infer<typeof FailoverConfig>;
