import { z } from 'zod';

/** Who is told of alerts without Prometheus. The conditions are those of docs/operations/alerts.yaml. */
export const AlertsConfig = z
  .strictObject({
    mail: z
      .array(z.email('is not a mail address').max(254))
      .max(20)
      .default([])
      .describe('Who is written to; the mail server is that of tasks.mail'),
    language: z.enum(['ru', 'en']).default('ru').describe('Language of the mail'),
    webhooks: z
      .array(
        z.strictObject({
          url: z
            .url({ protocol: /^https?$/ })
            .max(2_000)
            .describe('Address; private networks only where webhooks.allowAddresses has them'),
          secret: z
            .string()
            .regex(/^whsec_[A-Za-z0-9+/]{20,}={0,2}$/, 'must be whsec_ with base64 after it')
            .optional()
            .describe('Secret; by ${…}. Signs as Standard Webhooks'),
        }),
      )
      .max(10)
      .default([])
      .describe('Where a CloudEvent is posted to'),
    repeatHours: z
      .number()
      .min(0.25)
      .max(24 * 30)
      .default(24)
      .describe('What is still wrong is told of again after so many hours'),
  })
  .describe('Alerts by mail and webhook, for those without Prometheus');
export type AlertsConfig = z.infer<typeof AlertsConfig>;
