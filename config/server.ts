import { z } from 'zod';

/** The block `server` of hub.yaml. */
export const ServerConfig = z.strictObject({
  trustProxy: z
    .union([z.literal('off'), z.array(z.string().min(1)).min(1)])
    .default('off')
    .describe(
      'Proxies whose X-Forwarded-For is believed: addresses, networks (10.0.0.0/8) or the words loopback, linklocal, uniquelocal',
    ),
  tls: z
    .strictObject({
      cert: z.string().min(1).describe('File with the certificate and those that it depends on, PEM'),
      key: z.string().min(1).describe('File with its private key, PEM'),
    })
    .optional()
    .describe('HTTPS instead of HTTP; both files are read again when they change and at SIGHUP'),
  maxConnections: z
    .int()
    .min(10)
    .max(1_000_000)
    .default(5_000)
    .describe('Open connections; what comes beyond is closed'),
  headersSeconds: z.int().min(1).max(300).default(20).describe('Longest time for the headers of a request'),
  requestSeconds: z.int().min(5).max(3_600).default(120).describe('Longest time for a whole request with its body'),
  metrics: z
    .enum(['public', 'key'])
    .default('public')
    .describe('Who may read /metrics: everybody who reaches the address, or keys with the scope read:metrics'),
});
export type ServerConfig = z.output<typeof ServerConfig>;
