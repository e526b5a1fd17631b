import { z } from 'zod';

const claim = z.string().min(1).max(200);
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;

/** Tokens of an identity provider instead of API keys (RFC 7519 by the keys of RFC 7517). */
export const JwtConfig = z.strictObject({
  issuer: z.string().min(1).describe('`iss` of the tokens, as the provider writes it'),
  audience: z.string().min(1).describe('`aud` that names this hub'),
  jwks: z.string().min(1).describe('Where its public keys are: https://… or a file'),
  algorithms: z
    .array(z.enum(algorithms))
    .min(1)
    .default(['RS256', 'ES256'])
    .describe('Signatures that are taken; only those by key pairs'),
  leewaySeconds: z.int().min(0).max(300).default(30).describe('How far the clocks may differ'),
  claims: z
    .strictObject({
      organisation: claim.optional().describe('Claim with the id of the organisation; dots lead into objects'),
      scopes: claim.default('scope').describe('Claim with scopes or roles: a list, or words of one text'),
      accounts: claim.optional().describe('Claim with account ids: the token is a resident’s'),
      purpose: claim.optional().describe('Claim that says why personal data are seen'),
    })
    .prefault({}),
  organisation: z.string().optional().describe('Organisation of every token, where no claim tells it'),
  roles: z
    .record(z.string(), z.array(z.string()).max(50))
    .optional()
    .describe('Scopes by role; without it the claim holds scopes themselves'),
  bearers: z
    .enum(['staff', 'residents', 'both'])
    .optional()
    .describe(
      'Whose tokens these are; with claims.accounts residents by default: a token without accounts is then refused, with both it is one of staff',
    ),
  ratePerMinute: z.int().min(1).max(100_000).optional().describe('Calls of one bearer'),
});
export type JwtConfig = z.output<typeof JwtConfig>;

/** The block `auth` of hub.yaml. */
export const AuthConfig = z.strictObject({
  jwt: JwtConfig.refine((j) => (j.organisation === undefined) !== (j.claims.organisation === undefined), {
    message: 'needs either organisation or claims.organisation',
  })
    .refine((j) => j.bearers === undefined || j.bearers === 'staff' || j.claims.accounts !== undefined, {
      message: 'needs claims.accounts where residents are among the bearers',
    })
    .optional(),
});
