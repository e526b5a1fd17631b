import { entity } from '../../canonical/registry.ts';
import type { ForeignRecords, ForeignView } from '../../storage/repositories/foreign-records.ts';
import { differences } from './compare.ts';
import type { Found, ItemKind, Reconciled, Scope } from './model.ts';
import type { Ours } from './ours.ts';

interface Theirs {
  foreign: ForeignRecords;
  org: string;
  instance: string;
}

/** What a page of ours is against what they have of it. */
export async function compareOurs(
  { foreign, org, instance }: Theirs,
  name: Reconciled,
  scope: Scope,
  page: readonly Ours[],
  claimed: ReadonlyMap<string, string>,
): Promise<Found[]> {
  const ids = page.map((o) => o.id);
  const theirs =
    name === 'PaymentDocument'
      ? await foreign.documentsOf(org, instance, ids, scope.period ?? '')
      : await foreign.ofRecords(org, instance, name, ids);
  const byOurs = new Map<string, ForeignView[]>();
  for (const view of theirs) {
    const id = name === 'PaymentDocument' ? String(view.canonical.account) : (view.record ?? '');
    byOurs.set(id, [...(byOurs.get(id) ?? []), view]);
  }
  return page.flatMap((ours) => found(name, ours, byOurs.get(ours.id) ?? [], claimed.get(ours.id)));
}

function found(name: Reconciled, ours: Ours, theirs: readonly ForeignView[], claimedBy: string | undefined): Found[] {
  // Withdrawn documents say nothing about the one that stands.
  const standing = name === 'PaymentDocument' ? theirs.filter((t) => !t.archived) : theirs;
  const [best, second] = standing;
  const base = {
    entity: name,
    record: ours.id,
    nativeKey: best?.nativeKey ?? null,
    building: ours.building,
    differences: [],
    reason: null,
  };
  if (!best) {
    if (ours.ended) return [];
    if (claimedBy !== undefined)
      return [
        {
          ...base,
          kind: 'ambiguous',
          nativeKey: claimedBy,
          reason: 'it may be this one there, which fits several of ours',
        },
      ];
    return [{ ...base, kind: 'missing-there' }];
  }
  if (second && !second.archived)
    return [
      { ...base, kind: 'ambiguous', reason: `${standing.filter((t) => !t.archived).length} there are in force for it` },
    ];
  const different = differences(entity(name), ours.canonical, best.canonical);
  return different.length > 0 ? [{ ...base, kind: 'different', differences: different }] : [];
}

/**
 * What they have that is none of ours.
 * @param houses our houses by what they call them
 */
export function foreignFound(
  name: Reconciled,
  scope: Scope,
  page: readonly ForeignView[],
  houses: ReadonlyMap<string, string>,
): Found[] {
  return page.flatMap((view) => {
    if (name === 'PaymentDocument' ? !isExtraDocument(view, scope) : view.state === 'matched') return [];
    const kind: ItemKind = view.state === 'ambiguous' && name !== 'PaymentDocument' ? 'ambiguous' : 'extra-there';
    if (view.archived && kind === 'extra-there') return [];
    const building = (view.house && houses.get(view.house)) || null;
    return [
      { entity: name, kind, record: null, nativeKey: view.nativeKey, building, differences: [], reason: view.reason },
    ];
  });
}

/** Of an account that is none of ours. One of an account of ours was compared with it. */
function isExtraDocument(view: ForeignView, scope: Scope): boolean {
  return view.canonical.period === scope.period && typeof view.canonical.account !== 'string';
}
