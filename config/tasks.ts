import { z } from 'zod';
import type { TaskKind } from '../canonical/task-kinds.ts';

const hours = z.number().positive().max(2_000);
export const DeadlineConfig = z
  .strictObject({
    workingHours: hours.optional().describe('Hours of the working day, by the calendar'),
    workingDays: z.int().min(1).max(250).optional().describe('To the end of that working day, by the calendar'),
  })
  .refine((d) => (d.workingHours === undefined) !== (d.workingDays === undefined), 'takes workingHours or workingDays');
export type DeadlineConfig = z.infer<typeof DeadlineConfig>;

/** Deadlines that hold where hub.yaml says nothing. */
export const standardDeadlines: Readonly<Record<TaskKind, DeadlineConfig>> = {
  approval: { workingHours: 4 },
  uncertain: { workingHours: 4 },
  operator: { workingHours: 8 },
  dead: { workingHours: 8 },
  failed: { workingDays: 2 },
  quarantine: { workingDays: 3 },
  removals: { workingDays: 1 },
  'instance-paused': { workingHours: 2 },
  'webhook-disabled': { workingDays: 2 },
  drift: { workingDays: 3 },
  certificate: { workingDays: 3 },
  // Where the term of the inquiry is at risk earlier, that moment holds.
  'debt-inquiry': { workingDays: 1 },
  'debt-answer': { workingDays: 1 },
  flow: { workingHours: 8 },
};

export const TasksConfig = z
  .strictObject({
    workingDay: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, 'must look like "09:00-18:00"')
      .refine((text) => text.slice(0, 5) < text.slice(6), 'must end after it begins')
      .default('09:00-18:00')
      .describe('Hours that count, in the zone of the organisation'),
    deadlines: z
      .record(z.string(), DeadlineConfig)
      .default({})
      .describe('By kind of task; docs/guides/tasks.md lists the defaults'),
    escalate: z
      .strictObject({
        afterOverdueHours: hours.describe('Hours by the clock since the deadline'),
        to: z.string().describe('id of a person'),
      })
      .optional()
      .describe('Who else is told of an overdue task, once'),
    mail: z
      .strictObject({
        url: z
          .string()
          .regex(/^smtps?:\/\/[^\s]+$/, 'must look like smtps://login:${SMTP_PASSWORD}@mail.example.ru')
          .describe('smtps://, or smtp:// which is encrypted by STARTTLS'),
        auth: z
          .strictObject({ login: z.string().min(1), password: z.string().min(1).describe('Secret; by ${…}') })
          .optional()
          .describe('Where login and password do not stand in url'),
        from: z.string().min(3).max(300).describe('Sender, e.g. Connector Hub <hub@example.ru>'),
        console: z
          .url({ protocol: /^https?$/ })
          .optional()
          .describe("Address of the operators' page; mails link to the task there"),
        allowPlain: z
          .boolean()
          .default(false)
          .describe('Lets smtp:// go on without encryption where the server has none'),
        timeoutMs: z
          .int()
          .min(500)
          .max(120_000)
          .default(20_000)
          .describe('Longest silence of the server, milliseconds'),
      })
      .optional()
      .describe('Tells people of their tasks; without it nothing is mailed'),
  })
  .describe('Tasks for people');
export type TasksConfig = z.infer<typeof TasksConfig>;
