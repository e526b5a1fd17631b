import { ConversionFault, type Converter, type ReadScope, type WriteScope } from '../types.ts';

const EMPTY = '0001-01-01T00:00:00';
const SHAPE = '0000-00-00T00:00:00';
const ZERO = 48;
const NINE = 57;

function isEmpty(v: unknown): boolean {
  return v === null || v === undefined || v === '' || v === EMPTY;
}

/** Digits and signs where they belong: every date of every record comes by here, so without a regular expression. */
function isNaive(v: unknown): v is string {
  if (typeof v !== 'string' || v.length !== SHAPE.length) return false;
  for (let i = 0; i < SHAPE.length; i++) {
    const wanted = SHAPE.charCodeAt(i);
    const code = v.charCodeAt(i);
    if (wanted === ZERO ? code < ZERO || code > NINE : code !== wanted) return false;
  }
  return true;
}

function naiveText(v: unknown): string {
  if (!isNaive(v)) throw new ConversionFault('must be a date and time without zone, such as 2026-11-24T10:00:00');
  return v;
}

/** 2026-11-24T00:00:00 ↔ 2026-11-24; 0001-01-01 ↔ null. */
export const date = (): Converter => ({
  read: (v) => (isEmpty(v) ? null : naiveText(v).slice(0, 10)),
  write: (v) => (v === null || v === undefined ? EMPTY : `${String(v).slice(0, 10)}T00:00:00`),
});

/** First day of a month ↔ YYYY-MM. */
export const period = (): Converter => ({
  read: (v) => (isEmpty(v) ? null : naiveText(v).slice(0, 7)),
  write: (v) => (v === null || v === undefined ? EMPTY : `${String(v)}-01T00:00:00`),
});

/** Local time of the base ↔ instant with the offset that holds there on that day. */
export const datetime = (): Converter => ({
  read: (v, scope: ReadScope) => (isEmpty(v) ? null : withOffset(naiveText(v), scope.timezone)),
  write: (v, scope: WriteScope) => {
    if (v === null || v === undefined) return EMPTY;
    const text = String(v);
    // A plain date has no zone to convert from: midnight of that day in the base.
    if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return `${text}T00:00:00`;
    const at = new Date(text);
    if (Number.isNaN(at.getTime())) throw new ConversionFault('must be an instant');
    return localText(at, scope.timezone);
  },
});

/** Moment of the pull as an instant; one-way, needs no path. */
export const asOf = (): Converter => ({ read: (_v, scope) => scope.asOf.toISOString() });

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Wall clock of a zone as `YYYY-MM-DDThh:mm:ss`. */
export function localText(at: Date, timezone: string): string {
  let format = formatters.get(timezone);
  if (!format) {
    format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: timezone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    });
    formatters.set(timezone, format);
  }
  return format.format(at).replace(' ', 'T');
}

const offsets = new Map<string, number>();

/** Offset of a zone from UTC at a wall-clock hour, minutes; remembered per day, as Russian zones change seldom. */
function offsetMinutes(local: string, timezone: string): number {
  const key = `${timezone}${local.slice(0, 13)}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    const asUtc = Date.parse(`${local}Z`);
    // Two rounds settle days on which the clock is moved.
    let guess = asUtc;
    for (let i = 0; i < 2; i++)
      guess = asUtc - (Date.parse(`${localText(new Date(guess), timezone)}Z`) - Math.trunc(guess / 1000) * 1000);
    offset = Math.round((asUtc - guess) / 60_000);
    if (offsets.size > 20_000) offsets.clear();
    offsets.set(key, offset);
  }
  return offset;
}

/** `2026-11-24T10:00:00` in Europe/Samara → `2026-11-24T10:00:00+04:00`. */
export function withOffset(local: string, timezone: string): string {
  const minutes = offsetMinutes(local, timezone);
  const abs = Math.abs(minutes);
  return `${local}${minutes < 0 ? '-' : '+'}${String(Math.floor(abs / 60)).padStart(2, '0')}:${String(abs % 60).padStart(2, '0')}`;
}

/** The years in which systems of the state write "no date". Source: contract sheet giszhkh §3. */
const ENDLESS = new Set(['1900-01-01', '5000-01-01']);

/** A date with or without zone ↔ YYYY-MM-DD; an instant is written as its day in the base's zone. */
export const day = (): Converter => ({
  read: (v) => {
    if (v === null || v === undefined || v === '') return null;
    const [, found] = /^(\d{4}-\d{2}-\d{2})(?:T[\d:.]+)?(?:Z|[+-]\d{2}:\d{2})?$/.exec(String(v)) ?? [];
    if (!found) throw new ConversionFault('must be a date such as 2026-11-24');
    return ENDLESS.has(found) ? null : found;
  },
  write: (v, scope) => {
    if (v === null || v === undefined) return undefined;
    const text = String(v);
    if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return text;
    const at = new Date(text);
    if (Number.isNaN(at.getTime())) throw new ConversionFault('must be an instant or a date');
    return localText(at, scope.timezone).slice(0, 10);
  },
});

/** Year and month of a period (or of a date), as numbers; a system that keeps them apart is only written so. */
export const yearOf = (): Converter => monthPart(0);
export const monthOf = (): Converter => monthPart(1);

function monthPart(part: 0 | 1): Converter {
  return {
    read: () => {
      throw new ConversionFault('is a converter for writing');
    },
    write: (v) => {
      if (v === null || v === undefined) return undefined;
      const found = /^(\d{4})-(\d{2})/.exec(String(v));
      if (!found) throw new ConversionFault('must be a month such as 2026-11');
      return Number(found[part + 1]);
    },
  };
}
