import { entity } from '../canonical/registry.ts';
import { wordsOf } from '../canonical/values/words.ts';
import type { Clock } from '../connectors/port.ts';
import type { Database } from '../storage/port.ts';
import { type ParsedAddress, parseAddress } from './address.ts';

/** A house as it is looked for. */
export interface KnownBuilding {
  id: string;
  name: string;
  address: string;
  timezone: string;
  street: readonly string[];
  city: readonly string[];
  house: string | undefined;
}

/** A house that fits what was typed, and what of that says something else. */
export interface MatchedBuilding {
  building: KnownBuilding;
  /** Words that are in the address. */
  matched: number;
  hasStreet: boolean;
  hasHouse: boolean;
  /** Words that are not: names of people. */
  rest: readonly string[];
  flat?: string;
}

/** A company has hundreds of houses; what is believed of them, milliseconds. */
const KEEP_MS = 15_000;
const MOST = 20_000;

/** The houses of each organisation, kept in memory: they are few, their addresses are not personal, and every search needs them. */
export class BuildingDirectory {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #known = new Map<string, { at: number; buildings: Promise<ReadonlyMap<string, KnownBuilding>> }>();

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** By id. */
  of(org: string): Promise<ReadonlyMap<string, KnownBuilding>> {
    const found = this.#known.get(org);
    const now = this.#clock.now();
    if (found && now - found.at < KEEP_MS && now >= found.at) return found.buildings;
    const buildings = this.#load(org);
    this.#known.set(org, { at: now, buildings });
    buildings.catch(() => this.#known.delete(org));
    return buildings;
  }

  async #load(org: string): Promise<ReadonlyMap<string, KnownBuilding>> {
    const { rows } = await this.#db.query<{ id: string; canonical: Stored }>(
      `select id, canonical from record where org = $1 and entity = $2 and deleted_at is null order by id limit ${MOST}`,
      [org, entity('Building').name],
    );
    return new Map(rows.map(({ id, canonical }) => [id, known(id, canonical)]));
  }
}

interface Stored {
  name: string;
  timezone: string;
  address: { text: string; city: string | null } | null;
}

function known(id: string, { name, timezone, address }: Stored): KnownBuilding {
  const parsed = parseAddress(address?.text ?? name);
  const city = wordsOf(address?.city ?? '');
  // Where nothing is called a house, the last number is one.
  const last = parsed.house === undefined ? parsed.words.findLastIndex((w) => w.isNumber) : -1;
  const words = parsed.words.filter((_w, i) => i !== last).map((w) => w.text);
  const named = parseAddress(name)
    .words.filter((w) => !w.isNumber)
    .map((w) => w.text);
  return {
    id,
    name,
    timezone,
    address: address?.text ?? name,
    street: [...new Set([...words.filter((w) => !city.includes(w)), ...named.filter((w) => !city.includes(w))])],
    city,
    house: parsed.house ?? parsed.words[last]?.text,
  };
}

/** Houses that fit what was typed. */
export function matchBuildings(query: ParsedAddress, buildings: Iterable<KnownBuilding>): MatchedBuilding[] {
  const found: MatchedBuilding[] = [];
  for (const building of buildings) found.push(...matchesOf(query, building));
  return found;
}

function matchesOf(query: ParsedAddress, building: KnownBuilding): MatchedBuilding[] {
  const rest: string[] = [];
  const loose: string[] = [];
  let street = 0;
  let city = 0;
  query.words.forEach(({ text, isNumber }, i) => {
    if (isNumber) {
      // `8 Марта`: the number is of the street when a neighbour is as well.
      const beside = [query.words[i - 1], query.words[i + 1]];
      if (building.street.includes(text) && beside.some((w) => w && !w.isNumber && isIn(w.text, building.street)))
        return;
      loose.push(text);
    } else if (isIn(text, building.street)) street++;
    else if (isIn(text, building.city)) city++;
    else rest.push(text);
  });
  if (street + city === 0) return [];
  const base = { building, matched: street + city, hasStreet: street > 0, rest };
  return numbersOf(query, loose, building).map((numbers) => ({ ...base, ...numbers }));
}

/** What loose numbers may mean at this house: house, block, flat, in this order. None when they don't fit it. */
function numbersOf(
  query: ParsedAddress,
  loose: readonly string[],
  { house }: KnownBuilding,
): { hasHouse: boolean; flat?: string }[] {
  const numbers = [...loose];
  const asked = query.house ?? numbers.shift();
  const withFlat = (left: readonly string[]): { hasHouse: boolean; flat?: string }[] => {
    const flat = query.flat ?? left[0];
    if (left.length > (query.flat === undefined ? 1 : 0)) return [];
    return [{ hasHouse: asked !== undefined, ...(flat === undefined ? {} : { flat }) }];
  };
  if (asked === undefined) return withFlat(numbers);
  if (house === undefined) return [];
  const [own, block] = house.split('/');
  if (asked === house) return withFlat(numbers);
  if (asked !== own) return [];
  // `5 2 12` and `5 2` at house 5/2: the second number is the block, or it was left out.
  if (block !== undefined && numbers[0] === block) return withFlat(numbers.slice(1));
  return withFlat(numbers);
}

/** Whether one of these begins with what was typed; a very short word must be the whole. */
function isIn(typed: string, words: readonly string[]): boolean {
  return words.some((word) => word === typed || (typed.length >= 3 && word.startsWith(typed)));
}
