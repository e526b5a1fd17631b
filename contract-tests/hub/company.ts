import { entities } from '../../canonical/registry.ts';

/** One request of the API as JSON. */
export type Get = (path: string) => Promise<{ items: Item[]; nextCursor: string | null }>;
type Item = Record<string, unknown> & { id: string };

async function all(get: Get, resource: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor = ''; ; ) {
    const page = await get(`/v1/${resource}?limit=500${cursor}`);
    items.push(...page.items);
    if (page.nextCursor === null) return items;
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
  }
}

/**
 * Everything the API tells of a company, with ids told by what they stand for, so that two hubs can be compared: sorted
 * lines by resource.
 */
export async function companyOf(get: Get): Promise<Record<string, string[]>> {
  const pulled = [...entities.values()].filter((e) => e.name !== 'Message');
  const items = new Map<string, Item[]>();
  for (const e of pulled) items.set(e.resource, await all(get, e.resource));
  const names = new Map<string, string>();
  for (const [resource, list] of items) {
    for (const i of list)
      names.set(
        i.id,
        `${resource}:${String(i.number ?? i.code ?? i.serialNumber ?? i.name)}${String(i.building ?? '')}`,
      );
  }
  const told = (item: Item): string =>
    JSON.stringify(item, (key, value: unknown) => {
      if (['id', 'source', 'asOf', 'changedAt'].includes(key)) return undefined;
      return typeof value === 'string' ? (names.get(value)?.replace(/[0-9a-f-]{36}$/, '') ?? value) : value;
    });
  return Object.fromEntries([...items].map(([resource, list]) => [resource, list.map(told).sort()]));
}
