import { z } from 'zod';

const hours = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, 'must look like "22:00-08:00"')
  .describe('From-to in the time zone of the recipient; may run over midnight');

/** What a message is for, as limits tell apart. */
const purpose = z.enum(['debt', 'service', 'accident', 'code']);

export const QuietHoursConfig = z
  .strictObject({
    workdays: hours.default('22:00-08:00'),
    weekends: hours.default('20:00-09:00').describe('Weekends and public holidays by the calendar'),
    purposes: z
      .array(purpose)
      .default(['debt', 'service'])
      .describe('Which messages wait; accidents and one-time codes go out at any hour unless named here'),
  })
  .describe('No messages in these hours at the place where the recipient lives (law 230-ФЗ, article 7, for debts)');

const times = z.int().min(1).max(10_000).optional();
export const ContactsConfig = z
  .strictObject({
    file: z.string().optional().describe('Dated rules; calendars/contact-limits.yaml when absent'),
    groups: z
      .record(
        z.string(),
        z.strictObject({
          perDay: times.describe('Contacts with one phone on one day at its place'),
          perWeek: times.describe('Contacts in a week'),
          perMonth: times.describe('Contacts in a month'),
          windows: z
            .enum(['rolling', 'calendar'])
            .optional()
            .describe('rolling: any 7 or 31 days in a row; calendar: from Monday and from the first of the month'),
          purposes: z.array(purpose).min(1).optional().describe('Which messages are counted'),
        }),
      )
      .default({})
      .describe('Numbers that replace those of the file, by group (messages, calls)'),
  })
  .describe('How often one person may be contacted (law 230-ФЗ, article 7, for debts)');

const most = z.int().min(1).max(1_000_000_000).optional();
export const BrakeConfig = z
  .record(
    z.string(),
    z
      .strictObject({
        perHour: most.describe('Operations in a clock hour'),
        perDay: most.describe("Operations in a day of the organisation's zone"),
        roublesPerHour: most.describe('Whole roubles in a clock hour; for kinds that carry an amount'),
        roublesPerDay: most.describe("Whole roubles in a day of the organisation's zone"),
      })
      .refine((b) => Object.values(b).some((v) => v !== undefined), 'names no limit'),
  )
  .describe('By operation kind; what goes beyond waits until a person approves it');

/** The block `limits` of hub.yaml. */
export const LimitsConfig = z
  .strictObject({
    quietHours: z.union([QuietHoursConfig, z.literal('off')]).prefault({}),
    contacts: z.union([ContactsConfig, z.literal('off')]).prefault({}),
    brake: BrakeConfig.default({}),
    fourEyes: z
      .boolean()
      .default(false)
      .describe('An operation that waits for approval is not approved with the key that submitted it'),
    filesMaxBytes: z
      .int()
      .min(1024)
      .default(64 * 1024 * 1024)
      .describe('Largest file taken by POST /v1/files'),
  })
  .prefault({});
export type LimitsConfig = z.output<typeof LimitsConfig>;
