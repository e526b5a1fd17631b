import { expect, test } from '@jest/globals';
import { loadCalendar } from './calendar.ts';
import { afterWorkingDays, afterWorkingHours } from './working-time.ts';

const calendar = loadCalendar();
const moscow = { calendar, timezone: 'Europe/Moscow', workingDay: '09:00-18:00' };
const samara = { ...moscow, timezone: 'Europe/Samara' };

test.each([
  ['within a day', '2026-11-24T10:00:00+03:00', 4, '2026-11-24T14:00:00+03:00'],
  ['to the very end of a day', '2026-11-24T14:00:00+03:00', 4, '2026-11-24T18:00:00+03:00'],
  ['over the night', '2026-11-24T17:00:00+03:00', 4, '2026-11-25T12:00:00+03:00'],
  ['from before the opening', '2026-11-24T03:00:00+03:00', 1, '2026-11-24T10:00:00+03:00'],
  ['from after the closing', '2026-11-24T23:30:00+03:00', 1, '2026-11-25T10:00:00+03:00'],
  ['over a weekend', '2026-11-27T17:30:00+03:00', 1, '2026-11-30T09:30:00+03:00'],
  ['over the New Year holidays', '2026-12-30T17:00:00+03:00', 2, '2027-01-11T10:00:00+03:00'],
  ['over a working Saturday', '2025-10-31T17:00:00+03:00', 2, '2025-11-01T10:00:00+03:00'],
  ['over several days', '2026-11-23T09:00:00+03:00', 20, '2026-11-25T11:00:00+03:00'],
])('working hours %s', (_title, from, hours, wanted) => {
  expect(afterWorkingHours(new Date(from), hours, moscow)).toEqual(new Date(wanted));
});

test('hours are those of the place', () => {
  expect(afterWorkingHours(new Date('2026-11-24T17:00:00+04:00'), 2, samara)).toEqual(
    new Date('2026-11-25T10:00:00+04:00'),
  );
});

test.each([
  ['the next', '2026-11-24T10:00:00+03:00', 1, '2026-11-25T18:00:00+03:00'],
  ['from a Saturday', '2026-11-28T10:00:00+03:00', 1, '2026-11-30T18:00:00+03:00'],
  ['over a weekend', '2026-11-26T10:00:00+03:00', 2, '2026-11-30T18:00:00+03:00'],
  ['over May holidays', '2026-04-30T10:00:00+03:00', 1, '2026-05-04T18:00:00+03:00'],
])('working days: %s', (_title, from, days, wanted) => {
  expect(afterWorkingDays(new Date(from), days, moscow)).toEqual(new Date(wanted));
});

test('a day on which the clock is moved opens by the clock on the wall', () => {
  const berlin = {
    calendar: { years: [], isWorkingDay: () => true },
    timezone: 'Europe/Berlin',
    workingDay: '09:00-18:00',
  };
  expect(afterWorkingHours(new Date('2026-03-28T23:30:00Z'), 1, berlin)).toEqual(new Date('2026-03-29T08:00:00Z'));
});

test('a calendar without working days is an error, not an endless search', () => {
  const never = { ...moscow, calendar: { years: [], isWorkingDay: () => false } };
  expect(() => afterWorkingHours(new Date(), 1, never)).toThrow('no working days');
  expect(() => afterWorkingDays(new Date(), 1, never)).toThrow('no working days');
});
