import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { loadCalendar } from './calendar.ts';
import { quietUntil } from './quiet-hours.ts';

const calendar = loadCalendar();
const hours = { workdays: '22:00-08:00', weekends: '20:00-09:00' };

describe('quiet hours', () => {
  test.each([
    [
      'a house in UTC+5 at ten in the evening waits until eight, whatever the server thinks',
      '2026-11-24T17:00:00Z',
      'Asia/Yekaterinburg',
      '2026-11-25T03:00:00Z',
    ],
    ['the same moment is still day in Moscow', '2026-11-24T17:00:00Z', 'Europe/Moscow', undefined],
    [
      'Friday night goes over into the weekend, which begins at nine',
      '2026-11-27T19:30:00Z',
      'Europe/Moscow',
      '2026-11-28T06:00:00Z',
    ],
    [
      'Sunday evening ends on a working Monday at eight',
      '2026-11-29T18:00:00Z',
      'Europe/Moscow',
      '2026-11-30T05:00:00Z',
    ],
    [
      'a public holiday on a weekday has weekend hours',
      '2026-11-04T17:30:00Z',
      'Europe/Moscow',
      '2026-11-05T05:00:00Z',
    ],
    ['a day off by transfer has weekend hours', '2026-03-09T05:30:00Z', 'Europe/Moscow', '2026-03-09T06:00:00Z'],
    ['a working Saturday by transfer has working hours', '2025-11-01T05:30:00Z', 'Europe/Moscow', undefined],
  ])('%s', (_title, now, zone, until) => {
    expect(quietUntil(new Date(now), zone, hours, calendar)?.toISOString()).toBe(
      until === undefined ? undefined : new Date(until).toISOString(),
    );
  });

  test('the end of quiet hours is later than now and not quiet', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2025-01-01'), max: new Date('2027-12-31'), noInvalidDate: true }),
        fc.constantFrom('Europe/Moscow', 'Europe/Samara', 'Asia/Yekaterinburg', 'Europe/Berlin'),
        (now, zone) => {
          const until = quietUntil(now, zone, hours, calendar);
          if (until) {
            expect(until.getTime()).toBeGreaterThan(now.getTime());
            expect(quietUntil(until, zone, hours, calendar)).toBeUndefined();
            expect(quietUntil(new Date(until.getTime() - 1), zone, hours, calendar)).toEqual(until);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
