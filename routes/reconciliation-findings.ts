import { entity } from '../canonical/registry.ts';
import { Uuid } from '../canonical/values/uuid.ts';
import { type Item, type ItemFilter, importStates, itemKinds, reconciled } from '../flows/reconciliation/model.ts';
import type { Subject } from '../flows/reconciliation/subjects.ts';
import { allows, staffOrganisation } from './auth.ts';
import { decodeCursor, encodeCursor, idOf, limitOf } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { invalid } from './problems.ts';
import type { Route } from './route.ts';

const NOTHING: Subject = { number: null, premises: null, house: null };
const NO_HOUSE = 'none';

/** What a comparison has found: by house, in pages, and one finding in full. */
export function reconciliationFindingRoutes({ reconciliations, records }: RouteDeps): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/reconciliations/:id/houses',
      scope: 'read:reconciliations',
      summary: 'Findings of a comparison counted by house, the house with the most first',
      responses: { 200: 'Counts by entity and kind; building null = house not known', 404: 'None with this id' },
      answer: 'ReconciliationHouses',
      handle: async ({ req, res, caller }) => {
        const org = staffOrganisation(caller);
        const { id } = await reconciliations.get(org, idOf(req.params.id));
        const houses = await reconciliations.houses(org, id);
        const ids = houses.map((h) => h.building).filter((b) => b !== null);
        const known = new Map((await records.byIds(org, entity('Building'), ids)).map((r) => [r.id, r.canonical]));
        res.json({
          items: houses.map(({ building, counts }) => {
            const canonical = known.get(building ?? '');
            const address = canonical?.address as { text: string } | null | undefined;
            return { building, name: canonical?.name ?? null, address: address?.text ?? null, counts };
          }),
        });
      },
    },
    {
      method: 'get',
      path: '/v1/reconciliations/:id/imports',
      scope: 'read:reconciliations',
      summary: 'What became of the imports of a comparison',
      responses: { 200: 'Counts by entity: left, refused, under-way, succeeded, failed', 404: 'None with this id' },
      answer: 'ReconciliationImports',
      handle: async ({ req, res, caller }) => {
        const org = staffOrganisation(caller);
        const { id } = await reconciliations.get(org, idOf(req.params.id));
        res.json({ imports: await reconciliations.imports(org, id) });
      },
    },
    {
      method: 'get',
      path: '/v1/reconciliations/:id/items',
      scope: 'read:reconciliations',
      summary: 'What a comparison has found; personal values are masked',
      query: {
        kind: itemKinds.join(', '),
        entity: reconciled.join(', '),
        building: `Id of a house, or ${NO_HOUSE} for those whose house is not known`,
        imports: `What became of the import of what is missing there: ${importStates.join(', ')}`,
        limit: '1…500 (100)',
        cursor: 'nextCursor of the page before',
      },
      responses: { 200: 'A page in the order of their ids', 404: 'None with this id' },
      answer: 'ReconciliationItemPage',
      handle: async ({ req, res, caller, query }) => {
        const org = staffOrganisation(caller);
        const { id, instance } = await reconciliations.get(org, idOf(req.params.id));
        const limit = limitOf(query.limit, 100, 500);
        const after = decodeCursor('reconciliation-items', query.cursor);
        const items = await reconciliations.items(org, id, filterOf(query), {
          limit: limit + 1,
          ...(after ? { after } : {}),
        });
        const page = items.slice(0, limit);
        const subjects = await reconciliations.subjects(org, instance, page);
        const last = page.at(-1);
        const more = items.length > limit && last;
        res.json({
          items: page.map((item) => withSubject(item, subjects)),
          nextCursor: more ? encodeCursor('reconciliation-items', last.id) : null,
        });
      },
    },
    {
      method: 'get',
      path: '/v1/reconciliations/:id/items/:item',
      scope: 'read:reconciliations',
      summary: 'One finding with what both systems hold of it now',
      responses: {
        200: 'The finding and its fields; personal values are in clear for keys that may read such records',
        404: 'None with this id',
      },
      answer: 'ReconciliationItemDetails',
      audit: { view: 'reconciliations.item' },
      handle: async ({ req, res, caller, note }) => {
        const org = staffOrganisation(caller);
        const job = await reconciliations.get(org, idOf(req.params.id));
        const item = await reconciliations.item(org, job.id, idOf(req.params.item));
        const isClear = allows(caller.scopes, `read:${entity(item.entity).resource}`);
        const [subjects, fields] = await Promise.all([
          reconciliations.subjects(org, job.instance, [item]),
          reconciliations.bothSides(org, job, item, isClear),
        ]);
        note({ subject: `${item.entity}:${item.record ?? item.nativeKey}`, count: isClear ? 1 : 0 });
        res.json({ ...withSubject(item, subjects), fields, masked: !isClear });
      },
    },
  ];
}

function withSubject(item: Item, subjects: ReadonlyMap<string, Subject>) {
  return { ...item, subject: subjects.get(item.id) ?? NOTHING };
}

function filterOf({ kind, entity: name, building, imports }: Readonly<Record<string, string>>): ItemFilter {
  return {
    ...(kind === undefined ? {} : { kind: oneOf('kind', itemKinds, kind) }),
    ...(name === undefined ? {} : { entity: oneOf('entity', reconciled, name) }),
    ...(imports === undefined ? {} : { imports: oneOf('imports', importStates, imports) }),
    ...(building === undefined ? {} : { building: houseOf(building) }),
  };
}

function houseOf(text: string): string | null {
  if (text === NO_HOUSE) return null;
  const parsed = Uuid.safeParse(text);
  if (parsed.success) return parsed.data;
  throw invalid('INVALID_QUERY', [{ pointer: '?building', message: `must be the id of a house, or ${NO_HOUSE}` }]);
}

function oneOf<T extends string>(name: string, known: readonly T[], value: string): T {
  const found = known.find((k) => k === value);
  if (found !== undefined) return found;
  throw invalid('INVALID_QUERY', [{ pointer: `?${name}`, message: `must be one of ${known.join(', ')}` }]);
}
