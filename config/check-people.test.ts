import { expect, test } from '@jest/globals';
import { ConfigError, parseConfig } from './load.ts';

const parse = (more: string, env: NodeJS.ProcessEnv = {}) =>
  parseConfig(`organisations:\n  - { id: uk, name: УК }\nconnectors: {}\n${more}`, 'hub.yaml', new Map(), env);

function faultsOf(more: string): string[] {
  try {
    parse(more);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map((f) => `${f.line} ${f.key}: ${f.message}`);
  }
}

test('people and tasks are read with their defaults, and the password from the environment', () => {
  const config = parse(
    `people:
  - { id: anna, name: Анна, email: anna@example.ru, handles: [approval, dead], substitute: { person: boris, from: 2026-07-01, to: 2026-07-14 } }
  - { id: boris, name: Борис }
tasks:
  deadlines: { approval: { workingHours: 1 } }
  escalate: { afterOverdueHours: 4, to: boris }
  mail: { url: 'smtps://hub:\${SMTP_PASSWORD}@mail.example.ru', from: hub@example.ru }
`,
    { SMTP_PASSWORD: 'secret' },
  );
  expect(config.people[1]).toEqual({ id: 'boris', name: 'Борис', handles: ['*'], language: 'ru' });
  expect(config.tasks).toMatchObject({
    workingDay: '09:00-18:00',
    mail: { url: 'smtps://hub:secret@mail.example.ru', timeoutMs: 20_000 },
  });
});

test.each([
  ['people:\n  - { id: a, name: A }\n  - { id: a, name: B }', ["6 people.1.id: 'a' stands twice"]],
  [
    'people:\n  - { id: a, name: A, handles: [aproval] }',
    ["5 people.0.handles.0: there is no kind of task 'aproval'; did you mean 'approval'?"],
  ],
  [
    'people:\n  - { id: a, name: A, organisations: [uc] }',
    ["5 people.0.organisations.0: there is no organisation 'uc'; did you mean 'uk'?"],
  ],
  [
    'people:\n  - { id: anna, name: A, substitute: { person: anna, from: 2026-07-01, to: 2026-07-02 } }',
    ['5 people.0.substitute.person: is the person themselves'],
  ],
  [
    'people:\n  - { id: anna, name: A }\n  - { id: b, name: B, substitute: { person: ana, from: 2026-07-03, to: 2026-07-02 } }',
    [
      "6 people.1.substitute.person: there is no person 'ana'; did you mean 'anna'?",
      '6 people.1.substitute.to: lies before from',
    ],
  ],
  ['people:\n  - { id: a, name: A, email: nowhere }', ['5 people.0.email: is not a mail address']],
  [
    'people:\n  - { id: a, name: A, handels: [dead] }',
    [
      "5 people.0.handels: unknown key; did you mean 'handles'? (valid: id, name, email, language, handles, organisations, substitute)",
    ],
  ],
  [
    'tasks:\n  deadlines: { ded: { workingDays: 1 } }',
    ["5 tasks.deadlines.ded: there is no kind of task 'ded'; did you mean 'dead'?"],
  ],
  [
    'tasks:\n  deadlines: { dead: { workingDays: 1, workingHours: 1 } }',
    ['5 tasks.deadlines.dead: takes workingHours or workingDays'],
  ],
  [
    'tasks:\n  escalate: { afterOverdueHours: 1, to: nobody }',
    ["5 tasks.escalate.to: there is no person 'nobody' (known: )"],
  ],
  ["tasks:\n  workingDay: '18:00-09:00'", ['5 tasks.workingDay: must end after it begins']],
])('%j is refused with its place', (text, wanted) => {
  expect(faultsOf(text)).toEqual(wanted);
});

test('a mail server without a scheme is refused, and its password is not repeated', () => {
  const faults = faultsOf("tasks:\n  mail: { url: 'hub:qwerty@mail.example.ru', from: hub@example.ru }");
  expect(faults).toEqual([expect.stringContaining('5 tasks.mail.url: must look like')]);
  expect(faults.join()).not.toContain('qwerty');
});
