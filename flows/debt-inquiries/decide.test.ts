import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { courtStages } from '../../canonical/entities/court.ts';
import { type CaseFacts, decide, doubts, type InquiryFacts, yearsBefore } from './decide.ts';

const inForce: CaseFacts = {
  id: 'a',
  stage: 'ordered',
  claimKop: 5_000_000n,
  pronouncedOn: '2026-03-01',
  inForceOn: '2026-04-01',
  filedOn: '2026-02-01',
  debtTo: '2026-01-31',
  documents: 1,
  isActKindKnown: true,
  isDebtorKnown: true,
  owesKop: 6_000_000n,
  paidSinceKop: 0n,
};
const facts = (cases: readonly CaseFacts[], more: Partial<InquiryFacts> = {}): InquiryFacts => ({
  today: '2026-11-26',
  sentOn: '2026-11-24',
  premises: 'one',
  accounts: 1,
  areCasesFresh: true,
  hasExecutor: true,
  cases,
  ...more,
});
const outcome = (cases: readonly CaseFacts[], more?: Partial<InquiryFacts>): string => {
  const decision = decide(facts(cases, more));
  return decision.verdict === 'person' ? decision.code : decision.verdict;
};

describe('what a social office is answered', () => {
  test.each([
    ['no case at all', [], {}, 'no-debt'],
    ['an act in force, unpaid, with its document', [inForce], {}, 'debt'],
    ['a case before the court', [{ ...inForce, stage: 'filed' as const }], {}, 'no-debt'],
    ['an order that was cancelled', [{ ...inForce, stage: 'cancelled' as const }], {}, 'no-debt'],
    ['an act that comes into force tomorrow', [{ ...inForce, inForceOn: '2026-11-27' }], {}, 'no-debt'],
    ['an act that comes into force today', [{ ...inForce, inForceOn: '2026-11-26' }], {}, 'debt'],
    ['a debt that was paid', [{ ...inForce, owesKop: 0n }], {}, 'no-debt'],
    ['a debt of three years and a day ago', [{ ...inForce, debtTo: '2023-11-23' }], {}, 'no-debt'],
    ['a debt of three years ago', [{ ...inForce, debtTo: '2023-11-24' }], {}, 'debt'],
    ['an old act whose period is not known', [{ ...inForce, debtTo: null, pronouncedOn: '2022-01-01' }], {}, 'no-debt'],
    ['a date of force that is not known', [{ ...inForce, inForceOn: null }], {}, 'DEBT_FORCE_DATE_UNKNOWN'],
    ['a period that is not known', [{ ...inForce, debtTo: null }], {}, 'DEBT_PERIOD_UNKNOWN'],
    ['a balance that is not known', [{ ...inForce, owesKop: undefined }], {}, 'DEBT_REST_UNKNOWN'],
    ['as much paid as claimed, and owing still', [{ ...inForce, paidSinceKop: 5_000_000n }], {}, 'DEBT_REST_UNKNOWN'],
    ['an act without a document', [{ ...inForce, documents: 0 }], {}, 'DEBT_ACT_MISSING'],
    ['an act of no known kind', [{ ...inForce, isActKindKnown: false }], {}, 'DEBT_ACT_KIND_UNKNOWN'],
    ['a debtor without a name', [{ ...inForce, isDebtorKnown: false }], {}, 'DEBT_DEBTOR_UNKNOWN'],
    ['two acts', [inForce, { ...inForce, id: 'b' }], {}, 'DEBT_CASES_SEVERAL'],
    [
      'one act, and one that is not clear',
      [inForce, { ...inForce, id: 'b', inForceOn: null }],
      {},
      'DEBT_CASES_SEVERAL',
    ],
    ['one act, and one that was paid', [inForce, { ...inForce, id: 'b', stage: 'closed' as const }], {}, 'debt'],
    ['premises nobody knows', [], { premises: 'none' as const }, 'DEBT_PREMISES_NOT_FOUND'],
    ['two premises', [inForce], { premises: 'several' as const }, 'DEBT_PREMISES_AMBIGUOUS'],
    ['premises without an account', [], { accounts: 0 }, 'DEBT_ACCOUNTS_NOT_FOUND'],
    ['cases that were not pulled', [], { areCasesFresh: false }, 'DEBT_CASES_STALE'],
    ['nobody to answer', [], { hasExecutor: false }, 'DEBT_EXECUTOR_MISSING'],
  ] as const)('%s', (_name, cases, more, expected) => expect(outcome(cases, more)).toBe(expected));

  test('three years before a leap day', () => {
    expect(yearsBefore('2028-02-29', 3)).toBe('2025-02-28');
    expect(yearsBefore('2028-02-29', 4)).toBe('2024-02-29');
  });
});

