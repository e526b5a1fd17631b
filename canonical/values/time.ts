import { z } from 'zod';

export const PlainDate = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'must be a date like 2026-11-24')
  .describe('Calendar date, YYYY-MM-DD');

export const Period = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be a month like 2026-11')
  .describe('Month (расчетный период), YYYY-MM');

/** RFC 3339 with a zone; an instant without one would mean another moment on another machine. */
export const Instant = z.iso
  .datetime({ offset: true, error: 'must be an instant with a zone, such as 2026-11-24T10:00:00+03:00' })
  .describe('Instant, RFC 3339 with zone');

export const TimeZone = z.string().min(1).describe('IANA time zone, such as Europe/Samara');
