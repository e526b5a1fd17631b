import type { EntityDefinition } from '../canonical/entity.ts';
import { HubError } from '../canonical/errors.ts';
import { inputFaults } from '../canonical/input-faults.ts';
import { personalFields } from '../canonical/personal.ts';
import type { StoredRecord } from '../storage/repositories/records.ts';
import { decodeCursor, encodeCursor, idOf, limitOf } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { invalid } from './problems.ts';
import type { Route } from './route.ts';

const PAGE = {
  limit: 'Items of a page, 1…500 (100)',
  cursor: 'nextCursor of the page before',
  count: 'true adds total',
};

/** Lists and single records of every entity: a new one needs no code here. */
export function resourceRoutes(deps: RouteDeps): Route[] {
  return [...deps.entities.values()].flatMap((definition) => [list(deps, definition), one(deps, definition)]);
}

/** The API form of a record. */
export function show(org: string, record: StoredRecord): Record<string, unknown> {
  return {
    id: record.id,
    organisation: org,
    ...record.canonical,
    source: record.instance === '' ? null : { instance: record.instance, key: record.nativeKey },
    asOf: record.asOf.toISOString(),
    changedAt: record.changedAt.toISOString(),
    ...(record.deletedAt ? { deletedAt: record.deletedAt.toISOString() } : {}),
  };
}

function list(deps: RouteDeps, definition: EntityDefinition): Route {
  const filterNames = Object.keys(definition.filters);
  return {
    method: 'get',
    path: `/v1/${definition.resource}`,
    scope: `read:${definition.resource}`,
    summary: `List: ${definition.description}`,
    query: {
      ...Object.fromEntries(Object.entries(definition.filters).map(([name, f]) => [name, f.description])),
      ...PAGE,
    },
    responses: { 200: 'A page: { items, nextCursor, asOf }' },
    answer: `${definition.name}Page`,
    ...viewed(definition, 'list'),
    handle: async ({ res, caller, query, note }) => {
      const limit = limitOf(query.limit, 100, 500);
      const after = decodeCursor(definition.resource, query.cursor);
      if (query.count !== undefined && !['true', 'false'].includes(query.count))
        throw invalid('INVALID_QUERY', [{ pointer: '?count', message: 'must be true or false' }]);
      const filters: Record<string, string> = {};
      for (const name of filterNames) {
        const value = query[name];
        if (value === undefined) continue;
        const checked = definition.filters[name]?.schema.safeParse(value);
        if (checked && !checked.success)
          throw invalid(
            'INVALID_QUERY',
            inputFaults(checked.error).map((f) => ({ pointer: `?${name}`, message: f.message })),
          );
        filters[name] = value;
      }
      const scope = { filters, ...(caller.accounts ? { accounts: caller.accounts } : {}) };
      const rows = await deps.records.list(caller.org, definition, {
        ...scope,
        limit: limit + 1,
        ...(after ? { after } : {}),
      });
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      note({ count: page.length, filters: withoutPersonal(definition, filters) });
      const asOf = await deps.records.asOf(caller.org, definition.name);
      res.json({
        items: page.map((r) => show(caller.org, r)),
        nextCursor: rows.length > limit && last ? encodeCursor(definition.resource, last.id) : null,
        asOf: asOf?.toISOString() ?? null,
        ...(query.count === 'true' ? { total: await deps.records.count(caller.org, definition, scope) } : {}),
      });
    },
  };
}

function one(deps: RouteDeps, definition: EntityDefinition): Route {
  return {
    method: 'get',
    path: `/v1/${definition.resource}/:id`,
    scope: `read:${definition.resource}`,
    summary: `One: ${definition.description}`,
    query: { source: 'live asks the upstream now' },
    responses: { 200: definition.title, 304: 'Not changed', 404: 'None with this id' },
    answer: `${definition.name}Record`,
    ...viewed(definition, 'view'),
    handle: async ({ req, res, caller, query, note }) => {
      note({ subject: `${definition.name}:${idOf(req.params.id)}` });
      const record = await deps.records.get(caller.org, definition, idOf(req.params.id), caller.accounts);
      if (!record || record.deletedAt)
        throw new HubError('not-found', 'NOT_FOUND', `There is no ${definition.title.toLowerCase()} with this id.`);
      if (query.source !== undefined && query.source !== 'live')
        throw invalid('INVALID_QUERY', [{ pointer: '?source', message: 'must be live' }]);
      if (query.source === 'live') {
        const canonical = await deps.live(caller.org, definition, record);
        const asOf = new Date(deps.clock.now());
        const now = canonical && { ...record, canonical: { ...canonical }, asOf };
        if (!now || !stillTheirs(definition, now, caller.accounts))
          throw new HubError(
            'not-found',
            'NOT_FOUND',
            `${record.instance} has no ${definition.title.toLowerCase()} with this id any more.`,
          );
        res.json(show(caller.org, now));
        return;
      }
      const etag = `"${record.id}-${record.revision}"`;
      res.set('ETag', etag);
      if (req.headers['if-none-match'] === etag) {
        res.status(304).end();
        return;
      }
      res.json(show(caller.org, record));
    },
  };
}

/** What the upstream says now may belong to another account than what was stored. */
function stillTheirs(
  definition: EntityDefinition,
  record: StoredRecord,
  accounts: readonly string[] | undefined,
): boolean {
  if (!accounts) return true;
  const path = definition.accountPath;
  const account = path === 'id' ? record.id : path && record.canonical[path];
  return typeof account === 'string' && accounts.includes(account);
}

/** Whoever is shown personal data is entered in the audit log. */
function viewed(definition: EntityDefinition, what: 'list' | 'view'): Pick<Route, 'audit'> {
  return personalFields(definition.schema).length > 0 ? { audit: { view: `${definition.resource}.${what}` } } : {};
}

/** Filters of a list for the audit log: of a personal one its name alone. */
function withoutPersonal(
  definition: EntityDefinition,
  filters: Readonly<Record<string, string>>,
): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(filters).map(([name, value]) => [name, definition.filters[name]?.blind ? null : value]),
  );
}
