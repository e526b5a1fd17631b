import type { WorkingCalendar } from '../../calendars/calendar.ts';
import { addDays, startOfDay, wallClock } from '../../calendars/local-day.ts';

/** Working days for an answer (приказ Минкомсвязи и Минстроя 74/114/пр, разд. 10, п. 21). */
export const WORKING_DAYS = 5;

export interface Term {
  /** Last day, at the organisation's place. */
  lastDay: string;
  /** The first moment after it. */
  endsAt: Date;
  /** From then on it is at risk. */
  riskAt: Date;
}

/**
 * Until when an inquiry is to be answered. The day that came with it counts; where the calendar of the hub gives an earlier
 * one, that does, so that a day on which the sender's calendar errs costs nothing.
 *
 * @param riskHours hours by the clock before the end; when they begin on a free day, the last working day before it counts
 */
export function termOf(
  inquiry: { sentOn: string; answerBy: string },
  o: { calendar: WorkingCalendar; timezone: string; riskHours: number },
): Term {
  const own = afterWorkingDates(inquiry.sentOn, WORKING_DAYS, o.calendar);
  const [lastDay = own] = [own, inquiry.answerBy].sort();
  const endsAt = startOfDay(addDays(lastDay, 1), o.timezone);
  const riskAt = new Date(endsAt.getTime() - o.riskHours * 3_600_000);
  const { date } = wallClock(riskAt, o.timezone);
  if (o.calendar.isWorkingDay(date)) return { lastDay, endsAt, riskAt };
  let working = date;
  for (let i = 0; i < 60 && !o.calendar.isWorkingDay(working); i++) working = addDays(working, -1);
  return { lastDay, endsAt, riskAt: startOfDay(working, o.timezone) };
}

function afterWorkingDates(from: string, days: number, calendar: WorkingCalendar): string {
  let at = from;
  for (let left = days, i = 0; left > 0 && i < 400; i++) {
    at = addDays(at, 1);
    if (calendar.isWorkingDay(at)) left--;
  }
  return at;
}
