import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const range = z.string().regex(/^\d{4}-\d{2}-\d{2}(\/\d{4}-\d{2}-\d{2})?$/);
const CalendarFile = z.record(
  z.string().regex(/^\d{4}$/),
  z.strictObject({
    source: z.string().min(1).describe('Where the dates come from'),
    holidays: z.array(range),
    daysOff: z.array(day).describe('Working days made free by a transfer'),
    workingWeekends: z.array(day).describe('Weekend days made working by a transfer'),
  }),
);

/** Which days are worked. Dates are YYYY-MM-DD at the place in question. */
export interface WorkingCalendar {
  isWorkingDay(date: string): boolean;
  /** Years with data; other years follow weekdays alone. */
  years: readonly number[];
}

/** @throws Error naming what is wrong with the file */
export function loadCalendar(file = fileURLToPath(new URL('./ru.yaml', import.meta.url))): WorkingCalendar {
  const raw: unknown = parse(readFileSync(file, 'utf8'));
  const parsed = CalendarFile.safeParse(raw);
  if (!parsed.success)
    throw new Error(`${file}: ${parsed.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; ')}`);
  const free = new Set<string>();
  const working = new Set<string>();
  for (const year of Object.values(parsed.data)) {
    for (const text of year.holidays) for (const date of datesOf(text)) free.add(date);
    for (const date of year.daysOff) free.add(date);
    for (const date of year.workingWeekends) working.add(date);
  }
  return {
    years: Object.keys(parsed.data).map(Number),
    isWorkingDay: (date) => {
      if (working.has(date)) return true;
      if (free.has(date)) return false;
      const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
      return weekday !== 0 && weekday !== 6;
    },
  };
}

function* datesOf(text: string): Iterable<string> {
  const [from = '', to = from] = text.split('/');
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000) yield new Date(at).toISOString().slice(0, 10);
}
