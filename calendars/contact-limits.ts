import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { addDays, daysBetween } from './local-day.ts';

const count = z.int().min(1).max(10_000);
const Entry = z.strictObject({
  from: z.iso.date().describe('First day on which it holds'),
  source: z.string().min(1).max(200).describe('Law and article'),
  channels: z.array(z.string().min(1)).min(1),
  purposes: z.array(z.string().min(1)).min(1),
  perDay: count,
  perWeek: count,
  perMonth: count,
  windows: z.enum(['rolling', 'calendar']),
});
const LimitsFile = z.record(z.string().regex(/^[a-z][a-z-]{0,30}$/), z.array(Entry).min(1));

/** A rule about how often one person may be contacted, in one group of channels. */
export interface ContactRule extends z.output<typeof Entry> {
  /** What is counted together. */
  group: string;
}

/** Changes of hub.yaml to the rules of a group. */
export interface ContactOverride {
  perDay?: number | undefined;
  perWeek?: number | undefined;
  perMonth?: number | undefined;
  windows?: 'rolling' | 'calendar' | undefined;
  purposes?: string[] | undefined;
}

/** Days that are counted together, and the most contacts they may hold. Every stretch from `first` to `last` is looked at. */
export interface ContactWindow {
  limit: 'perDay' | 'perWeek' | 'perMonth';
  most: number;
  /** First days of the stretches that hold the day in question, YYYY-MM-DD. */
  first: string;
  last: string;
  /** Days of a stretch. */
  length: number;
}

/**
 * Reads the dated rules.
 * @throws Error naming what is wrong with the file, or an override of a group that it lacks
 */
export function loadContactLimits(
  file = fileURLToPath(new URL('./contact-limits.yaml', import.meta.url)),
  overrides: Readonly<Record<string, ContactOverride>> = {},
): readonly ContactRule[] {
  const parsed = LimitsFile.safeParse(parse(readFileSync(file, 'utf8')));
  if (!parsed.success)
    throw new Error(`${file}: ${parsed.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; ')}`);
  const owner = new Map<string, string>();
  for (const [group, entries] of Object.entries(parsed.data)) {
    for (const channel of entries.flatMap((e) => e.channels)) {
      const other = owner.get(channel);
      if (other !== undefined && other !== group)
        throw new Error(
          `${file}: the channel ${channel} is counted in ${other} and in ${group}; only one may count it.`,
        );
      owner.set(channel, group);
    }
  }
  const absent = Object.keys(overrides).find((group) => !parsed.data[group]);
  if (absent !== undefined)
    throw new Error(
      `limits.contacts: there is no group '${absent}' in ${file}; it has ${Object.keys(parsed.data).join(', ')}.`,
    );
  return Object.entries(parsed.data).flatMap(([group, entries]) =>
    entries.map((entry) => ({ ...entry, ...given(overrides[group]), group })),
  );
}

function given(override: ContactOverride | undefined): Partial<ContactRule> {
  return Object.fromEntries(Object.entries(override ?? {}).filter(([, value]) => value !== undefined));
}

/** The rule that holds for a contact on a day; undefined when none counts it. */
export function contactRule(
  rules: readonly ContactRule[],
  contact: { channel: string; purpose: string; day: string },
): ContactRule | undefined {
  const begun = rules.filter((r) => r.channels.includes(contact.channel) && r.from <= contact.day);
  const newest = begun.reduce<ContactRule | undefined>((a, b) => (a && a.from > b.from ? a : b), undefined);
  return newest?.purposes.includes(contact.purpose) ? newest : undefined;
}

/** What a contact on a day is counted against. A rolling week is seven days in a row, a rolling month thirty-one. */
export function contactWindows(rule: ContactRule, day: string): ContactWindow[] {
  const rolling = (limit: ContactWindow['limit'], length: number): ContactWindow => ({
    limit,
    most: rule[limit],
    first: addDays(day, 1 - length),
    last: day,
    length,
  });
  if (rule.windows === 'rolling') return [rolling('perDay', 1), rolling('perWeek', 7), rolling('perMonth', 31)];
  const monday = addDays(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7));
  const firstOfMonth = `${day.slice(0, 7)}-01`;
  const nextMonth = `${addDays(firstOfMonth, 31).slice(0, 7)}-01`;
  return [
    rolling('perDay', 1),
    { limit: 'perWeek', most: rule.perWeek, first: monday, last: monday, length: 7 },
    {
      limit: 'perMonth',
      most: rule.perMonth,
      first: firstOfMonth,
      last: firstOfMonth,
      length: daysBetween(firstOfMonth, nextMonth),
    },
  ];
}

/** The window that has no room for one more contact, given the days of those there are. */
export function fullWindow(windows: readonly ContactWindow[], days: readonly string[]): ContactWindow | undefined {
  return windows.find((w) => {
    for (let start = w.first; start <= w.last; start = addDays(start, 1)) {
      const end = addDays(start, w.length);
      if (days.filter((d) => d >= start && d < end).length >= w.most) return true;
    }
    return false;
  });
}

/** The first day after a full one on which a contact has room. */
export function nextFreeDay(rule: ContactRule, day: string, days: readonly string[]): string {
  let at = addDays(day, 1);
  // Past the last known contact and a month there is room in any case.
  const end = addDays(
    [...days, day].reduce((a, b) => (a > b ? a : b)),
    62,
  );
  while (at < end && fullWindow(contactWindows(rule, at), days)) at = addDays(at, 1);
  return at;
}
