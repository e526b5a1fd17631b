const formatters = new Map<string, Intl.DateTimeFormat>();

/** Date (YYYY-MM-DD) and minutes since midnight that a clock on the wall shows at a place. */
export function wallClock(at: Date, timezone: string): { date: string; minutes: number } {
  let format = formatters.get(timezone);
  if (!format) {
    format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: timezone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    formatters.set(timezone, format);
  }
  const [date = '', time = ''] = format.format(at).split(' ');
  return { date, minutes: Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5)) };
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The first moment of a date (YYYY-MM-DD) at a place. */
export function startOfDay(date: string, timezone: string): Date {
  // Zones lie within UTC−12…+14; the day begins at the only minute where the date turns.
  let before = Date.parse(`${date}T00:00:00Z`) - 15 * 3_600_000;
  let after = before + 30 * 3_600_000;
  while (after - before > MINUTE_MS) {
    const middle = before + Math.floor((after - before) / 2 / MINUTE_MS) * MINUTE_MS;
    if (wallClock(new Date(middle), timezone).date < date) before = middle;
    else after = middle;
  }
  return new Date(after);
}

/** A date moved by whole days. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Whole days from one date to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}
