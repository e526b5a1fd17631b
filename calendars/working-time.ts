import type { WorkingCalendar } from './calendar.ts';
import { addDays, startOfDay, wallClock } from './local-day.ts';

/** When people of an organisation work. */
export interface WorkingTime {
  calendar: WorkingCalendar;
  timezone: string;
  /** `HH:MM-HH:MM`, ends after it begins. */
  workingDay: string;
}

const MINUTE_MS = 60_000;
/** Longer than any run of holidays; a calendar without working days must not keep anybody looking. */
const MOST_DAYS = 4_000;

/** The moment after so many working hours. A start outside of them counts from the next opening. */
export function afterWorkingHours(from: Date, hours: number, time: WorkingTime): Date {
  let left = Math.round(hours * 60) * MINUTE_MS;
  let at = from.getTime();
  for (const { opens, closes } of daysFrom(from, time)) {
    const begins = Math.max(at, opens.getTime());
    const free = closes.getTime() - begins;
    if (free <= 0) continue;
    if (left <= free) return new Date(begins + left);
    left -= free;
    at = closes.getTime();
  }
  throw new Error('The calendar has no working days.');
}

/** The end of the working day that is so many working days after the day of `from`. */
export function afterWorkingDays(from: Date, days: number, time: WorkingTime): Date {
  const today = wallClock(from, time.timezone).date;
  let left = days;
  for (const { date, closes } of daysFrom(from, time)) {
    if (date === today) continue;
    left--;
    if (left === 0) return closes;
  }
  throw new Error('The calendar has no working days.');
}

function* daysFrom(
  from: Date,
  { calendar, timezone, workingDay }: WorkingTime,
): Iterable<{ date: string; opens: Date; closes: Date }> {
  let { date } = wallClock(from, timezone);
  for (let i = 0; i < MOST_DAYS; i++, date = addDays(date, 1)) {
    if (!calendar.isWorkingDay(date)) continue;
    yield {
      date,
      opens: at(date, workingDay.slice(0, 5), timezone),
      closes: at(date, workingDay.slice(6), timezone),
    };
  }
}

/** The moment at which a clock on the wall shows `HH:MM` on a date. */
function at(date: string, time: string, timezone: string): Date {
  const minutes = Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  const guess = new Date(startOfDay(date, timezone).getTime() + minutes * MINUTE_MS);
  // On a day on which the clock is moved the guess is off by what it was moved.
  return new Date(guess.getTime() + (minutes - wallClock(guess, timezone).minutes) * MINUTE_MS);
}
