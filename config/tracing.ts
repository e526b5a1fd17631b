import { z } from 'zod';

export const TracingConfig = z
  .strictObject({
    endpoint: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .describe('Collector that takes OTLP over HTTP, e.g. http://127.0.0.1:4318'),
    headers: z
      .record(z.string().regex(/^[A-Za-z0-9-]{1,100}$/, 'is no name of a header'), z.string().max(4_000))
      .default({})
      .describe('Sent with each export; secrets by ${…}'),
    sampleRatio: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe('Share of the traces that begin here; what a caller has begun follows the caller'),
    propagateTo: z
      .array(z.string())
      .default([])
      .describe('Connectors whose upstream is sent the header traceparent; nobody without it'),
  })
  .describe('OpenTelemetry traces');
export type TracingConfig = z.infer<typeof TracingConfig>;
