import { kopecks, type Money, rubles } from '../canonical/values/money.ts';
import type { StoredRecord } from '../storage/repositories/records.ts';

/** What one month did to the balance of an account, all in roubles. */
export interface ExplainedMonth {
  /** `YYYY-MM`. */
  period: string;
  /** Before the month; see {@link Explanation.isDerived}. */
  opening: Money;
  charged: Money;
  recalculated: Money;
  benefits: Money;
  paid: Money;
  closing: Money;
  services: readonly {
    service: string | null;
    amount: Money;
    recalculation: Money | null;
    volume: string | null;
    rate: string | null;
  }[];
  payments: readonly { paidOn: string; amount: Money; source: string | null }[];
}

/** How the balance came about: newest month first. */
export interface Explanation {
  months: readonly ExplainedMonth[];
  /**
   * Balances of months are reckoned back from the present one by what was charged and paid since: closing = opening +
   * charged + recalculated − benefits − paid. What the accounting system has booked without either is in the oldest opening.
   */
  isDerived: true;
}

export type DebtStage = 'prepaid' | 'none' | 'current' | 'overdue';

export interface Balance {
  principal: Money;
  penalty: Money;
  total: Money;
  /** Moment of the balance. */
  asOf: string;
  /** `current`: no more than what was charged last; `overdue`: more than that. */
  stage: DebtStage;
  /** Debt in monthly charges, one decimal; null where nothing was charged lately. */
  monthsOwed: number | null;
}

const MONTHS = 3;

/**
 * The balance of an account as the accounting system tells it.
 *
 * @param charges of the account, any number of months
 */
export function balanceOf(debt: StoredRecord, charges: readonly StoredRecord[]): Balance {
  const { principal, penalty, total, asOf } = debt.canonical as {
    principal: Money;
    penalty: Money;
    total: Money;
    asOf: string;
  };
  const byMonth = monthly(charges);
  const last = [...byMonth.keys()].sort().at(-1);
  const lastCharge = last === undefined ? 0n : (byMonth.get(last) ?? 0n);
  const owed = kopecks(principal);
  const sums = [...byMonth.values()];
  const mean = sums.length === 0 ? 0n : sums.reduce((a, b) => a + b, 0n) / BigInt(sums.length);
  const stage: DebtStage = owed < 0n ? 'prepaid' : owed === 0n ? 'none' : owed <= lastCharge ? 'current' : 'overdue';
  return {
    principal,
    penalty,
    total,
    asOf,
    stage,
    monthsOwed: owed > 0n && mean > 0n ? Number((owed * 10n + mean / 2n) / mean) / 10 : null,
  };
}

/** How the balance of an account came about in the last months. */
export function explain(
  principal: Money,
  charges: readonly StoredRecord[],
  payments: readonly StoredRecord[],
): Explanation {
  const periods = new Set<string>();
  for (const c of charges) periods.add(String(c.canonical.period));
  for (const p of payments) periods.add(String(p.canonical.paidOn).slice(0, 7));
  let closing = kopecks(principal);
  const months = [...periods]
    .sort()
    .reverse()
    .slice(0, MONTHS)
    .map((period): ExplainedMonth => {
      const lines = charges.filter((c) => c.canonical.period === period);
      const paid = payments.filter((p) => String(p.canonical.paidOn).startsWith(period));
      const charged = sum(lines.map((l) => l.canonical.amount));
      const recalculated = sum(lines.map((l) => l.canonical.recalculation));
      const benefits = sum(lines.map((l) => l.canonical.benefits));
      const paidKop = sum(paid.map((p) => p.canonical.amount));
      const opening = closing - charged - recalculated + benefits + paidKop;
      const month: ExplainedMonth = {
        period,
        opening: rubles(opening),
        charged: rubles(charged),
        recalculated: rubles(recalculated),
        benefits: rubles(benefits),
        paid: rubles(paidKop),
        closing: rubles(closing),
        services: lines
          .map(({ canonical: c }) => ({
            service: c.service as string | null,
            amount: c.amount as Money,
            recalculation: c.recalculation as Money | null,
            volume: c.volume as string | null,
            rate: c.rate as string | null,
          }))
          .sort((a, b) => Number(kopecks(b.amount) - kopecks(a.amount))),
        payments: paid
          .map(({ canonical: p }) => ({
            paidOn: p.paidOn as string,
            amount: p.amount as Money,
            source: p.source as string | null,
          }))
          .sort((a, b) => b.paidOn.localeCompare(a.paidOn)),
      };
      closing = opening;
      return month;
    });
  return { months, isDerived: true };
}

/** What each month charged in the end, kopecks. */
function monthly(charges: readonly StoredRecord[]): Map<string, bigint> {
  const months = new Map<string, bigint>();
  for (const { canonical: c } of charges) {
    const period = String(c.period);
    const amount = sum([c.amount]) + sum([c.recalculation]) - sum([c.benefits]);
    months.set(period, (months.get(period) ?? 0n) + amount);
  }
  return months;
}

function sum(amounts: readonly unknown[]): bigint {
  return amounts.reduce<bigint>((total, m) => (m ? total + kopecks(m as Money) : total), 0n);
}
