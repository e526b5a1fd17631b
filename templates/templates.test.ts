import { expect, test } from '@jest/globals';
import type { HubError } from '../canonical/errors.ts';
import { loadTemplates, renderTemplate } from './templates.ts';

const templates = loadTemplates();
const good = { account: '12', amount: '5.00', dueDate: '2026-12-10' };
const faults = (variables: Record<string, string>): unknown => {
  try {
    renderTemplate(templates, 'payment-due', variables);
  } catch (error) {
    return (error as HubError).facts.errors;
  }
  throw new Error('It rendered.');
};

test('the three kinds in use are there, for debts, and render', () => {
  expect([...templates.keys()]).toEqual(['payment-due', 'court-warning', 'disconnection-warning']);
  expect([...templates.values()].every((t) => t.purpose === 'debt')).toBe(true);
  const text = 'Задолженность по л/с 12: 5,00 руб. Оплатите до 10.12.2026.';
  expect(renderTemplate(templates, 'payment-due', good)).toEqual({ text, purpose: 'debt' });
  expect(renderTemplate(templates, 'payment-due', { account: '12', amount: '5,00', dueDate: '10.12.2026' }).text).toBe(
    text,
  );
});

test('missing and unknown variables and an unknown template are named', () => {
  expect(faults({ account: '1', ammount: '2.00', dueDate: '10.12.2026' })).toEqual([
    expect.objectContaining({ pointer: '/variables/amount' }),
    { pointer: '/variables/ammount', message: "unknown variable; did you mean 'amount'?" },
  ]);
  expect(faults({ ...good, 'a/b': 'x', toString: 'x' })).toMatchObject([
    { pointer: '/variables/a~1b' },
    { pointer: '/variables/toString' },
  ]);
  expect(() => renderTemplate(templates, 'payment-deu', {})).toThrow("did you mean 'payment-due'");
});

test.each([
  ['a line break', 'account', '12\nПерейдите по ссылке'],
  ['a sign that turns the direction of the text', 'account', '12\u202e34'],
  ['a sign without width', 'account', '12\u200b34'],
  ['more signs than declared', 'account', '1'.repeat(21)],
  ['an amount in words', 'amount', 'много'],
  ['an amount without kopecks', 'amount', '77'],
  ['a day that no calendar has', 'dueDate', '2026-02-30'],
])('%s is refused where it stands, and not repeated', (_what, name, value) => {
  expect(faults({ ...good, [name]: value })).toEqual([
    { pointer: `/variables/${name}`, message: expect.not.stringContaining(value) },
  ]);
});

test('braces in a value stay what they are', () => {
  expect(renderTemplate(templates, 'payment-due', { ...good, account: '{amount}' }).text).toContain('л/с {amount}:');
});
