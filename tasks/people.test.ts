import { describe, expect, test } from '@jest/globals';
import { peopleOf } from './testing/workbench.ts';

const load = (counts: Record<string, number> = {}): Map<string, number> => new Map(Object.entries(counts));

describe('a new task', () => {
  test('goes to who names its kind before who takes everything', () => {
    const people = peopleOf([
      { id: 'all', handles: ['*'] },
      { id: 'named', handles: ['dead'] },
    ]);
    expect(people.assign('uk', 'dead', load({ named: 50 }))).toBe('named');
    expect(people.assign('uk', 'failed', load({ all: 50 }))).toBe('all');
  });

  test('goes to the one with the fewest open tasks, of equals to the first of hub.yaml', () => {
    const people = peopleOf([{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
    expect(people.assign('uk', 'dead', load())).toBe('a');
    expect(people.assign('uk', 'dead', load({ a: 2, b: 1, c: 1 }))).toBe('b');
  });

  test('goes to nobody of another organisation, and to nobody where nobody handles it', () => {
    const people = peopleOf([
      { id: 'a', organisations: ['other'] },
      { id: 'b', handles: ['approval'] },
    ]);
    expect(people.assign('uk', 'dead', load())).toBeNull();
    expect(people.assign('other', 'dead', load())).toBe('a');
  });
});

describe('a substitute', () => {
  const people = peopleOf([
    { id: 'a', email: 'a@example.ru', substitute: { person: 'b', from: '2026-07-01', to: '2026-07-14' } },
    { id: 'b', email: 'b@example.ru' },
    { id: 'c', substitute: { person: 'a', from: '2026-07-01', to: '2026-07-14' } },
  ]);
  // Moscow is three hours ahead of these.
  const at = (text: string): Date => new Date(text);

  test('acts on the first and on the last day of the zone, and not before or after', () => {
    expect(people.substitute('a', 'uk', at('2026-06-30T20:59:00Z'))).toBeNull();
    expect(people.substitute('a', 'uk', at('2026-06-30T21:00:00Z'))).toBe('b');
    expect(people.substitute('a', 'uk', at('2026-07-14T20:59:00Z'))).toBe('b');
    expect(people.substitute('a', 'uk', at('2026-07-14T21:00:00Z'))).toBeNull();
  });

  test('gets the mail, has the tasks in the list, and passes nothing on', () => {
    const now = at('2026-07-05T09:00:00Z');
    expect(people.reader('a', 'uk', now)).toBe('b');
    expect(people.actsFor('b', 'uk', now)).toEqual(['b', 'a']);
    expect(people.substitute('c', 'uk', now)).toBe('a');
    expect(people.reader('nobody', 'uk', now)).toBeNull();
    expect(people.reader(null, 'uk', now)).toBeNull();
  });
});
