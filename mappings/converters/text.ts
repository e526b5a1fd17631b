import { ConversionFault, type Converter } from '../types.ts';

export function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  throw new ConversionFault('must be text');
}

const emptyToNull = (text: string): string | null => (text === '' ? null : text);

/** Text as it is; empty text ↔ null. */
export const text = (): Converter => ({
  read: (v) => (v === null || v === undefined ? null : emptyToNull(asText(v))),
  write: (v) => (v === null || v === undefined ? '' : asText(v)),
});

/** Without spaces at both ends; empty ↔ null. Padding is not restored when written: 1C pads by itself. */
export const trim = (): Converter => ({
  read: (v) => (v === null || v === undefined ? null : emptyToNull(asText(v).trim())),
  write: (v) => (v === null || v === undefined ? '' : asText(v)),
});

/** Text that must not be longer when written: 1C would cut it without a word. */
export function maxLength([n]: readonly unknown[]): Converter {
  if (typeof n !== 'number' || n < 1)
    throw new ConversionFault('maxLength takes a number of characters, such as maxLength(36)');
  return {
    read: (v) => v,
    write: (v) => {
      if (typeof v === 'string' && v.length > n)
        throw new ConversionFault(`is ${v.length} characters long; the field takes ${n}`);
      return v;
    },
  };
}

/** Padded with spaces on the left to n characters when written. */
export function padLeft([n]: readonly unknown[]): Converter {
  if (typeof n !== 'number' || n < 1) throw new ConversionFault('padLeft takes a width, such as padLeft(9)');
  return {
    read: (v) => (typeof v === 'string' ? v.trimStart() : v),
    write: (v) => (typeof v === 'string' ? v.padStart(n) : v),
  };
}

const ZERO_GUID = '00000000-0000-0000-0000-000000000000';
const guidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** GUID as text; zero or empty ↔ null. */
export const guid = (): Converter => ({
  read: (v) => {
    if (v === null || v === undefined || v === '' || v === ZERO_GUID) return null;
    const t = asText(v).trim();
    if (!guidPattern.test(t)) throw new ConversionFault('must be a GUID');
    return t.toLowerCase();
  },
  write: (v) => (v === null || v === undefined ? ZERO_GUID : v),
});

/** Reference to another record; zero GUID ↔ null. */
export function xref([entity]: readonly unknown[]): Converter {
  if (typeof entity !== 'string')
    throw new ConversionFault('xref takes the name of a canonical entity, such as xref(Premises)');
  return {
    refersTo: entity,
    read: (v, scope) =>
      v === null || v === undefined || v === '' || v === ZERO_GUID ? null : scope.resolve(entity, asText(v)),
    write: (v, scope) => {
      if (v === null || v === undefined) return ZERO_GUID;
      const key = scope.nativeKey(entity, asText(v));
      if (key === undefined) throw new ConversionFault(`refers to a ${entity} that this system does not know`);
      return key;
    },
  };
}
