import ipaddr from 'ipaddr.js';
import { z } from 'zod';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** The schedule that Standard Webhooks gives as an example: ten attempts in a little over three days. */
const SCHEDULE = [5_000, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

export const WebhooksConfig = z
  .strictObject({
    allowAddresses: z
      .array(z.string().refine(ipaddr.isValidCIDR, 'must be a network such as 10.1.2.0/24 or fd00::/64'))
      .max(50)
      .default([])
      .describe('Networks of your own that webhooks may be sent to; without it private and loopback ones are refused'),
    timeoutMs: z.int().min(500).max(45_000).default(15_000).describe('Time for a whole answer, milliseconds'),
    retryDelaysMs: z
      .array(
        z
          .int()
          .min(10)
          .max(7 * 24 * HOUR),
      )
      .min(1)
      .max(20)
      .default(SCHEDULE)
      .describe('Pauses after the first, second … failed attempt, milliseconds, each with up to a fifth more'),
    disableAfterHours: z
      .number()
      .min(0)
      .max(24 * 90)
      .default(72)
      .describe('An endpoint that has failed for so long without one success is disabled'),
    concurrency: z.int().min(1).max(200).default(32).describe('Deliveries of an organisation at once'),
    perEndpoint: z.int().min(1).max(32).default(8).describe('Deliveries to one endpoint at once'),
    endpoints: z.int().min(1).max(500).default(50).describe('Endpoints of an organisation'),
    deliveriesDays: z.int().min(1).max(1095).default(30).describe('How long ended deliveries are kept'),
  })
  .describe('Outgoing webhooks');
export type WebhooksConfig = z.infer<typeof WebhooksConfig>;
