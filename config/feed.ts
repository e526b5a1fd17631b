import { z } from 'zod';

export const FeedConfig = z
  .strictObject({
    readersPerKey: z.int().min(1).max(1_000).default(10).describe('Streams of GET /v1/events that one key may hold'),
    readers: z.int().min(1).max(10_000).default(500).describe('Streams of all keys in one process'),
    stallMs: z
      .int()
      .min(1_000)
      .max(600_000)
      .default(30_000)
      .describe('A stream whose reader takes nothing for so long is ended, milliseconds'),
    heartbeatMs: z
      .int()
      .min(100)
      .max(60_000)
      .default(15_000)
      .describe('A comment is sent when nothing happened for so long, milliseconds; keep it under the proxy timeout'),
  })
  .describe('The feed as a stream of server-sent events');
export type FeedConfig = z.infer<typeof FeedConfig>;
