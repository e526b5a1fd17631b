import { z } from 'zod';

/** Settings of a board of notices in hub.yaml. */
export const NoticeboardConfig = z.strictObject({
  url: z.url().describe('Address of the board').meta({ example: 'https://board.example.ru' }),
  token: z.string().min(8).describe('Token of the hub, from the page «Access»').meta({ secret: true }),
  timeoutMs: z.int().min(1000).max(60_000).default(10_000).describe('Time for an answer, milliseconds'),
  settleAfterMs: z
    .int()
    .min(0)
    .default(5_000)
    .describe('How long after an attempt "not found" is not believed, milliseconds'),
});
export type NoticeboardConfig = z.infer<typeof NoticeboardConfig>;
