import { z } from 'zod';
import { guidPattern } from './guid.ts';

const guid = z.string().regex(guidPattern, 'is a GUID such as 7c9e6679-7425-40de-944b-e07fc1f90ae7');

const address = z.url().refine(
  (text) => {
    if (!URL.canParse(text)) return true;
    const { protocol, hostname } = new URL(text);
    return protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  },
  {
    error:
      'must begin with https://, or be a GOST TLS tunnel on this machine (http://127.0.0.1:port): requests hold personal data',
  },
);

const seconds = z.number().min(0.01).max(86_400);

/** Pauses before the questions for an answer, seconds; the last one repeats. */
const schedule = (first: readonly number[]) =>
  z
    .array(seconds)
    .min(1)
    .max(20)
    .default([...first]);

/** Settings of one organisation at ГИС ЖКХ in hub.yaml. */
export const GisZhkhConfig = z.strictObject({
  url: address
    .default('https://api.dom.gosuslugi.ru')
    .describe('Address of the contour, or of the GOST TLS tunnel on this machine that leads there')
    .meta({ example: 'http://127.0.0.1:8080' }),
  host: z
    .string()
    .regex(/^[A-Za-z0-9.-]+(:\d{1,5})?$/)
    .optional()
    .describe('Name of the contour for the Host header; needed when `url` is a tunnel')
    .meta({ example: 'api.dom.gosuslugi.ru' }),
  contour: z
    .enum(['ppak', 'sit01', 'sit02'])
    .default('ppak')
    .describe(
      'ppak: production; sit01: test with today’s formats; sit02: test with coming formats, without signatures',
    ),
  orgPPAGUID: guid.describe('Identifier of the organisation, from its cabinet at ГИС ЖКХ; each contour has its own'),
  certificate: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('Name of the certificate that signs the requests, from `signing.keys` or `hub certs list`'),
  operatorSignature: z
    .boolean()
    .default(false)
    .describe('The certificate is that of an information system’s operator, not of the organisation itself'),
  auth: z
    .strictObject({
      login: z.string().min(1).max(200).describe('Login of the test contour'),
      password: z.string().min(1).max(200).describe('Its password').meta({ secret: true }),
    })
    .optional()
    .describe('HTTP login of the test contours; production has none'),
  fingerprint: z
    .string()
    .regex(/^[0-9A-F]{40}$/, 'is the SHA-1 thumbprint of the certificate: 40 hexadecimal digits in capitals')
    .optional()
    .describe('Thumbprint that sit02 wants over plain HTTP'),
  answers: z
    .strictObject({
      signature: z
        .enum(['require', 'ifPresent'])
        .default('ifPresent')
        .describe('require: an answer without a signature is refused; ifPresent: one is verified where it is there'),
      certificates: z
        .array(z.string().min(1))
        .max(10)
        .default([])
        .describe(
          'PEM files of the certificates that ГИС ЖКХ signs its answers with; renewed by the operator about once a year',
        ),
    })
    .prefault({})
    .describe('Signatures of answers'),
  poll: z
    .strictObject({
      imports: schedule([10, 60, 300, 900, 1800]).describe(
        'Pauses before the questions for the outcome of an import, seconds',
      ),
      exports: schedule([10, 60, 300, 900, 1800]).describe('The same for exports'),
      directories: schedule([2, 5, 10, 30, 60]).describe('The same for the reference directories (НСИ)'),
    })
    .prefault({})
    .describe('When answers are asked for; the defaults are the operator’s own schedule'),
  exportGiveUpMs: z
    .int()
    .min(1000)
    .default(20 * 60_000)
    .describe('After so long an export that is not answered is asked for anew, milliseconds'),
  settleForMs: z
    .int()
    .min(60_000)
    .default(72 * 3_600_000)
    .describe('How long an import whose outcome is unknown is looked for before a person is asked, milliseconds'),
  settleAfterMs: z
    .int()
    .min(0)
    .default(24 * 3_600_000)
    .describe('How long after an attempt what an export does not show may still be on its way, milliseconds'),
  timeoutMs: z.int().min(1000).max(600_000).default(180_000).describe('Time for an answer, milliseconds'),
  concurrency: z.int().min(1).max(2).default(2).describe('Calls at once; more give resets and EXP001000'),
  perSecond: z.number().min(0).max(100).default(0).describe('Calls a second; 0 = no limit of our own'),
  versions: z
    .record(z.string().regex(/^[a-z-]+\/[A-Za-z]+$/, 'reads service/operation'), z.string().regex(/^\d+(\.\d+){3}$/))
    .default({})
    .describe('Format versions where several are taken: `house-management/exportHouseData: 15.10.0.0`'),
  schemas: z
    .string()
    .optional()
    .describe('Folder of the official schemas; each request is checked against them before it leaves'),
  houses: z
    .array(guid)
    .max(10_000)
    .default([])
    .describe(
      'ФИАС GUIDs of the houses to read; without it those of the organisation’s contracts and charters at ГИС ЖКХ',
    ),
  executor: guid.optional().describe('GUID of the employee who answers debt requests, from the organisation’s cabinet'),
  directoryHours: z.int().min(1).max(720).default(24).describe('Hours after which a reference directory is read anew'),
});
export type GisZhkhConfig = z.infer<typeof GisZhkhConfig>;
