import { entity } from '../canonical/registry.ts';
import type { RecordRepository, StoredRecord } from '../storage/repositories/records.ts';

/** Where to begin. */
export interface Roots {
  customers?: readonly string[];
  accounts?: readonly string[];
  premises?: readonly string[];
}

/** People, accounts and premises that belong together, with what ties them. */
export interface Household {
  customers: readonly StoredRecord[];
  accounts: readonly StoredRecord[];
  premises: readonly StoredRecord[];
  /** Who lives or owns where. */
  residences: readonly StoredRecord[];
  /** Some were left out. */
  isCut: boolean;
}

/** Records of each kind that are followed from the roots. */
const MOST = 500;

/** Follows what belongs together from people, accounts or premises to the others; a fixed number of statements. */
export async function householdOf(records: RecordRepository, org: string, roots: Roots): Promise<Household> {
  const [Customer, PersonalAccount, Premises, Residence] = [
    entity('Customer'),
    entity('PersonalAccount'),
    entity('Premises'),
    entity('Residence'),
  ];
  const { customers = [], accounts = [], premises = [] } = roots;
  const [given, held, lived, at] = await Promise.all([
    records.byIds(org, PersonalAccount, accounts),
    records.referring(org, PersonalAccount, 'holder', customers, MOST + 1),
    records.referring(org, Residence, 'customer', customers, MOST + 1),
    records.referring(org, PersonalAccount, 'premises', premises, MOST + 1),
  ]);
  const known = byId([...given, ...held, ...at]);
  const more = unique(lived.map((r) => r.canonical.account)).filter((id) => !known.has(id));
  for (const record of await records.byIds(org, PersonalAccount, more)) known.set(record.id, record);
  const all = [...known.values()];
  const [residences, places] = await Promise.all([
    records.referring(org, Residence, 'account', [...known.keys()], MOST + 1),
    records.byIds(org, Premises, unique([...premises, ...all.map((a) => a.canonical.premises)])),
  ]);
  const people = await records.byIds(
    org,
    Customer,
    unique([...customers, ...all.map((a) => a.canonical.holder), ...residences.map((r) => r.canonical.customer)]),
  );
  return {
    customers: people,
    accounts: all,
    premises: places,
    residences,
    isCut: [held, lived, at, residences].some((list) => list.length > MOST),
  };
}

/** Accounts of a person, by holding or by living there. */
export function accountsOf(household: Household, customer: string): StoredRecord[] {
  const lived = new Set(
    household.residences.filter((r) => r.canonical.customer === customer).map((r) => r.canonical.account),
  );
  return household.accounts.filter((a) => a.canonical.holder === customer || lived.has(a.id));
}

/** People of an account: who answers for it first. */
export function peopleOf(household: Household, account: StoredRecord): StoredRecord[] {
  const lived = new Set(
    household.residences.filter((r) => r.canonical.account === account.id).map((r) => r.canonical.customer),
  );
  return household.customers
    .filter((c) => c.id === account.canonical.holder || lived.has(c.id))
    .sort((a, b) => Number(b.id === account.canonical.holder) - Number(a.id === account.canonical.holder));
}

function byId(records: readonly StoredRecord[]): Map<string, StoredRecord> {
  return new Map(records.map((r) => [r.id, r]));
}

function unique(values: readonly unknown[]): string[] {
  return [...new Set(values.filter((v): v is string => typeof v === 'string'))];
}
