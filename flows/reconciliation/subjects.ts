import { entity } from '../../canonical/registry.ts';
import type { ForeignRecords, ForeignView } from '../../storage/repositories/foreign-records.ts';
import type { RecordRepository, StoredRecord } from '../../storage/repositories/records.ts';
import { type Difference, isSame, masked, shownValue } from './compare.ts';
import type { Item, Reconciled, Reconciliation } from './model.ts';

/** What a finding is about, so that a reader knows it; what is personal is masked. */
export interface Subject {
  /** Number of the account, serial number of the meter. */
  number: string | null;
  /** Number of the flat or room. */
  premises: string | null;
  /** Short name of the house. */
  house: string | null;
}

export interface Sources {
  records: RecordRepository;
  foreign: ForeignRecords;
  org: string;
}

type Canonical = Readonly<Record<string, unknown>>;

/** A document is known by its account. */
const subjectEntity = (name: Reconciled): string => (name === 'PaymentDocument' ? 'PersonalAccount' : name);

/** Of each finding of one comparison, by its id. */
export async function subjectsOf(s: Sources, instance: string, items: readonly Item[]): Promise<Map<string, Subject>> {
  const things = await canonicalOf(s, instance, items);
  const premises = await byIds(
    s,
    'Premises',
    [...things.values()].map((c) => c.premises),
  );
  const houses = await byIds(
    s,
    'Building',
    items.map((i) => i.building),
  );
  return new Map(
    items.map((item) => {
      const thing = things.get(item.id);
      const { number, serialNumber } = thing ?? {};
      return [
        item.id,
        {
          number: item.entity === 'Meter' ? textOf(serialNumber) : masked(number),
          premises: textOf(premises.get(String(thing?.premises))?.canonical.number),
          house: textOf(houses.get(item.building ?? '')?.canonical.name),
        },
      ];
    }),
  );
}

/** Ours, or theirs where we have none. */
async function canonicalOf(s: Sources, instance: string, items: readonly Item[]): Promise<Map<string, Canonical>> {
  const things = new Map<string, Canonical>();
  for (const name of new Set(items.map((i) => i.entity))) {
    const own = items.filter((i) => i.entity === name);
    const ours = await byIds(
      s,
      subjectEntity(name),
      own.map((i) => i.record),
    );
    const keys = own.filter((i) => i.record === null).map((i) => i.nativeKey ?? '');
    const theirs = new Map(
      (keys.length > 0 ? await s.foreign.ofKeys(s.org, instance, name, keys) : []).map((v) => [v.nativeKey, v]),
    );
    for (const item of own) {
      const thing = ours.get(item.record ?? '')?.canonical ?? theirs.get(item.nativeKey ?? '')?.canonical;
      if (thing) things.set(item.id, thing);
    }
  }
  return things;
}

/**
 * What both systems hold now of a finding, field by field; those that ours and theirs have in common first where they differ.
 * @param isClear shows personal values whole
 */
export async function bothSides(
  s: Sources,
  job: Reconciliation,
  item: Item,
  isClear: boolean,
): Promise<(Difference & { same: boolean | null })[]> {
  const definition = entity(item.entity);
  const [view] = item.nativeKey ? await s.foreign.ofKeys(s.org, job.instance, item.entity, [item.nativeKey]) : [];
  const record =
    item.record && item.entity !== 'PaymentDocument'
      ? (await byIds(s, item.entity, [item.record])).get(item.record)
      : undefined;
  const stored = Object.fromEntries(item.differences.map((d) => [d.field, d.ours]));
  return rowsOf(record?.canonical ?? stored, view).map(({ field, ours, theirs, same }) => ({
    field,
    ours: shownValue(definition, field, ours, isClear),
    theirs: shownValue(definition, field, theirs, isClear),
    same,
  }));
}

function rowsOf(ours: Canonical, view: ForeignView | undefined): (Difference & { same: boolean | null })[] {
  const theirs = view?.canonical ?? {};
  const isGiven = (value: unknown): boolean => value !== null && value !== undefined;
  // What only we have beside a thing of theirs was never compared, such as the name of the account.
  const fields = Object.keys(view ? theirs : ours).filter((f) => isGiven(ours[f]) || isGiven(theirs[f]));
  const rows = fields.map((field) => ({
    field,
    ours: ours[field],
    theirs: theirs[field],
    same: view && isGiven(ours[field]) ? isSame(ours[field], theirs[field]) : null,
  }));
  return rows.sort((a, b) => Number(a.same !== false) - Number(b.same !== false));
}

async function byIds(s: Sources, name: string, ids: readonly unknown[]): Promise<Map<string, StoredRecord>> {
  const known = [...new Set(ids.filter((id): id is string => typeof id === 'string'))];
  return new Map((await s.records.byIds(s.org, entity(name), known)).map((r) => [r.id, r]));
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
