import { rubles } from '../../canonical/values/money.ts';
import { ConversionFault, type Converter } from '../types.ts';

/** As many as a decimal may have places. */
const ZEROS = '000000';
const decimalPattern = /^-?\d+(\.\d+)?$/;

/** Decimal text of a JSON number or text, without exponent. Doubles hold 15 digits exactly, which is what 1C's numbers have. */
export function decimalText(value: unknown): string {
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || Math.abs(value) >= 1e15)
      throw new ConversionFault('is beyond the 15 digits that can be exact');
    const text = String(value);
    return text.includes('e') ? value.toFixed(12).replace(/\.?0+$/, '') : text;
  }
  if (typeof value === 'string') {
    const text = value.trim().replace(',', '.');
    if (decimalPattern.test(text)) return text;
  }
  throw new ConversionFault('must be a decimal number');
}

/** Decimal with at most `places` digits after the point; more digits are an error, never rounded away. */
export function fixed(value: unknown, places: number): string {
  // Most numbers of an accounting base have no more digits than asked for: their own text is enough. It has no exponent here.
  if (typeof value === 'number' && (value === 0 || (value >= 1e-6 && value < 1e15))) {
    const text = String(value);
    const point = text.indexOf('.');
    if (point < 0) return places > 0 ? `${text}.${ZEROS.slice(0, places)}` : text;
    const missing = places - (text.length - point - 1);
    if (missing >= 0) return missing === 0 ? text : text + ZEROS.slice(0, missing);
  }
  const text = decimalText(value);
  const negative = text.startsWith('-');
  const [whole = '0', fraction = ''] = (negative ? text.slice(1) : text).split('.');
  if (fraction.length > places && /[1-9]/.test(fraction.slice(places)))
    throw new ConversionFault(`has more than ${places} digits after the point`);
  const digits = whole.replace(/^0+(?=\d)/, '');
  const rest = fraction.slice(0, places).padEnd(places, '0');
  const zero = /^0*$/.test(digits + rest);
  return `${negative && !zero ? '-' : ''}${digits}${places > 0 ? `.${rest}` : ''}`;
}

/** A JSON number for text with at most 15 digits. */
export function toNumber(text: string): number {
  if (text.replace(/[-.]/g, '').replace(/^0+/, '').length > 15) throw new ConversionFault('has more than 15 digits');
  return Number(text);
}

/** number ↔ decimal text with n places. */
export function decimal([n]: readonly unknown[]): Converter {
  const places = n ?? 2;
  if (typeof places !== 'number' || !Number.isInteger(places) || places < 0 || places > 6)
    throw new ConversionFault('decimal takes 0 to 6 places, such as decimal(2)');
  return {
    read: (v) => (v === null || v === undefined ? null : fixed(v, places)),
    write: (v) => (v === null || v === undefined ? 0 : toNumber(fixed(v, places))),
  };
}

/** number ↔ { amount, currency }. */
export const money = (): Converter => ({
  read: (v) => (v === null || v === undefined ? null : { amount: fixed(v, 2), currency: 'RUB' }),
  write: (v) => (v === null || v === undefined ? 0 : toNumber(fixed((v as { amount: string }).amount, 2))),
});

/** Whole number. */
export const integer = (): Converter => ({
  read: (v) => {
    if (v === null || v === undefined || v === '') return null;
    const n = typeof v === 'string' ? Number(v) : v;
    if (typeof n !== 'number' || !Number.isSafeInteger(n)) throw new ConversionFault('must be a whole number');
    return n;
  },
  write: (v) => v ?? 0,
});

/** Zero ↔ null, for fields where an accounting base writes 0 for "not known". */
export const zeroIsNull = (): Converter => ({ read: (v) => (v === 0 || v === '0' ? null : v), write: (v) => v ?? 0 });

/** 0…1 ↔ decimal text without closing zeros. */
export const share = (): Converter => ({
  read: (v) => {
    if (v === null || v === undefined) return null;
    const text = decimalText(v);
    return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  },
  write: (v) => (v === null || v === undefined ? 0 : toNumber(decimalText(v))),
});

/** Decimal text with at most n places ↔ the same text: no number in between that could lose a digit. */
export function digits([n]: readonly unknown[]): Converter {
  const places = n ?? 6;
  if (typeof places !== 'number' || !Number.isInteger(places) || places < 0 || places > 12)
    throw new ConversionFault('digits takes 0 to 12 places, such as digits(7)');
  const kept = (v: unknown): unknown => {
    if (v === null || v === undefined || v === '') return v === '' ? null : v;
    const text = decimalText(v);
    const [, fraction = ''] = text.split('.');
    if (fraction.length > places && /[1-9]/.test(fraction.slice(places)))
      throw new ConversionFault(`has more than ${places} digits after the point`);
    return fraction.length > places ? text.slice(0, text.length - fraction.length + places).replace(/\.$/, '') : text;
  };
  return { read: (v) => kept(v) ?? null, write: kept };
}

/** Text with two places ↔ { amount, currency }; for systems that take amounts as text. */
export const roubles = (): Converter => ({
  read: (v) => (v === null || v === undefined || v === '' ? null : { amount: fixed(v, 2), currency: 'RUB' }),
  write: (v) => (v === null || v === undefined ? undefined : fixed((v as { amount: string }).amount, 2)),
});

/** Whole kopecks as text ↔ { amount, currency }; ГИС ЖКХ has both scales, so a mapping must say which. */
export const kopecks = (): Converter => ({
  read: (v) => {
    if (v === null || v === undefined || v === '') return null;
    const text = decimalText(v).replace(/\.0*$/, '');
    if (text.includes('.')) throw new ConversionFault('must be whole kopecks');
    return rubles(BigInt(text));
  },
  write: (v) =>
    v === null || v === undefined ? undefined : String(BigInt((v as { amount: string }).amount.replace('.', ''))),
});
