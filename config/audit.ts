import { z } from 'zod';

/** The block `audit` of hub.yaml. */
export const AuditConfig = z.strictObject({
  views: z
    .enum(['on', 'off'])
    .default('on')
    .describe('Enter who was shown personal data (152-ФЗ, article 18.1); acts are always entered'),
  requirePurpose: z
    .boolean()
    .default(false)
    .describe('Refuse to show personal data to who says no purpose (X-Purpose, or the purpose of the key)'),
  headsFile: z
    .string()
    .min(1)
    .optional()
    .describe('File that gets the head of each chain once a day, a line of JSON each; keep it on another machine'),
});
export type AuditConfig = z.output<typeof AuditConfig>;
