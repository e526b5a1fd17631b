import type { WorkingCalendar } from './calendar.ts';
import { wallClock } from './local-day.ts';

/** `HH:MM-HH:MM`, may run over midnight. */
export interface QuietHours {
  workdays: string;
  weekends: string;
}

function minutesOf(text: string): [number, number] {
  const [from = '', to = ''] = text.split('-');
  const of = (t: string): number => Number(t.slice(0, 2)) * 60 + Number(t.slice(3, 5));
  return [of(from), of(to)];
}

/** Quiet at this wall-clock moment? The rule of a day covers its own hours; weekends and holidays have their own. */
function isQuiet(at: Date, timezone: string, hours: QuietHours, calendar: WorkingCalendar): boolean {
  const { date, minutes } = wallClock(at, timezone);
  const [from, to] = minutesOf(calendar.isWorkingDay(date) ? hours.workdays : hours.weekends);
  return from <= to ? minutes >= from && minutes < to : minutes >= from || minutes < to;
}

const MINUTE = 60_000;
const LONGEST = 4 * 24 * 60;

/**
 * Whether a message may go out now at the recipient's place, and if not, from when on (law 230-ФЗ, article 7).
 * Looked up minute by minute, so that days on which the clock is moved need no rule of their own.
 */
export function quietUntil(
  now: Date,
  timezone: string,
  hours: QuietHours,
  calendar: WorkingCalendar,
): Date | undefined {
  if (!isQuiet(now, timezone, hours, calendar)) return undefined;
  let at = Math.floor(now.getTime() / MINUTE) * MINUTE;
  for (let i = 0; i < LONGEST; i++) {
    at += MINUTE;
    if (!isQuiet(new Date(at), timezone, hours, calendar)) return new Date(at);
  }
  throw new Error('The quiet hours leave no time at all; correct limits.quietHours.');
}
