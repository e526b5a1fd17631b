import { expect, test } from '@jest/globals';
import { loadTemplates, renderTemplate } from './templates.ts';

const templates = loadTemplates();

test('the three kinds in use are there, for debts, and render', () => {
  expect([...templates.keys()]).toEqual(['payment-due', 'court-warning', 'disconnection-warning']);
  expect([...templates.values()].every((t) => t.purpose === 'debt')).toBe(true);
  expect(renderTemplate(templates, 'payment-due', { account: '12', amount: '5,00', dueDate: '10.12.2026' })).toEqual({
    text: 'Задолженность по л/с 12: 5,00 руб. Оплатите до 10.12.2026.',
    purpose: 'debt',
  });
});

test('a missing or unknown variable and an unknown template are named', () => {
  expect(() => renderTemplate(templates, 'payment-due', { account: '1', ammount: '2', dueDate: '3' })).toThrow(
    expect.objectContaining({
      code: 'TEMPLATE_VARIABLES',
      facts: {
        errors: [
          expect.objectContaining({ pointer: '/variables/amount' }),
          { pointer: '/variables/ammount', message: "unknown variable; did you mean 'amount'?" },
        ],
      },
    }) as unknown as Error,
  );
  expect(() => renderTemplate(templates, 'payment-deu', {})).toThrow("did you mean 'payment-due'");
});
