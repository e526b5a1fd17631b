import { z } from 'zod';

/** Decimal number as text, so that no digit is lost on the way. */
export const Decimal = z
  .string()
  .regex(/^-?(0|[1-9]\d{0,17})(\.\d{1,6})?$/, 'must be decimal text, such as "123.456"')
  .describe('Decimal number as text');

export const Share = z
  .string()
  .regex(/^(0(\.\d{1,6})?|1(\.0{1,6})?)$/, 'must be a share from 0 to 1 as decimal text')
  .describe('Share of ownership (доля собственности), 0…1');
