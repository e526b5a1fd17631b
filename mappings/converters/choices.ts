import { normalisePhone } from '../../canonical/values/contact.ts';
import { ConversionFault, type Converter } from '../types.ts';

/** Native value ↔ canonical value by a table. Writing takes the first native value of the canonical one. */
export function choice([table]: readonly unknown[]): Converter {
  if (table === null || typeof table !== 'object' || Array.isArray(table))
    throw new ConversionFault('enum takes a table, such as enum({ Жилое: residential })');
  const entries = Object.entries(table as Record<string, unknown>);
  const there = new Map(entries);
  const back = new Map(entries.map(([native, canonical]) => [canonical, native] as const).reverse());
  const booleans = entries.every(([native]) => native === 'true' || native === 'false');
  return {
    read: (v) => {
      const found = there.get(String(v ?? ''));
      if (found === undefined) {
        if (v === null || v === undefined || v === '') return null;
        throw new ConversionFault(`is not in the table of enum (${entries.map(([native]) => native).join(', ')})`);
      }
      return found;
    },
    write: (v) => {
      if (v === null || v === undefined) return booleans ? false : '';
      const native = back.get(v as string);
      if (native === undefined)
        throw new ConversionFault(`has no native value in the table of enum (${[...back.keys()].join(', ')})`);
      return booleans ? native === 'true' : native;
    },
  };
}

/** true / false. */
export const boolean = (): Converter => ({
  read: (v) => {
    if (typeof v === 'boolean') return v;
    throw new ConversionFault('must be true or false');
  },
  write: (v) => v === true,
});

/** A phone in any usual form → E.164. One-way: the original spelling is lost. Unreadable ones are null. */
export const phone = (): Converter => ({ read: (v) => (typeof v === 'string' ? (normalisePhone(v) ?? null) : null) });

/** An e-mail in small letters; null when it is not one. One-way. */
export const email = (): Converter => ({
  read: (v) => {
    if (typeof v !== 'string') return null;
    const text = v.trim().toLowerCase();
    return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) ? text : null;
  },
});

/** A value for what is null. Writing keeps the value. */
export function fallback([value]: readonly unknown[]): Converter {
  return { read: (v) => v ?? value, write: (v) => v };
}

/** Null is allowed where the table before gave none; a mark for the reader, and for `hub map check`. */
export const optional = (): Converter => ({ read: (v) => v ?? null, write: (v) => v });

/** Null becomes an error here instead of at the canonical check, with the native field in its text. */
export const required = (): Converter => ({
  read: (v) => {
    if (v === null || v === undefined) throw new ConversionFault('is empty, but this field is required');
    return v;
  },
  write: (v) => v,
});

/** The first characters only, when read. One-way. */
export function first([n]: readonly unknown[]): Converter {
  if (typeof n !== 'number') throw new ConversionFault('first takes a number of characters, such as first(50)');
  return { read: (v) => (typeof v === 'string' ? v.slice(0, n) : v) };
}

/** true ↔ true, and false ↔ left out: for elements that may only say yes. */
export const mark = (): Converter => ({
  read: (v) => v === true || v === 'true' || v === '1',
  write: (v) => (v === true ? true : undefined),
});

/**
 * Value of the first word that the text holds, whatever the case: `keyword({ cold-water: холодн, hot-water: горяч })`; null when it holds
 * none. One-way: many texts have one meaning.
 */
export function keyword([table]: readonly unknown[]): Converter {
  if (table === null || typeof table !== 'object' || Array.isArray(table))
    throw new ConversionFault('keyword takes a table, such as keyword({ cold-water: холодн })');
  const words = Object.entries(table as Record<string, unknown>).map(
    ([value, word]) => [value, String(word).toLowerCase()] as const,
  );
  return {
    read: (v) => {
      const text = String(v ?? '').toLowerCase();
      return words.find(([, word]) => text.includes(word))?.[0] ?? null;
    },
  };
}
