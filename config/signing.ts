import ipaddr from 'ipaddr.js';
import { z } from 'zod';

const common = {
  organisation: z.string().min(1).describe('id of an organisation above'),
  certificate: z
    .string()
    .min(1)
    .describe('File of the certificate: DER, PEM or base64, with its issuers if they are at hand'),
};
const timeoutMs = z.int().min(1_000).max(600_000).optional().describe('Longest time of one signature');
const pin = z.string().min(1).optional().describe('PIN; better as ${file:…} or ${NAME} than in the file');

/** A key that lies outside of the hub's store. */
export const SigningKeyConfig = z.discriminatedUnion('signer', [
  z.strictObject({
    signer: z.literal('openssl'),
    ...common,
    key: z.string().min(1).describe('File of the private key, as `openssl -sign` takes it'),
    password: z.string().min(1).optional().describe('Password of that file'),
    command: z.string().optional().describe('Path of openssl'),
    timeoutMs,
  }),
  z.strictObject({
    signer: z.literal('cryptopro-csp'),
    ...common,
    container: z.string().min(1).describe('Name of the container, e.g. \\\\.\\HDIMAGE\\director'),
    pin,
    command: z.string().optional().describe('Path of csptest'),
    timeoutMs,
  }),
  z.strictObject({
    signer: z.literal('cryptopro-dss'),
    ...common,
    url: z.url({ protocol: /^https$/ }).describe('Address of the installation'),
    identityApp: z.string().optional(),
    signApp: z.string().optional(),
    clientId: z.string().min(1),
    clientSecret: z.string(),
    login: z.string().min(1),
    password: z.string().min(1),
    certificateId: z.int().min(0).default(0).describe('Number of the certificate there; 0 is the default one'),
    pin,
  }),
  z.strictObject({
    signer: z.literal('pkcs11'),
    ...common,
    library: z.string().min(1).describe('Library of the vendor, e.g. /usr/lib/librtpkcs11ecp.so'),
    token: z.string().optional().describe('Label or serial number of the token'),
    keyId: z
      .string()
      .regex(/^([0-9a-f]{2})+$/i, 'is hexadecimal')
      .describe('CKA_ID of the key'),
    pin: z.string().min(1),
  }),
]);
export type SigningKeyConfig = z.infer<typeof SigningKeyConfig>;

/** Whom signatures of others are believed by. Nothing is taken from the messages themselves. */
const TrustConfig = z.strictObject({
  roots: z.array(z.string().min(1)).max(200).default([]).describe('Files of trusted roots: DER or PEM'),
  intermediates: z.array(z.string().min(1)).max(500).default([]).describe('Files of authorities below them'),
  crls: z
    .array(z.string().min(1))
    .max(500)
    .default([])
    .describe('Files of revocation lists, read anew when they change'),
  revocation: z
    .enum(['require', 'prefer', 'off'])
    .default('prefer')
    .describe('What it means that nothing is known of revocation: not valid, a warning, or nothing'),
});
export type TrustConfig = z.infer<typeof TrustConfig>;

const networks = z
  .array(z.string().refine(ipaddr.isValidCIDR, 'must be a network such as 10.1.2.0/24 or fd00::/64'))
  .max(50);

/** Whether the hub asks authorities itself, at the addresses in certificates that lead to a trusted root. */
const RevocationConfig = z.strictObject({
  mode: z
    .enum(['off', 'ifAvailable', 'require'])
    .default('off')
    .describe(
      'off: only trust.crls; ifAvailable: asked, silence is as trust.revocation says; require: silence is no "valid"',
    ),
  timeoutMs: z.int().min(500).max(60_000).default(10_000).describe('Longest time of one question'),
  cacheMinutes: z
    .int()
    .min(1)
    .max(24 * 60)
    .default(360)
    .describe('Longest time that a list or an answer serves before it is asked for anew'),
  maxListMegabytes: z.int().min(1).max(512).default(64).describe('Largest revocation list that is taken'),
  allowAddresses: networks
    .default([])
    .describe('Networks of your own that may be asked; else only public addresses are'),
});

export const SigningConfig = z.strictObject({
  threads: z
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe('Threads that compute GOST signatures; one less than processors when absent'),
  opensslConfig: z
    .string()
    .optional()
    .describe('OPENSSL_CONF that loads gost-engine, for signer openssl and PFX files of GOST'),
  warnDays: z
    .array(z.int().min(1).max(3_650))
    .max(20)
    .default([60, 30, 14, 7, 1])
    .describe('How many days before the end of a certificate somebody is told'),
  keys: z
    .record(
      z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a name takes small Latin letters, digits and hyphens'),
      SigningKeyConfig,
    )
    .default({})
    .describe('Keys that lie outside of the store, by the name that requests use'),
  trust: TrustConfig.prefault({}),
  revocation: RevocationConfig.prefault({}),
  timeStamps: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }).describe('Authority by RFC 3161'),
      policy: z.string().optional().describe('Object identifier of the policy to ask for'),
    })
    .optional()
    .describe('Who proves the time of CAdES-T signatures'),
});
export type SigningConfig = z.infer<typeof SigningConfig>;
