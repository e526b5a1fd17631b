import { z } from 'zod';
import { AlertsConfig } from './alerts.ts';
import { AuditConfig } from './audit.ts';
import { AuthConfig } from './auth.ts';
import { FailoverConfig } from './failover.ts';
import { FeedConfig } from './feed.ts';
import { FlowsConfig } from './flows.ts';
import { LimitsConfig } from './limits.ts';
import { PersonConfig } from './people.ts';
import { ServerConfig } from './server.ts';
import { SigningConfig } from './signing.ts';
import { TasksConfig } from './tasks.ts';
import { TracingConfig } from './tracing.ts';
import { WebhooksConfig } from './webhooks.ts';

const timezone = z.string().refine(isTimeZone, 'is not an IANA time zone such as Europe/Samara');

export const OrganisationConfig = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'takes small Latin letters, digits and hyphens')
    .describe('Short name, part of every key'),
  name: z.string().min(1).describe('Full name, as in the state register'),
  inn: z
    .string()
    .regex(/^\d{10}(\d{2})?$/, 'has 10 or 12 digits')
    .optional()
    .describe('ИНН'),
  ogrn: z
    .string()
    .regex(/^\d{13}(\d{2})?$/, 'has 13 or 15 digits')
    .optional()
    .describe('ОГРН or ОГРНИП; with ИНН it tells whether a certificate is of this organisation'),
  timezone: timezone.default('Europe/Moscow').describe('Zone where nothing better is known'),
  routes: z
    .record(z.string(), z.array(z.string()).min(1))
    .default({})
    .describe(
      'Which instances serve an operation kind, in the order of fail-over; without it the first instance that can',
    ),
});

/** What the hub reads of every connector; the rest of the block belongs to the connector's own schema. */
export const ConnectorCommon = z.object({
  system: z.string().min(1).describe('onec, smsc, …'),
  organisation: z.string().min(1).describe('id of an organisation above'),
  sync: z.string().optional().describe('Cron expression (5 fields) of the incremental pull'),
  fullSync: z.string().optional().describe('Cron expression of the full sweep'),
  mappings: z.string().optional().describe('Folder of mapping files used instead of the built-in ones'),
});
export type ConnectorCommon = z.infer<typeof ConnectorCommon>;

const days = z.int().min(1).max(36_500);

export const RetentionConfig = z.strictObject({
  operationsDays: z.int().min(1).default(1095).describe('Final operations with their attempts and exchanges'),
  eventsDays: z.int().min(1).default(90).describe('Change feed'),
  contentDays: z
    .strictObject({
      debt: days.optional(),
      service: days.optional(),
      accident: days.optional(),
      code: days.default(30),
    })
    .prefault({})
    .describe(
      'Phone and text of messages by their purpose, where shorter than operationsDays; the operation itself stays',
    ),
  trafficDays: days.default(90).describe('Requests and answers of attempts, kept to explain them'),
  quarantineDays: days.default(90).describe('Records that no mapping could read and that were not sent again'),
  idempotencyDays: z.int().min(1).default(1825).describe('Idempotency keys outlive their operations'),
  auditDays: z.int().min(30).default(1825).describe('Audit log'),
});

export const HubConfigSchema = z.strictObject({
  organisations: z.array(OrganisationConfig).min(1),
  connectors: z.record(
    z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'an instance name takes small Latin letters, digits and hyphens'),
    z.looseObject(ConnectorCommon.shape),
  ),
  limits: LimitsConfig,
  calendar: z.string().optional().describe('Working-day calendar; the built-in one when absent'),
  templates: z.string().optional().describe('Message templates; the built-in ones when absent'),
  retention: RetentionConfig.prefault({}),
  audit: AuditConfig.prefault({}),
  auth: AuthConfig.prefault({}),
  server: ServerConfig.prefault({}),
  failover: z
    .record(z.string(), FailoverConfig)
    .default({})
    .describe('By operation kind; routes of several instances fail over by the defaults without it'),
  feed: FeedConfig.prefault({}),
  webhooks: WebhooksConfig.prefault({}),
  people: z.array(PersonConfig).max(200).default([]).describe('Who answers tasks'),
  tasks: TasksConfig.prefault({}),
  flows: FlowsConfig.prefault({}),
  signing: SigningConfig.prefault({}),
  alerts: AlertsConfig.prefault({}),
  tracing: TracingConfig.optional(),
});
export type HubConfigFile = z.infer<typeof HubConfigSchema>;

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}