const day = fc
  .date({ min: new Date('2021-01-01'), max: new Date('2027-12-31'), noInvalidDate: true })
  .map((d) => d.toISOString().slice(0, 10));
const maybeDay = fc.option(day, { nil: null });
const someCase = (id: string): fc.Arbitrary<CaseFacts> =>
  fc.record({
    id: fc.constant(id),
    stage: fc.constantFrom(...courtStages),
    claimKop: fc.bigInt({ min: 1n, max: 10_000_000n }),
    pronouncedOn: maybeDay,
    inForceOn: maybeDay,
    filedOn: maybeDay,
    debtTo: maybeDay,
    documents: fc.nat({ max: 3 }),
    isActKindKnown: fc.boolean(),
    isDebtorKnown: fc.boolean(),
    owesKop: fc.option(fc.bigInt({ min: -1_000_000n, max: 10_000_000n }), { nil: undefined }),
    paidSinceKop: fc.bigInt({ min: 0n, max: 10_000_000n }),
  });
const someFacts: fc.Arbitrary<InquiryFacts> = fc
  .tuple(
    day,
    day,
    fc.constantFrom('none' as const, 'one' as const, 'several' as const),
    fc.nat({ max: 2 }),
    fc.boolean(),
    fc.boolean(),
    fc.nat({ max: 3 }),
  )
  .chain(([today, sentOn, premises, accounts, areCasesFresh, hasExecutor, n]) =>
    fc
      .tuple(...Array.from({ length: n }, (_v, i) => someCase(`c${i}`)))
      .map((cases) => ({ today, sentOn, premises, accounts, areCasesFresh, hasExecutor, cases })),
  );

describe('whatever the records say', () => {
  const always = (holds: (f: InquiryFacts) => void): void =>
    fc.assert(fc.property(someFacts, holds), { numRuns: 3_000 });

  test('"debt" stands on one act in force, not paid, within three years, with a document and a name', () => {
    always((f) => {
      const decision = decide(f);
      if (decision.verdict !== 'debt') return;
      const found = f.cases.find((c) => c.id === decision.case) as CaseFacts;
      expect(['ordered', 'enforcement']).toContain(found.stage);
      expect(found.inForceOn !== null && found.inForceOn <= f.today).toBe(true);
      expect(found.owesKop !== undefined && found.owesKop > 0n).toBe(true);
      expect(found.paidSinceKop < found.claimKop).toBe(true);
      expect(found.debtTo !== null && found.debtTo >= yearsBefore(f.sentOn, 3)).toBe(true);
      expect(found.documents > 0 && found.isActKindKnown && found.isDebtorKnown).toBe(true);
      expect([f.premises, f.accounts > 0, f.areCasesFresh, f.hasExecutor]).toEqual(['one', true, true, true]);
    });
  });

  test('"no debt" is never said where an act may stand against it, or where it is not known that there is none', () => {
    always((f) => {
      if (decide(f).verdict !== 'no-debt') return;
      expect([f.premises, f.areCasesFresh, f.hasExecutor]).toEqual(['one', true, true]);
      for (const c of f.cases) {
        const canStand =
          (c.stage === 'ordered' || c.stage === 'enforcement') &&
          (c.inForceOn === null || c.inForceOn <= f.today) &&
          (c.owesKop === undefined || c.owesKop > 0n) &&
          (c.debtTo ?? c.pronouncedOn ?? c.filedOn ?? '9999') >= yearsBefore(f.sentOn, 3);
        expect(canStand).toBe(false);
      }
    });
  });

  test('neither the order of the cases nor those that do not count change the answer', () => {
    fc.assert(
      fc.property(someFacts, someCase('x'), (f, extra) => {
        const before = decide(f);
        const more = { ...extra, stage: 'pretrial' as const };
        const after = decide({ ...f, cases: [more, ...f.cases].reverse() });
        expect(after.verdict).toBe(before.verdict);
        if (before.verdict === 'debt') expect(after).toEqual(before);
        if (before.verdict === 'person' && after.verdict === 'person') expect(after.code).toBe(before.code);
      }),
      { numRuns: 2_000 },
    );
  });

  test('every doubt can arise', () => {
    const met = new Set<string>();
    fc.assert(
      fc.property(someFacts, (f) => {
        const decision = decide(f);
        met.add(decision.verdict === 'person' ? decision.code : decision.verdict);
      }),
      { numRuns: 20_000, seed: 1 },
    );
    expect([...met].sort()).toEqual([...doubts, 'debt', 'no-debt'].sort());
  });
});
