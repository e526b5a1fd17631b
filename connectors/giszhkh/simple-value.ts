import type { FormatSimple } from './format-file.ts';

const patterns = new Map<string, RegExp>();
const INTEGERS: Readonly<Record<string, readonly [bigint, bigint]>> = {
  byte: [-128n, 127n],
  short: [-32_768n, 32_767n],
  int: [-2_147_483_648n, 2_147_483_647n],
  long: [-(2n ** 63n), 2n ** 63n - 1n],
};
const UNBOUNDED = new Set([
  'integer',
  'nonNegativeInteger',
  'positiveInteger',
  'nonPositiveInteger',
  'negativeInteger',
]);
const UNSIGNED: Readonly<Record<string, bigint>> = {
  unsignedByte: 255n,
  unsignedShort: 65_535n,
  unsignedInt: 4_294_967_295n,
  unsignedLong: 2n ** 64n - 1n,
};
const ZONE = '(?:Z|[+-](?:0\\d|1[0-4]):[0-5]\\d)?';
const LEXICAL: Readonly<Record<string, readonly [RegExp, string]>> = {
  decimal: [/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/, 'a number with a point, without exponent'],
  boolean: [/^(?:true|false|1|0)$/, 'true or false'],
  date: [new RegExp(`^\\d{4,}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])${ZONE}$`), 'a date such as 2026-11-24'],
  dateTime: [
    new RegExp(
      `^\\d{4,}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?${ZONE}$`,
    ),
    'a moment such as 2026-11-24T10:00:00+03:00',
  ],
  gYear: [new RegExp(`^-?\\d{4,}${ZONE}$`), 'a year of four digits'],
  gYearMonth: [new RegExp(`^\\d{4,}-(?:0[1-9]|1[0-2])${ZONE}$`), 'a month such as 2026-11'],
  base64Binary: [/^[A-Za-z0-9+/\s]*={0,2}\s*$/, 'Base64'],
  hexBinary: [/^(?:[0-9A-Fa-f]{2})*$/, 'hexadecimal digits'],
};

/** Text of a scalar of a native object; undefined for what is none. Numbers never get an exponent. */
export function textOfScalar(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  const text = String(value);
  return text.includes('e') ? undefined : text;
}

/**
 * What is wrong with a text as a value of this type; undefined when nothing is. Told without repeating the value, which may be
 * personal data.
 */
export function faultOfValue(text: string, type: FormatSimple): string | undefined {
  // Any type but strings ignores blanks around the value.
  const value = type.b === 'string' || type.b === 'normalizedString' ? text : text.trim();
  if (type.item) return faultOfList(value, type, type.item);
  return faultOfForm(value, type) ?? faultOfFacets(value, type);
}

function faultOfList(value: string, type: FormatSimple, item: FormatSimple): string | undefined {
  const items = value === '' ? [] : value.split(/[ \t\r\n]+/);
  const { len, min, max } = type;
  if (len !== undefined && items.length !== len) return `must have ${len} items and has ${items.length}`;
  if (min !== undefined && items.length < min) return `must have at least ${min} items and has ${items.length}`;
  if (max !== undefined && items.length > max) return `must have at most ${max} items and has ${items.length}`;
  for (const one of items) {
    const fault = faultOfValue(one, item);
    if (fault) return `has an item that ${fault}`;
  }
  return undefined;
}

