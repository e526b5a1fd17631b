import type { CourtStage } from '../../canonical/entities/court.ts';

/** A court case as the decision needs it. Amounts are whole kopecks, dates `YYYY-MM-DD`. */
export interface CaseFacts {
  id: string;
  stage: CourtStage;
  claimKop: bigint;
  pronouncedOn: string | null;
  inForceOn: string | null;
  filedOn: string | null;
  debtTo: string | null;
  /** Documents of the case. */
  documents: number;
  /** It is known what the act is: an order, a judgment or a writ. */
  isActKindKnown: boolean;
  /** The debtor's name is known. */
  isDebtorKnown: boolean;
  /** What the account owes now; undefined when it is not known. Negative = prepaid. */
  owesKop: bigint | undefined;
  /** Paid on the account since the act was pronounced, as far as payments are known. */
  paidSinceKop: bigint;
}

export interface InquiryFacts {
  /** Today where the organisation is. */
  today: string;
  sentOn: string;
  /** Premises that the address means. */
  premises: 'none' | 'one' | 'several';
  /** Personal accounts of these premises, closed ones too. */
  accounts: number;
  /** Court cases were pulled, and lately enough to say that there is none. */
  areCasesFresh: boolean;
  hasExecutor: boolean;
  cases: readonly CaseFacts[];
}

/** Why a person has to decide. */
export const doubts = [
  'DEBT_PREMISES_NOT_FOUND',
  'DEBT_PREMISES_AMBIGUOUS',
  'DEBT_ACCOUNTS_NOT_FOUND',
  'DEBT_CASES_STALE',
  'DEBT_CASES_SEVERAL',
  'DEBT_FORCE_DATE_UNKNOWN',
  'DEBT_PERIOD_UNKNOWN',
  'DEBT_REST_UNKNOWN',
  'DEBT_ACT_MISSING',
  'DEBT_ACT_KIND_UNKNOWN',
  'DEBT_DEBTOR_UNKNOWN',
  'DEBT_EXECUTOR_MISSING',
] as const;
export type Doubt = (typeof doubts)[number];

export type Decision =
  | { verdict: 'no-debt' }
  | { verdict: 'debt'; case: string }
  | { verdict: 'person'; code: Doubt; cases: readonly string[] };

/** Years back from the inquiry in which a debt must have arisen to count (ЖК РФ, ст. 159 и 160). */
const YEARS = 3;

/**
 * What is to be answered. Only debt that a court act in force confirms, that is not paid and that arose within three years
 * counts; whoever owes without such an act has no debt here (442-ФЗ). The decision never guesses: what the records don't
 * say is a person's to find out. Pure.
 */
export function decide(facts: InquiryFacts): Decision {
  const person = (code: Doubt, cases: readonly string[] = []): Decision => ({ verdict: 'person', code, cases });
  if (facts.premises === 'none') return person('DEBT_PREMISES_NOT_FOUND');
  if (facts.premises === 'several') return person('DEBT_PREMISES_AMBIGUOUS');
  if (facts.accounts === 0) return person('DEBT_ACCOUNTS_NOT_FOUND');
  if (!facts.areCasesFresh) return person('DEBT_CASES_STALE');
  const relevant = facts.cases.flatMap((c) => {
    const verdict = weigh(c, facts);
    return verdict === 'no' ? [] : [{ id: c.id, verdict }];
  });
  const ids = relevant.map((c) => c.id);
  const [first] = relevant;
  if (first && relevant.length > 1) return person('DEBT_CASES_SEVERAL', ids);
  if (first && first.verdict !== 'yes') return person(first.verdict, ids);
  if (!facts.hasExecutor) return person('DEBT_EXECUTOR_MISSING', ids);
  return first ? { verdict: 'debt', case: first.id } : { verdict: 'no-debt' };
}

/** Whether a case makes the answer "debt"; a code when the records don't say. */
function weigh(c: CaseFacts, { today, sentOn }: InquiryFacts): 'yes' | 'no' | Doubt {
  if (c.stage !== 'ordered' && c.stage !== 'enforcement') return 'no';
  if (c.inForceOn !== null && c.inForceOn > today) return 'no';
  const since = yearsBefore(sentOn, YEARS);
  // An act can only be about debt from before it.
  const latest = c.debtTo ?? c.pronouncedOn ?? c.filedOn;
  if (latest !== null && latest < since) return 'no';
  if (c.owesKop !== undefined && c.owesKop <= 0n) return 'no';
  if (c.inForceOn === null) return 'DEBT_FORCE_DATE_UNKNOWN';
  if (c.debtTo === null) return 'DEBT_PERIOD_UNKNOWN';
  // As much was paid as was claimed, and the account still owes: whether that is the same debt the records don't say.
  if (c.owesKop === undefined || c.paidSinceKop >= c.claimKop) return 'DEBT_REST_UNKNOWN';
  if (c.documents === 0) return 'DEBT_ACT_MISSING';
  if (!c.isActKindKnown) return 'DEBT_ACT_KIND_UNKNOWN';
  if (!c.isDebtorKnown) return 'DEBT_DEBTOR_UNKNOWN';
  return 'yes';
}

/** The same day so many years before; 29 February becomes the 28th. */
export function yearsBefore(date: string, years: number): string {
  const [y = '', m = '', d = ''] = date.split('-');
  const year = Number(y) - years;
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return `${String(year).padStart(4, '0')}-${m}-${m === '02' && d === '29' && !isLeap ? '28' : d}`;
}
