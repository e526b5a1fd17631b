import { HubError } from '../canonical/errors.ts';
import { entity } from '../canonical/registry.ts';
import { wordsOf } from '../canonical/values/words.ts';
import { BuildingDirectory } from './buildings.ts';
import { type Dossier, type DossierOptions, dossierOf } from './dossier.ts';
import { type Addition, Finder, type Found, MOST_CANDIDATES, type RootEntity, rootsOf } from './find.ts';
import { householdOf } from './household.ts';
import { type Candidate, candidatesOf } from './show.ts';

export interface LookupAnswer {
  candidates: readonly Candidate[];
  /** Everything about the one, when there is one. */
  found: Dossier | null;
  /** By these readings of the query there are too many more. */
  tooBroad: Found['tooBroad'];
}

/** What the desk asks: who is this, and what is the matter. */
export class Lookup {
  readonly #o: DossierOptions;
  readonly #finder: Finder;

  constructor(options: Omit<DossierOptions, 'buildings'>) {
    const buildings = new BuildingDirectory(options.db, options.clock);
    this.#o = { ...options, buildings };
    this.#finder = new Finder(this.#o);
  }

  /**
   * @throws HubError rejected/LOOKUP_TOO_BROAD when too many would have to be named; it says what to add
   * @throws HubError rejected/LOOKUP_TOO_SHORT
   */
  async find(org: string, text: string): Promise<LookupAnswer> {
    if (wordsOf(text).join('').length < 2)
      throw new HubError(
        'rejected',
        'LOOKUP_TOO_SHORT',
        'Give at least two letters or digits: a phone, an account number, a name or an address.',
        { errors: [{ pointer: '/q', message: 'has fewer than two letters or digits' }] },
      );
    const { matches, tooBroad } = await this.#finder.find(org, text);
    const [only, second] = matches;
    if (!only) {
      if (tooBroad.length > 0) throw tooMany(tooBroad);
      return { candidates: [], found: null, tooBroad };
    }
    const [household, buildings] = await Promise.all([
      householdOf(this.#o.records, org, rootsOf(matches)),
      this.#o.buildings.of(org),
    ]);
    const candidates = candidatesOf(matches, household, buildings);
    return { candidates, found: second ? null : await dossierOf(this.#o, org, only, household), tooBroad };
  }

  /** Everything about a customer, an account or premises. @throws HubError not-found/NOT_FOUND */
  async open(org: string, id: string): Promise<Dossier> {
    const names: RootEntity[] = ['Customer', 'PersonalAccount', 'Premises'];
    const found = await Promise.all(names.map((name) => this.#o.records.byIds(org, entity(name), [id])));
    const name = names.find((_n, i) => (found[i] ?? []).length > 0);
    if (!name) throw new HubError('not-found', 'NOT_FOUND', 'There is no customer, account or premises with this id.');
    return dossierOf(this.#o, org, { entity: name, id });
  }
}

const ADDITIONS: Readonly<Record<Addition, string>> = {
  'last-name': 'the last name',
  'first-name': 'the first name',
  'middle-name': 'the patronymic',
  street: 'the street',
  house: 'the number of the house',
  flat: 'the number of the flat',
  phone: 'or give the phone instead',
  'account-number': 'or give the account number instead',
};

function tooMany(tooBroad: Found['tooBroad']): HubError {
  const add = [...new Set(tooBroad.flatMap((t) => t.add))];
  return new HubError(
    'rejected',
    'LOOKUP_TOO_BROAD',
    `More than ${MOST_CANDIDATES} fit. Add ${add.map((a) => ADDITIONS[a]).join(', ')}.`,
    {
      errors: [{ pointer: '/q', message: `fits more than ${MOST_CANDIDATES}` }],
      details: { add: add.join(','), by: [...new Set(tooBroad.map((t) => t.by))].join(',') },
    },
  );
}
