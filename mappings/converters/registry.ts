import type { ConverterFactory } from '../types.ts';
import { boolean, choice, email, fallback, first, keyword, mark, optional, phone, required } from './choices.ts';
import { asOf, date, datetime, day, monthOf, period, yearOf } from './dates.ts';
import { decimal, digits, integer, kopecks, money, roubles, share, zeroIsNull } from './numbers.ts';
import { guid, maxLength, padLeft, text, trim, xref } from './text.ts';

/** Every converter by its name in a mapping file. docs/writing-a-mapping.md lists them; a test compares both. */
export const converters: Readonly<Record<string, ConverterFactory>> = {
  asOf,
  boolean,
  date,
  datetime,
  day,
  decimal,
  default: fallback,
  digits,
  email,
  enum: choice,
  first,
  guid,
  integer,
  keyword,
  kopecks,
  mark,
  maxLength,
  money,
  month: monthOf,
  optional,
  padLeft,
  period,
  phone,
  required,
  roubles,
  share,
  text,
  trim,
  xref,
  year: yearOf,
  zeroIsNull,
};
