import { z } from 'zod';

/** Reactions across systems: `flows` of hub.yaml. */
export const FlowsConfig = z
  .strictObject({
    debtInquiries: z
      .strictObject({
        mode: z
          .enum(['auto', 'propose', 'off'])
          .default('propose')
          .describe('auto sends what the records leave no doubt of; propose lets a person send it'),
        executor: z.guid().optional().describe("GUID of the employee who answers; default: the connector's own"),
        riskHours: z
          .number()
          .min(1)
          .max(120)
          .default(24)
          .describe('Hours before the end of the term from which on it is at risk'),
        maxAgeHours: z
          .number()
          .min(1)
          .max(720)
          .default(48)
          .describe('Older pulls of court cases and balances are not believed'),
        whenPaid: z
          .enum(['correct', 'revoke', 'ask'])
          .default('correct')
          .describe('When a confirmed debt is paid before the term ends; later a person decides'),
      })
      .prefault({})
      .describe('Inquiries of social offices about debt'),
    meterReadings: z
      .strictObject({
        mode: z.enum(['auto', 'off']).default('auto').describe('auto publishes what the accounting system has taken'),
      })
      .prefault({})
      .describe('Readings on their way to ГИС ЖКХ'),
  })
  .describe('Reactions across systems');
export type FlowsConfig = z.infer<typeof FlowsConfig>;
