import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextStep, type Situation } from './next-step.ts';

const base: Situation = {
  decision: { verdict: 'no-debt' },
  standing: undefined,
  isTermOver: false,
  mode: 'auto',
  whenPaid: 'correct',
  answer: null,
  wasRefused: false,
};
const debt = { verdict: 'debt', case: 'a' } as const;
const doubt = { verdict: 'person', code: 'DEBT_CASES_SEVERAL', cases: [] } as const;
const told = (s: Partial<Situation>): string => {
  const step = nextStep({ ...base, ...s });
  if (step.do === 'send') return `${step.step}:${step.hasDebt ? 'debt' : 'none'}`;
  if (step.do === 'ask') return `${step.task}:${step.code}`;
  return step.do === 'rest' ? step.state : step.do;
};

describe('what follows', () => {
  test.each([
    ['certain: sent', {}, 'answer:none'],
    ['certain debt: sent', { decision: debt }, 'answer:debt'],
    ['doubtful: a person', { decision: doubt }, 'debt-inquiry:DEBT_CASES_SEVERAL'],
    ['proposed', { mode: 'propose' as const }, 'debt-answer:DEBT_NONE_PROPOSED'],
    ['proposed and approved', { mode: 'propose' as const, decision: debt, answer: 'send' }, 'answer:debt'],
    ['a person says that there is none', { decision: doubt, answer: 'no-debt' }, 'answer:none'],
    [
      'looked at anew, as doubtful as before',
      { decision: doubt, answer: 'recheck' },
      'debt-inquiry:DEBT_CASES_SEVERAL',
    ],
    ['done in the cabinet', { decision: doubt, answer: 'by-hand' }, 'by-hand'],
    ['switched off', { mode: 'off' as const }, 'left'],
    ['refused: not sent again of itself', { wasRefused: true }, 'refused'],
    ['refused, and mended', { wasRefused: true, answer: 'recheck' }, 'answer:none'],
    ['the term is over and "no debt" is right', { isTermOver: true }, 'late'],
    ['the term is over and there is debt', { isTermOver: true, decision: debt }, 'debt-answer:DEBT_TERM_OVER'],
    ['the same, and a person sends it', { isTermOver: true, decision: debt, answer: 'send' }, 'answer:debt'],
    [
      'answered for us',
      { decision: debt, standing: { hasDebt: false, by: 'system' as const } },
      'debt-answer:DEBT_TERM_OVER',
    ],
    ['answered, and nothing changed', { decision: debt, standing: { hasDebt: true, by: 'hub' as const } }, 'answered'],
    ['paid after the answer', { standing: { hasDebt: true, by: 'hub' as const } }, 'correct:none'],
    [
      'the same, to be taken back',
      { standing: { hasDebt: true, by: 'hub' as const }, whenPaid: 'revoke' as const },
      'revoke',
    ],
    [
      'the same, to be asked',
      { standing: { hasDebt: true, by: 'hub' as const }, whenPaid: 'ask' as const },
      'debt-answer:DEBT_PAID_AFTER_ANSWER',
    ],
    [
      'paid after the term',
      { standing: { hasDebt: true, by: 'hub' as const }, isTermOver: true },
      'debt-answer:DEBT_PAID_AFTER_ANSWER',
    ],
    [
      'paid after a person’s answer',
      { standing: { hasDebt: true, by: 'person' as const } },
      'debt-answer:DEBT_PAID_AFTER_ANSWER',
    ],
    ['in force after the answer', { decision: debt, standing: { hasDebt: false, by: 'hub' as const } }, 'correct:debt'],
    [
      'in force after the term',
      { decision: debt, standing: { hasDebt: false, by: 'hub' as const }, isTermOver: true },
      'answered',
    ],
    [
      'kept as it is',
      { standing: { hasDebt: true, by: 'hub' as const }, isTermOver: true, answer: 'keep' },
      'answered',
    ],
    [
      'unclear after a confirmed debt',
      { decision: doubt, standing: { hasDebt: true, by: 'hub' as const } },
      'debt-inquiry:DEBT_CASES_SEVERAL',
    ],
  ])('%s', (_name, s, expected) => expect(told(s as Partial<Situation>)).toBe(expected));

  const situation: fc.Arbitrary<Situation> = fc.record({
    decision: fc.constantFrom({ verdict: 'no-debt' } as const, debt, doubt),
    standing: fc.option(
      fc.record({ hasDebt: fc.boolean(), by: fc.constantFrom('hub' as const, 'person' as const, 'system' as const) }),
      { nil: undefined },
    ),
    isTermOver: fc.boolean(),
    mode: fc.constantFrom('auto' as const, 'propose' as const, 'off' as const),
    whenPaid: fc.constantFrom('correct' as const, 'revoke' as const, 'ask' as const),
    answer: fc.constantFrom(null, 'send', 'no-debt', 'recheck', 'by-hand', 'keep'),
    wasRefused: fc.boolean(),
  });

  test('"debt" is only ever sent when the records confirm it, and nothing goes out of itself in another mode than auto', () => {
    fc.assert(
      fc.property(situation, (s) => {
        const step = nextStep(s);
        if (step.do === 'send' && step.hasDebt) expect(s.decision.verdict).toBe('debt');
        if ((step.do === 'send' || step.do === 'revoke') && s.answer === null) {
          expect(s.mode).toBe('auto');
          expect(s.isTermOver).toBe(false);
          expect(s.wasRefused).toBe(false);
          expect(s.decision.verdict).not.toBe('person');
        }
      }),
      { numRuns: 5_000 },
    );
  });

  test('the same is not sent twice: what stands already asks for nothing', () => {
    fc.assert(
      fc.property(situation, (s) => {
        const step = nextStep(s);
        if (step.do === 'send' && s.standing && s.standing.by !== 'system')
          expect(step.hasDebt).not.toBe(s.standing.hasDebt);
      }),
      { numRuns: 5_000 },
    );
  });
});