/** The calendar has such a day: February by leap years, and no year 0. */
function isDay(text: string): boolean {
  const [, year = '', month = '', day = ''] = /^(\d{4,})-(\d\d)-(\d\d)/.exec(text) ?? [];
  const y = Number(year);
  if (y === 0 || (year.length > 4 && year.startsWith('0'))) return false;
  const leap = (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0;
  const days = month === '02' ? (leap ? 29 : 28) : ['04', '06', '09', '11'].includes(month) ? 30 : 31;
  return Number(day) <= days;
}

function faultOfForm(value: string, { b }: FormatSimple): string | undefined {
  const lexical = LEXICAL[b];
  if (lexical) {
    if (!lexical[0].test(value)) return `must be ${lexical[1]}`;
    return (b === 'date' || b === 'dateTime') && !isDay(value) ? 'must be a day that the calendar has' : undefined;
  }
  const bounds = INTEGERS[b];
  const highest = UNSIGNED[b];
  if (!bounds && highest === undefined && !UNBOUNDED.has(b)) return undefined;
  if (!/^[+-]?\d{1,40}$/.test(value)) return 'must be a whole number';
  const number = BigInt(value.replace(/^\+/, ''));
  if (bounds && (number < bounds[0] || number > bounds[1])) return `must lie between ${bounds[0]} and ${bounds[1]}`;
  if (highest !== undefined && (number < 0n || number > highest)) return `must lie between 0 and ${highest}`;
  if (b === 'nonNegativeInteger' && number < 0n) return 'must not be negative';
  if (b === 'positiveInteger' && number <= 0n) return 'must be positive';
  return undefined;
}

/** Numbers are compared by their value: +07 is 7. */
function plainNumber(text: string): string {
  return text.replace(/^\+/, '').replace(/^(-?)0+(?=\d)/, '$1');
}

function faultOfFacets(value: string, type: FormatSimple): string | undefined {
  if (type.e && !type.e.includes(type.b === 'string' ? value : plainNumber(value)))
    return `must be one of ${type.e.join(', ')}`;
  for (const pattern of type.p ?? []) if (!regExp(pattern).test(value)) return `must match the pattern ${pattern}`;
  const length = [...value].length;
  if (type.len !== undefined && length !== type.len) return `must have ${type.len} characters and has ${length}`;
  if (type.min !== undefined && length < type.min)
    return type.min === 1 ? 'must not be empty' : `must have at least ${type.min} characters and has ${length}`;
  if (type.max !== undefined && length > type.max) return `must have at most ${type.max} characters and has ${length}`;
  if (type.digits !== undefined || type.scale !== undefined) {
    const [, whole = '', fraction = ''] = /^[+-]?0*(\d*)(?:\.(\d*?)0*)?$/.exec(value) ?? [];
    if (type.scale !== undefined && fraction.length > type.scale)
      return `must have at most ${type.scale} digits after the point`;
    if (type.digits !== undefined && whole.length + fraction.length > type.digits)
      return `must have at most ${type.digits} digits`;
  }
  return faultOfRange(value, type);
}

function faultOfRange(value: string, { from, to, above, below, b }: FormatSimple): string | undefined {
  if (from === undefined && to === undefined && above === undefined && below === undefined) return undefined;
  const order = orderOf(b);
  if (from !== undefined && order(value, from) < 0) return `must be at least ${from}`;
  if (to !== undefined && order(value, to) > 0) return `must be at most ${to}`;
  if (above !== undefined && order(value, above) <= 0) return `must be above ${above}`;
  if (below !== undefined && order(value, below) >= 0) return `must be below ${below}`;
  return undefined;
}

function orderOf(base: string): (a: string, b: string) => number {
  if (base === 'date' || base === 'dateTime')
    return (a, b) => (a.slice(0, 10) < b.slice(0, 10) ? -1 : a.slice(0, 10) > b.slice(0, 10) ? 1 : 0);
  // Exact for any number of digits: both get the same number of places after the point.
  return (a, b) => {
    const places = Math.max(placesOf(a), placesOf(b));
    const difference = scaled(a, places) - scaled(b, places);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  };
}

const placesOf = (text: string): number => text.split('.')[1]?.length ?? 0;

function scaled(text: string, places: number): bigint {
  const [whole = '0', fraction = ''] = text.replace(/^\+/, '').split('.');
  return BigInt(`${whole === '' || whole === '-' ? `${whole}0` : whole}${fraction.padEnd(places, '0')}`);
}

/** Patterns of XML Schema match the whole value, and know neither anchors nor lazy counts. */
function regExp(pattern: string): RegExp {
  let compiled = patterns.get(pattern);
  if (!compiled) {
    const translated = pattern
      .replaceAll('\\i', '[A-Za-z_:]')
      .replaceAll('\\c', '[-A-Za-z0-9._:]')
      .replace(/[$^](?![^[]*\])/g, '\\$&');
    compiled = new RegExp(`^(?:${translated})$`, 'u');
    patterns.set(pattern, compiled);
  }
  return compiled;
}
