import { entity } from '../canonical/registry.ts';
import { wordsOf } from '../canonical/values/words.ts';
import type { Database } from '../storage/port.ts';
import type { RecordRepository, StoredRecord } from '../storage/repositories/records.ts';
import { flatForms } from './address.ts';
import { type BuildingDirectory, type MatchedBuilding, matchBuildings } from './buildings.ts';
import { accountsOf, type Household, householdOf, type Roots } from './household.ts';
import { fitsName, nameSearch } from './names.ts';
import { type ParsedQuery, parseQuery } from './query.ts';

export type RootEntity = 'Customer' | 'PersonalAccount' | 'Premises';
export type FoundBy = 'phone' | 'email' | 'account' | 'name' | 'address';
/** What would make a search narrower. */
export type Addition =
  | 'first-name'
  | 'middle-name'
  | 'last-name'
  | 'street'
  | 'house'
  | 'flat'
  | 'phone'
  | 'account-number';

export interface Match {
  entity: RootEntity;
  id: string;
  by: FoundBy;
}

export interface Found {
  matches: readonly Match[];
  /** Ways of reading the query by which too many were found to name them. */
  tooBroad: readonly { by: FoundBy; add: readonly Addition[] }[];
}

export interface FindOptions {
  db: Database;
  records: RecordRepository;
  buildings: BuildingDirectory;
}

/** Who or what is named to choose from. */
export const MOST_CANDIDATES = 20;
/** People of one name that are looked at before somebody is asked to say more. */
const MOST_PEOPLE = 600;
/** People of a name that a house is looked for among. */
const MOST_NAMESAKES = 2_000;
/** Ways to read an address that are tried. */
const MOST_READINGS = 4;
/** So many houses are walked through flat by flat. */
const FEW_BUILDINGS = 5;
const MOST_BUILDINGS = 2_000;

/** Finds people, accounts and premises by whatever somebody on the telephone says. */
export class Finder {
  readonly #o: FindOptions;

  constructor(options: FindOptions) {
    this.#o = options;
  }

  async find(org: string, text: string): Promise<Found> {
    const query = parseQuery(text);
    const ways = await Promise.all([
      this.#byContact(org, query),
      this.#byAccount(org, query),
      this.#byAddress(org, query),
      this.#byName(org, query),
    ]);
    const matches = new Map<string, Match>();
    for (const match of ways.flatMap((w) => w.matches)) if (!matches.has(match.id)) matches.set(match.id, match);
    const tooBroad = ways.flatMap((w) => w.tooBroad);
    if (matches.size <= MOST_CANDIDATES) return { matches: [...matches.values()], tooBroad };
    const [first] = matches.values();
    return { matches: [], tooBroad: [...tooBroad, { by: first?.by ?? 'name', add: ['phone', 'account-number'] }] };
  }

