import { z } from 'zod';

const idForm = z.enum(['text', 'hex', 'decimal']);

/** Settings of an SMPP 3.4 account in hub.yaml. */
export const SmppConfig = z.strictObject({
  url: z
    .string()
    .regex(/^smpps?:\/\/[A-Za-z0-9.-]+(:\d{1,5})?\/?$/, 'must be smpp://host:port, or smpps:// for TLS')
    .describe('Address of the message centre: smpp://host:2775, or smpps://host:3550 for TLS')
    .meta({ example: 'smpp://smsc.example.ru:2775' }),
  tlsCa: z.string().optional().describe('Certificate authority of the centre in PEM, where it is no public one'),
  auth: z
    .strictObject({
      systemId: z.string().min(1).max(15).describe('system_id of the account'),
      password: z.string().min(1).max(8).describe('Password of the account, at most 8 octets').meta({ secret: true }),
    })
    .describe('Account'),
  systemType: z.string().max(12).default('').describe('system_type, where the contract names one'),
  serviceType: z.string().max(5).default('').describe('service_type, where the contract names one'),
  sender: z
    .string()
    .regex(/^([A-Za-z0-9 ._-]{1,11}|\d{1,15})$/)
    .describe('Default sender: a registered name (альфа-имя) or a number'),
  senderTon: z.int().min(0).max(6).optional().describe('Type of number of the sender, where it is not 5, 1 or 0'),
  senderNpi: z.int().min(0).max(18).optional().describe('Numbering plan of the sender, where it is not 0 or 1'),
  concatenation: z
    .enum(['udh', 'sar', 'payload'])
    .default('udh')
    .describe('How longer texts go out, by contract: udh = header in the text, sar = sar_* fields, payload = whole'),
  gsmDataCoding: z.int().min(0).max(255).default(0).describe('data_coding of texts in the GSM alphabet'),
  responseIds: idForm.default('text').describe('How submit_sm_resp writes message ids, where reports differ from it'),
  reportIds: idForm.default('text').describe('How delivery reports write message ids'),
  referenceEcho: z
    .boolean()
    .default(false)
    .describe('The centre sends user_message_reference back in reports; then a report settles a lost answer'),
  reportOffsetMinutes: z
    .int()
    .min(-720)
    .max(840)
    .default(180)
    .describe('Zone of the dates in reports, minutes from UTC'),
  validityMs: z
    .int()
    .min(60_000)
    .max(7 * 24 * 3_600_000)
    .default(24 * 3_600_000)
    .describe('How long the centre tries to deliver where a message has no expiresAt, milliseconds'),
  validityFormat: z.enum(['relative', 'absolute']).default('relative').describe('How validity_period is written'),
  whenUnanswerable: z
    .enum(['operator', 'resendAfterValidity'])
    .default('operator')
    .describe('What follows when no report has settled a lost answer until the validity is over'),
  unanswerableMarginMs: z
    .int()
    .min(0)
    .default(3_600_000)
    .describe('How long after the end of validity a report is still waited for, milliseconds'),
  window: z.int().min(1).max(100).default(10).describe('Unanswered submit_sm at once'),
  perSecond: z.number().min(0).max(1000).default(10).describe('submit_sm a second of this process; 0 = no limit'),
  concurrency: z.int().min(1).max(100).default(10).describe('Messages at once; more than the window only wait'),
  timeoutMs: z.int().min(500).max(45_000).default(20_000).describe('Time for an answer, milliseconds'),
  enquireMs: z.int().min(100).max(60_000).default(30_000).describe('How often enquire_link is sent, milliseconds'),
  enquireTimeoutMs: z.int().min(100).max(30_000).default(10_000).describe('Time for its answer, milliseconds'),
});
export type SmppConfig = z.infer<typeof SmppConfig>;
