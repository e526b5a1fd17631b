import { expect, test } from '@jest/globals';
import { loadCalendar } from '../../calendars/calendar.ts';
import { termOf } from './term.ts';

const calendar = loadCalendar();
const term = (sentOn: string, answerBy: string, timezone = 'Europe/Moscow', riskHours = 24) =>
  termOf({ sentOn, answerBy }, { calendar, timezone, riskHours });

test('five working days end with their last day at the place of the organisation', () => {
  expect(term('2026-11-16', '2026-11-23', 'Europe/Moscow', 36)).toEqual({
    lastDay: '2026-11-23',
    endsAt: new Date('2026-11-23T21:00:00Z'),
    // 36 hours before is a Sunday: the Friday before counts, from its beginning.
    riskAt: new Date('2026-11-19T21:00:00Z'),
  });
  expect(term('2026-11-16', '2026-11-23', 'Asia/Yekaterinburg').endsAt).toEqual(new Date('2026-11-23T19:00:00Z'));
});

test('holidays don’t count: what was sent on the last working day of the year is due after New Year', () => {
  expect(term('2025-12-30', '2026-12-31').lastDay > '2026-01-12').toBe(true);
});

test('a later day than five working days give is not trusted, an earlier one is', () => {
  expect(term('2026-11-16', '2026-11-30').lastDay).toBe('2026-11-23');
  expect(term('2026-11-16', '2026-11-20').lastDay).toBe('2026-11-20');
});