  async #byContact(org: string, { phone, email }: ParsedQuery): Promise<Found> {
    if (phone === undefined && email === undefined) return NOTHING;
    const filters = phone === undefined ? { email: email as string } : { phone };
    const by = phone === undefined ? 'email' : 'phone';
    const found = await this.#o.records.newest(org, entity('Customer'), filters, MOST_CANDIDATES + 1);
    // A phone of the company itself may stand with many.
    return bounded(
      found.map((id) => ({ entity: 'Customer', id, by })),
      by,
      ['last-name', 'street', 'flat', 'account-number'],
    );
  }

  async #byAccount(org: string, { account }: ParsedQuery): Promise<Found> {
    if (account === undefined) return NOTHING;
    const found = await this.#o.records.byWords(org, entity('PersonalAccount'), [account], MOST_CANDIDATES + 1);
    return bounded(
      found.map((r) => ({ entity: 'PersonalAccount', id: r.id, by: 'account' })),
      'account',
      ['last-name', 'street'],
    );
  }

  async #byAddress(org: string, { address }: ParsedQuery): Promise<Found> {
    if (address.words.length === 0) return NOTHING;
    const buildings = await this.#o.buildings.of(org);
    const found = await Promise.all(
      readingsOf(matchBuildings(address, buildings.values())).map((reading) => this.#atAddress(org, reading)),
    );
    return { matches: found.flatMap((f) => f.matches), tooBroad: found.flatMap((f) => f.tooBroad) };
  }

  async #atAddress(org: string, { buildings, names, flat, hasStreet, hasHouse }: AddressReading): Promise<Found> {
    const add: Addition[] = [
      ...(hasStreet ? [] : (['street'] as const)),
      ...(hasHouse ? [] : (['house'] as const)),
      ...(flat === undefined ? (['flat'] as const) : []),
      ...(names.length === 0 ? (['last-name'] as const) : (['first-name', 'middle-name'] as const)),
    ];
    const broad: Found = { matches: [], tooBroad: [{ by: 'address', add }] };
    if (flat === undefined && names.length > 0) return this.#namesakesAt(org, buildings, names, broad);
    // A town alone says nothing of a person.
    if (!hasStreet && flat === undefined) return names.length === 0 ? broad : NOTHING;
    const premises = await this.#premisesOf(org, buildings, flat);
    if (names.length === 0)
      return premises.length > MOST_CANDIDATES
        ? broad
        : { matches: premises.map((id) => ({ entity: 'Premises', id, by: 'address' })), tooBroad: [] };
    const household = await householdOf(this.#o.records, org, { premises: premises.slice(0, MOST_PEOPLE) });
    const people = named(household.customers, names);
    return people.length > MOST_CANDIDATES
      ? broad
      : { matches: people.map(({ id }) => ({ entity: 'Customer', id, by: 'address' })), tooBroad: [] };
  }

  async #premisesOf(org: string, buildings: readonly string[], flat: string | undefined): Promise<string[]> {
    const { rows } = await this.#o.db.query<{ id: string }>(
      `select id from record_premises where org = $1 and canonical->>'building' = any($2::text[]) and deleted_at is null
         and ($3::text[] is null or canonical->>'number' = any($3::text[])) order by id limit $4`,
      [org, buildings, flat === undefined ? null : flatForms(flat), MOST_PEOPLE],
    );
    return rows.map((r) => r.id);
  }

  /** People of a name who live or answer for something in these houses. */
  async #namesakesAt(
    org: string,
    buildings: readonly string[],
    names: readonly string[],
    broad: Found,
  ): Promise<Found> {
    const forms = nameSearch(names);
    if (!forms) return NOTHING;
    const Customer = entity('Customer');
    const { rows } = await this.#o.db.query<{ id: string }>(
      buildings.length <= FEW_BUILDINGS ? FROM_HOUSES : FROM_NAMES,
      [org, this.#o.records.withWords(Customer, forms), buildings, MOST_PEOPLE],
    );
    if (rows.length === MOST_PEOPLE) return broad;
    const people = named(
      await this.#o.records.byIds(
        org,
        Customer,
        rows.map((r) => r.id),
      ),
      names,
    );
    if (people.length > MOST_CANDIDATES) return broad;
    return { matches: people.map(({ id }) => ({ entity: 'Customer', id, by: 'address' })), tooBroad: [] };
  }

  async #byName(org: string, { address }: ParsedQuery): Promise<Found> {
    const names = address.words.filter((w) => !w.isNumber).map((w) => w.text);
    const numbers = address.words.filter((w) => w.isNumber).map((w) => w.text);
    const flat = address.flat ?? numbers[0];
    const forms = nameSearch(names);
    if (!forms || address.house !== undefined || numbers.length > 1) return NOTHING;
    const found = await this.#o.records.byWords(org, entity('Customer'), forms, MOST_PEOPLE);
    const people = named(found, names);
    const broad: Found = {
      matches: [],
      tooBroad: [
        {
          by: 'name',
          add: [
            ...(names.length < 2 ? (['first-name'] as const) : []),
            ...(names.length < 3 ? (['middle-name'] as const) : []),
            'street',
            'house',
            'flat',
            'phone',
            'account-number',
          ],
        },
      ],
    };
    if (found.length === MOST_PEOPLE) return broad;
    const kept = flat === undefined ? people : await this.#inFlat(org, people, flat);
    if (kept.length > MOST_CANDIDATES) return broad;
    return { matches: kept.map(({ id }) => ({ entity: 'Customer', id, by: 'name' })), tooBroad: [] };
  }

  async #inFlat(org: string, people: readonly StoredRecord[], flat: string): Promise<StoredRecord[]> {
    const household = await householdOf(this.#o.records, org, { customers: people.map((p) => p.id) });
    const forms = new Set(flatForms(flat));
    const premises = new Set(household.premises.filter((p) => forms.has(String(p.canonical.number))).map((p) => p.id));
    return people.filter((p) => accountsOf(household, p.id).some((a) => premises.has(String(a.canonical.premises))));
  }
}

