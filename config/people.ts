import { z } from 'zod';

const date = z.iso.date('is a date such as 2026-07-01');

/** Who answers tasks. The list is read in order: see docs/guides/tasks.md for who gets which. */
export const PersonConfig = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{0,62}$/, 'takes small Latin letters, digits, dots and hyphens')
    .describe('Short name, as tasks show it'),
  name: z.string().min(1).max(200).describe('Full name'),
  email: z.email('is not a mail address').max(254).optional().describe('Where tasks are told of; no mail without it'),
  language: z.enum(['ru', 'en']).default('ru').describe('Language of the mail'),
  handles: z.array(z.string()).min(1).default(['*']).describe('Kinds of tasks, or * for all that nobody else names'),
  organisations: z.array(z.string()).min(1).optional().describe('Of these organisations only'),
  substitute: z
    .strictObject({
      person: z.string().describe('id of who acts meanwhile'),
      from: date.describe('First day'),
      to: date.describe('Last day'),
    })
    .optional()
    .describe('While away; days of the zone of the organisation'),
});
export type PersonConfig = z.infer<typeof PersonConfig>;
