import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contactRule, contactWindows, fullWindow, loadContactLimits, nextFreeDay } from './contact-limits.ts';
import { addDays, startOfDay, wallClock } from './local-day.ts';

const rules = loadContactLimits();
const messages = contactRule(rules, { channel: 'sms', purpose: 'debt', day: '2026-11-24' });
if (!messages) throw new Error('The built-in rules must count text messages about debts.');

describe('contact limits', () => {
  test('debt messages are counted by default, two a day, four a week, sixteen a month; others are not', () => {
    expect(messages).toMatchObject({ group: 'messages', perDay: 2, perWeek: 4, perMonth: 16, windows: 'rolling' });
    expect(contactRule(rules, { channel: 'call', purpose: 'debt', day: '2026-11-24' })).toMatchObject({ perMonth: 8 });
    expect(contactRule(rules, { channel: 'sms', purpose: 'code', day: '2026-11-24' })).toBeUndefined();
    expect(contactRule(rules, { channel: 'sms', purpose: 'debt', day: '2016-12-31' })).toBeUndefined();
  });

  test('of the entries of a group the newest one that has begun holds', () => {
    const dated = [
      { ...messages, from: '2017-01-01' },
      { ...messages, from: '2026-12-01', perDay: 1 },
    ];
    const of = (day: string) => contactRule(dated, { channel: 'sms', purpose: 'debt', day })?.perDay;
    expect([of('2026-11-30'), of('2026-12-01')]).toEqual([2, 1]);
  });

  test('hub.yaml replaces numbers of a group, and a group that there is not is named', () => {
    const [first] = loadContactLimits(undefined, { messages: { perDay: 1, purposes: ['debt', 'service'] } });
    expect(first).toMatchObject({ perDay: 1, perWeek: 4, purposes: ['debt', 'service'] });
    expect(() => loadContactLimits(undefined, { mesages: { perDay: 1 } })).toThrow("no group 'mesages'");
  });

  test('a calendar week runs from Monday to Sunday, a calendar month to its last day', () => {
    expect(contactWindows({ ...messages, windows: 'calendar' }, '2026-02-15')).toEqual([
      { limit: 'perDay', most: 2, first: '2026-02-15', last: '2026-02-15', length: 1 },
      { limit: 'perWeek', most: 4, first: '2026-02-09', last: '2026-02-09', length: 7 },
      { limit: 'perMonth', most: 16, first: '2026-02-01', last: '2026-02-01', length: 28 },
    ]);
  });

  test('the next free day has room and no day before it has', () => {
    const day = fc.integer({ min: 0, max: 60 }).map((n) => addDays('2026-01-20', n));
    fc.assert(
      fc.property(
        fc.array(day, { maxLength: 40 }),
        day,
        fc.constantFrom('rolling', 'calendar'),
        (days, from, windows) => {
          const rule = { ...messages, windows } as const;
          const free = nextFreeDay(rule, from, days);
          expect(fullWindow(contactWindows(rule, free), days)).toBeUndefined();
          for (let at = addDays(from, 1); at < free; at = addDays(at, 1))
            expect(fullWindow(contactWindows(rule, at), days)).toBeDefined();
        },
      ),
      { numRuns: 100 },
    );
  });

  test('what rolling windows allow keeps to every calendar window too', () => {
    const day = fc.integer({ min: 0, max: 90 }).map((n) => addDays('2026-01-20', n));
    fc.assert(
      fc.property(fc.array(day, { maxLength: 60 }), (wanted) => {
        const taken: string[] = [];
        for (const d of wanted) if (!fullWindow(contactWindows(messages, d), taken)) taken.push(d);
        for (const d of taken)
          for (const w of contactWindows({ ...messages, windows: 'calendar' }, d))
            expect(taken.filter((t) => t >= w.first && t < addDays(w.first, w.length)).length).toBeLessThanOrEqual(
              w.most,
            );
      }),
      { numRuns: 100 },
    );
  });
});

describe('local days', () => {
  test.each([
    ['2026-11-24', 'Europe/Moscow', '2026-11-23T21:00:00.000Z'],
    ['2026-11-24', 'Asia/Yekaterinburg', '2026-11-23T19:00:00.000Z'],
    ['2026-11-24', 'Asia/Kamchatka', '2026-11-23T12:00:00.000Z'],
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'],
  ])('%s begins in %s at %s', (date, zone, at) => {
    expect(startOfDay(date, zone).toISOString()).toBe(at);
    expect(wallClock(startOfDay(date, zone), zone)).toEqual({ date, minutes: 0 });
  });
});
