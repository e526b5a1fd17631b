import { DerFault } from './fault.ts';
import type { Element } from './reader.ts';
import { GENERALIZED_TIME, tagName, UTC_TIME } from './tags.ts';

const UTC = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;
const GENERALIZED = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d{0,8}[1-9]))?Z$/;

/**
 * UTCTime or GeneralizedTime in the DER form (X.690 §11.7, §11.8): in UTC, with seconds; years 50…99 of a UTCTime are of
 * the twentieth century (RFC 5280 §4.1.2.5.1). A fraction, which time-stamps have, is kept to the millisecond.
 *
 * @returns epoch milliseconds
 */
export function readTime(element: Element, name: string): number {
  return timeOfContent(element.tag, element.content, name);
}

/** The same of content octets under an implicit tag. */
export function timeOfContent(tag: number, content: Uint8Array, name: string): number {
  const short = tag === UTC_TIME;
  if (!short && tag !== GENERALIZED_TIME)
    throw new DerFault('DER_UNEXPECTED', `${name} is ${tagName(tag)} and not a time.`);
  const match = (short ? UTC : GENERALIZED).exec(Buffer.from(content.subarray(0, 32)).toString('latin1'));
  if (!match || content.length > 32) throw new DerFault('DER_VALUE', `${name} is not a time in its DER form.`);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const full = short ? year + (year < 50 ? 2000 : 1900) : year;
  const at = new Date(0);
  at.setUTCFullYear(full, month - 1, day);
  at.setUTCHours(hour, minute, second, Number((match[7] ?? '').slice(0, 3).padEnd(3, '0')));
  const same =
    at.getUTCFullYear() === full &&
    at.getUTCMonth() === month - 1 &&
    at.getUTCDate() === day &&
    at.getUTCHours() === hour &&
    at.getUTCMinutes() === minute &&
    at.getUTCSeconds() === second;
  if (!same) throw new DerFault('DER_VALUE', `${name} is a time that does not exist.`);
  return at.getTime();
}
