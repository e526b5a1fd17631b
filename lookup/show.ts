import type { StoredRecord } from '../storage/repositories/records.ts';
import type { KnownBuilding } from './buildings.ts';
import type { Match, RootEntity } from './find.ts';
import { accountsOf, type Household, peopleOf } from './household.ts';

/** Enough of a person, an account or premises to tell it from the others. */
export interface Candidate {
  entity: RootEntity;
  id: string;
  by: string;
  names: readonly string[];
  bornIn: number | null;
  /** With most digits hidden. */
  phones: readonly string[];
  address: string | null;
  accounts: readonly { id: string; number: string; state: string }[];
}

type Buildings = ReadonlyMap<string, KnownBuilding>;

export function addressOf(premises: StoredRecord | undefined, buildings: Buildings): string | null {
  if (!premises) return null;
  const { building, number, purpose } = premises.canonical as {
    building: string;
    number: string;
    purpose: string | null;
  };
  const house = buildings.get(building)?.address;
  const flat =
    number === '' ? null : /^\d/.test(number) ? `${purpose === 'non-residential' ? 'пом.' : 'кв.'} ${number}` : number;
  return [house, flat].filter(Boolean).join(', ') || null;
}

/** What was found, to choose from: sorted as a person reads, by address and name. */
export function candidatesOf(matches: readonly Match[], household: Household, buildings: Buildings): Candidate[] {
  const premisesOf = (id: unknown): StoredRecord | undefined => household.premises.find((p) => p.id === id);
  return matches
    .map((match): Candidate | undefined => {
      const person = match.entity === 'Customer' ? household.customers.find((c) => c.id === match.id) : undefined;
      const accounts = person
        ? accountsOf(household, person.id)
        : household.accounts.filter((a) => a.id === match.id || a.canonical.premises === match.id);
      const premises = match.entity === 'Premises' ? premisesOf(match.id) : premisesOf(accounts[0]?.canonical.premises);
      const people = person ? [person] : [...new Set(accounts.flatMap((a) => peopleOf(household, a)))];
      if (!person && !premises && accounts.length === 0) return undefined;
      const born = person?.canonical.birthDate;
      return {
        entity: match.entity,
        id: match.id,
        by: match.by,
        names: people.map((p) => String(p.canonical.name)).slice(0, 10),
        bornIn: typeof born === 'string' ? Number(born.slice(0, 4)) : null,
        phones: people
          .flatMap((p) => (p.canonical.phones as string[] | undefined) ?? [])
          .slice(0, 5)
          .map(hidden),
        address: addressOf(premises, buildings),
        accounts: accounts.slice(0, 10).map((a) => ({
          id: a.id,
          number: String(a.canonical.number),
          state: String(a.canonical.state),
        })),
      };
    })
    .filter((c): c is Candidate => c !== undefined)
    .sort(
      (a, b) =>
        (a.address ?? '').localeCompare(b.address ?? '', 'ru', { numeric: true }) ||
        (a.names[0] ?? '').localeCompare(b.names[0] ?? '', 'ru'),
    );
}

function hidden(phone: string): string {
  return `${phone.slice(0, 5)}•••${phone.slice(-2)}`;
}