/**
 * People of a name in some houses, from the side where there is less to look at: a house has hundreds of flats, a name
 * may have thousands of bearers. $1 organisation, $2 words, $3 houses, $4 limit.
 */
const FROM_HOUSES = `with at as materialized (
    select a.id::text as account, a.canonical->>'holder' as holder from record_premises p
      join record_personal_account a on a.org = $1 and a.canonical->>'premises' = p.id::text and a.deleted_at is null
    where p.org = $1 and p.canonical->>'building' = any($3::text[]) and p.deleted_at is null),
  who as materialized (
    select holder as id from at where holder is not null
    union select r.canonical->>'customer' from at join record_residence r on r.org = $1 and r.canonical->>'account' = at.account and r.deleted_at is null)
  select c.id from who join record_customer c on c.org = $1 and c.entity = 'Customer' and c.id = who.id::uuid
  where c.blind @> $2::jsonb and c.deleted_at is null limit $4`;
const FROM_NAMES = `with who as materialized (
    select id::text as id from record_customer where org = $1 and blind @> $2::jsonb and deleted_at is null limit ${MOST_NAMESAKES}),
  at as (
    select w.id, r.canonical->>'account' as account from who w join record_residence r on r.org = $1 and r.canonical->>'customer' = w.id and r.deleted_at is null
    union select w.id, a.id::text from who w join record_personal_account a on a.org = $1 and a.canonical->>'holder' = w.id and a.deleted_at is null)
  select distinct at.id from at
    join record_personal_account a on a.org = $1 and a.entity = 'PersonalAccount' and a.id = at.account::uuid and a.deleted_at is null
    join record_premises p on p.org = $1 and p.entity = 'Premises' and p.id = (a.canonical->>'premises')::uuid and p.deleted_at is null
  where p.canonical->>'building' = any($3::text[]) limit $4`;

const NOTHING: Found = { matches: [], tooBroad: [] };

/** Where to follow from, for what was found. */
export function rootsOf(matches: readonly Match[]): Roots {
  const of = (name: RootEntity): string[] => matches.filter((m) => m.entity === name).map((m) => m.id);
  return { customers: of('Customer'), accounts: of('PersonalAccount'), premises: of('Premises') };
}

function bounded(matches: readonly Match[], by: FoundBy, add: readonly Addition[]): Found {
  return matches.length > MOST_CANDIDATES ? { matches: [], tooBroad: [{ by, add }] } : { matches, tooBroad: [] };
}

/** Those whose name fits; where initials were typed and fit somebody, only those. */
function named(people: readonly StoredRecord[], typed: readonly string[]): StoredRecord[] {
  const nameOf = (r: StoredRecord): string => String(r.canonical.name);
  const words = typed.filter((w) => w.length > 1);
  const fitting = people.filter((p) => fitsName(nameOf(p), words));
  const exact = fitting.filter((p) => fitsName(nameOf(p), typed));
  const kept = exact.length > 0 ? exact : fitting;
  // Whole words before beginnings: who types `Иванов Иван` does not mean Ивановский.
  const whole = kept.filter((p) => {
    const own = wordsOf(nameOf(p));
    return words.every((w) => own.includes(w));
  });
  return whole.length > 0 ? whole : kept;
}

interface AddressReading {
  buildings: readonly string[];
  names: readonly string[];
  flat: string | undefined;
  hasStreet: boolean;
  hasHouse: boolean;
}

/** Houses that leave the same words for names and the same flat, those that explain most first. */
function readingsOf(matched: readonly MatchedBuilding[]): AddressReading[] {
  const most = Math.max(0, ...matched.map((m) => m.matched));
  const groups = new Map<string, AddressReading & { buildings: string[] }>();
  for (const m of matched) {
    if (m.matched < most) continue;
    const key = JSON.stringify([m.rest, m.flat, m.hasStreet, m.hasHouse]);
    let group = groups.get(key);
    if (!group) {
      group = { buildings: [], names: m.rest, flat: m.flat, hasStreet: m.hasStreet, hasHouse: m.hasHouse };
      groups.set(key, group);
    }
    if (group.buildings.length < MOST_BUILDINGS) group.buildings.push(m.building.id);
  }
  return [...groups.values()].slice(0, MOST_READINGS);
}

export type { Household };
