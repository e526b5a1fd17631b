import { z } from 'zod';

/** Settings of one 1C base in hub.yaml. */
export const OnecConfig = z.strictObject({
  url: z.url().describe('Address of the publication, without /odata').meta({ example: 'https://1c.example.ru/uk' }),
  timezone: z
    .string()
    .refine((zone) => {
      try {
        new Intl.DateTimeFormat('en', { timeZone: zone });
        return true;
      } catch {
        return false;
      }
    }, 'is not an IANA time zone such as Europe/Samara')
    .describe('Zone of the 1C server; its dates carry none'),
  auth: z
    .strictObject({
      login: z.string().min(1).describe('User of the base, Cyrillic allowed'),
      password: z.string().describe('Password').meta({ secret: true }),
    })
    .describe('User with rights to the published objects'),
  concurrency: z
    .int()
    .min(1)
    .max(4)
    .default(2)
    .describe('Requests at once; each one holds a session and may hold a licence'),
  sessions: z
    .enum(['reuse', 'none'])
    .default('reuse')
    .describe(
      'reuse = keep sessions of 1C open between requests, which is about ten times faster; none = each request opens its own',
    ),
  perSecond: z.number().min(0).max(50).default(0).describe('Requests a second; 0 = no limit'),
  timeoutMs: z.int().min(1000).max(300_000).default(60_000).describe('Time for an answer, milliseconds'),
  virtualTableTimeoutMs: z
    .int()
    .min(1000)
    .max(600_000)
    .default(180_000)
    .describe('Time for a balance or a turnover, milliseconds'),
  virtualTableRows: z
    .int()
    .min(10)
    .max(200_000)
    .default(50_000)
    .describe('Most rows of a balance or a slice in one answer; the base computes the whole of it each time'),
  virtualTableBytes: z
    .int()
    .min(65_536)
    .max(400 * 1024 * 1024)
    .default(256 * 1024 * 1024)
    .describe('Longest answer with a balance or a slice, bytes; a base that gives no portions sends the whole table'),
  pageBytes: z
    .int()
    .min(65_536)
    .max(64 * 1024 * 1024)
    .default(8 * 1024 * 1024)
    .describe('Wanted weight of a page; pages shrink and grow to it'),
  pageRows: z.int().min(1).max(5000).default(1000).describe('Most objects of a page'),
  exchangePlan: z
    .strictObject({
      plan: z
        .string()
        .regex(/^ExchangePlan_[\p{L}_][\p{L}\p{N}_]*$/u, 'must look like ExchangePlan_ХабОбмен')
        .describe('Exchange plan of the base, as it is published'),
      node: z.string().min(1).max(50).describe('Code of the node that stands for this hub, and for nobody else'),
      address: z
        .url()
        .optional()
        .describe('Address under which the publication knows itself, where that differs from url (a proxy in between)'),
      sets: z
        .array(z.string())
        .default([])
        .describe(
          'Sets that are surely in the plan with automatic registration; any other is compared by version until the plan has reported it once',
        ),
      maxPacketBytes: z
        .int()
        .min(1024)
        .max(64 * 1024 * 1024)
        .default(4 * 1024 * 1024)
        .describe('A larger packet is not read: its changes are found by comparison instead'),
    })
    .optional()
    .describe('Where mappings with `delta: { by: exchangePlan }` get their changes; without it they compare versions'),
  settleAfterMs: z
    .int()
    .min(0)
    .default(30_000)
    .describe('How long after a write "not found" is not believed, milliseconds'),
});
export type OnecConfig = z.infer<typeof OnecConfig>;
