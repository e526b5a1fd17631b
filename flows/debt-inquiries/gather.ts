import { wallClock } from '../../calendars/local-day.ts';
import { CourtCase } from '../../canonical/entities/court.ts';
import type { DebtInquiry } from '../../canonical/entities/debt-inquiry.ts';
import { entity } from '../../canonical/registry.ts';
import { kopecks, type Money } from '../../canonical/values/money.ts';
import type { StoredRecord } from '../../storage/repositories/records.ts';
import type { CaseFacts, InquiryFacts } from './decide.ts';
import { flatNumber, sameFlat } from './flat.ts';
import type { DebtInquiryOptions } from './settings.ts';

/** What the read model says about an inquiry. */
export interface Gathered {
  facts: InquiryFacts;
  /** Premises and accounts: when something happens to them the inquiry is looked at again. */
  refs: readonly string[];
  cases: ReadonlyMap<string, { record: StoredRecord; courtCase: CourtCase }>;
}

/** Flats of one house that are looked through; no house has as many. */
const MOST_FLATS = 5_000;
const MOST_CASES = 200;
const MOST_PAYMENTS = 5_000;
const HOUR_MS = 3_600_000;

export async function gather(
  o: DebtInquiryOptions,
  org: string,
  inquiry: DebtInquiry,
  hasExecutor: boolean,
): Promise<Gathered> {
  const { records, clock } = o;
  const today = wallClock(new Date(clock.now()), o.timezone(org)).date;
  const premises = await premisesOf(o, org, inquiry);
  const [only] = premises.length === 1 ? premises : [];
  const accounts = only ? await records.referring(org, entity('PersonalAccount'), 'premises', [only], MOST_CASES) : [];
  const accountIds = accounts.map((a) => a.id);
  const stored = await records.referring(org, entity('CourtCase'), 'account', accountIds, MOST_CASES);
  const cases = new Map(stored.map((record) => [record.id, { record, courtCase: CourtCase.parse(record.canonical) }]));
  const debts = cases.size === 0 ? new Map<string, bigint>() : await debtsOf(o, org, accountIds);
  const payments =
    cases.size === 0 ? [] : await records.referring(org, entity('Payment'), 'account', accountIds, MOST_PAYMENTS);
  return {
    facts: {
      today,
      sentOn: inquiry.sentOn,
      premises: premises.length === 0 ? 'none' : premises.length === 1 ? 'one' : 'several',
      accounts: accounts.length,
      areCasesFresh: await isFresh(o, org, 'CourtCase'),
      hasExecutor,
      cases: [...cases].map(([id, { courtCase }]): CaseFacts => {
        const { act, account } = courtCase;
        const since = act?.pronouncedOn ?? courtCase.filedOn ?? act?.inForceOn ?? null;
        return {
          id,
          stage: courtCase.stage,
          claimKop: kopecks(courtCase.amount),
          pronouncedOn: act?.pronouncedOn ?? null,
          inForceOn: act?.inForceOn ?? null,
          filedOn: courtCase.filedOn,
          debtTo: courtCase.debtTo,
          documents: courtCase.files.length,
          isActKindKnown: Boolean(courtCase.act?.kind),
          isDebtorKnown: Boolean(courtCase.debtor?.lastName && courtCase.debtor.firstName),
          owesKop: debts.get(account),
          paidSinceKop: payments
            .filter((p) => p.canonical.account === account && since !== null && String(p.canonical.paidOn) >= since)
            .reduce((sum, p) => sum + kopecks(p.canonical.amount as Money), 0n),
        };
      }),
    },
    refs: [...premises, ...accountIds],
    cases,
  };
}

/** Premises that an inquiry means: by its own reference, or by house and flat. There is no debtor's name to go by. */
async function premisesOf({ records }: DebtInquiryOptions, org: string, inquiry: DebtInquiry): Promise<string[]> {
  if (inquiry.premises) {
    const known = await records.byIds(org, entity('Premises'), [inquiry.premises]);
    if (known.length > 0) return known.map((p) => p.id);
  }
  const houses = new Set<string>();
  if (inquiry.building)
    for (const house of await records.byIds(org, entity('Building'), [inquiry.building])) houses.add(house.id);
  if (houses.size === 0 && inquiry.houseGar)
    for (const house of await records.list(org, entity('Building'), {
      filters: { gar: inquiry.houseGar.toLowerCase() },
      limit: 10,
    }))
      houses.add(house.id);
  const wanted =
    flatNumber(inquiry.apartment) ?? (inquiry.apartment === null ? flatNumber(inquiry.address) : undefined);
  if (houses.size === 0 || wanted === undefined || inquiry.objectKind === 'Room') return [];
  const flats = await records.referring(org, entity('Premises'), 'building', [...houses], MOST_FLATS);
  return flats.filter((p) => sameFlat(String(p.canonical.number), wanted)).map((p) => p.id);
}

/** Whole kopecks that accounts owe; without those whose balance is not known, or too old. */
async function debtsOf(o: DebtInquiryOptions, org: string, accounts: readonly string[]): Promise<Map<string, bigint>> {
  if (!(await isFresh(o, org, 'Debt'))) return new Map();
  const found = await o.records.referring(org, entity('Debt'), 'account', accounts, MOST_CASES);
  const totals = new Map(found.map((d) => [String(d.canonical.account), kopecks(d.canonical.total as Money)]));
  // Balances were pulled lately: an account without one has nothing open.
  return new Map(accounts.map((id) => [id, totals.get(id) ?? 0n]));
}

async function isFresh(o: DebtInquiryOptions, org: string, entityName: string): Promise<boolean> {
  const asOf = await o.records.asOf(org, entityName);
  return asOf !== null && o.clock.now() - asOf.getTime() <= o.settings(org).maxAgeHours * HOUR_MS;
}
