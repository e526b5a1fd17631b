import type { ConverterFactory } from '../types.ts';
import { boolean, choice, email, fallback, first, optional, phone, required } from './choices.ts';
import { asOf, date, datetime, period } from './dates.ts';
import { decimal, integer, money, share, zeroIsNull } from './numbers.ts';
import { guid, maxLength, padLeft, text, trim, xref } from './text.ts';

/** Every converter by its name in a mapping file. docs/writing-a-mapping.md lists them; a test compares both. */
export const converters: Readonly<Record<string, ConverterFactory>> = {
  asOf,
  boolean,
  date,
  datetime,
  decimal,
  default: fallback,
  email,
  enum: choice,
  first,
  guid,
  integer,
  maxLength,
  money,
  optional,
  padLeft,
  period,
  phone,
  required,
  share,
  text,
  trim,
  xref,
  zeroIsNull,
};
