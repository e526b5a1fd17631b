import { fault } from './errors.ts';
import { type FilterSchema, parseFilter, type WireObject } from './filter.ts';

const KNOWN = [
  '$format',
  '$select',
  '$filter',
  '$orderby',
  '$top',
  '$skip',
  '$expand',
  '$inlinecount',
  'allowedOnly',
  '$allowedOnly',
  'PostingModeOperational',
  'Period',
  'Condition',
  'Dimensions',
  'StartPeriod',
  'EndPeriod',
  'DataExchangePoint',
  'MessageNo',
];

/** Options of a query string. A plus stays a plus: this interface decodes percent signs only. */
export function parseOptions(rawQuery: string): Map<string, string> {
  const options = new Map<string, string>();
  for (const pair of rawQuery.split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decodeURIComponent(at < 0 ? pair : pair.slice(0, at));
    if (!KNOWN.includes(name)) throw fault.option(name);
    options.set(name, at < 0 ? '' : decodeURIComponent(pair.slice(at + 1)));
  }
  return options;
}

export function whole(options: Map<string, string>, name: string): number | undefined {
  const text = options.get(name);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw fault.parse(name);
  return Number(text);
}

/** `$filter` as a predicate; a plus that stayed a plus breaks it. */
export function filterOf(filter: string, schema: FilterSchema): (object: WireObject) => boolean {
  if (filter.includes('+')) throw fault.parse('$filter');
  return parseFilter(filter, schema);
}

const KEY = "Ref_Key eq guid'[0-9a-fA-F-]{36}'";
const onlyKeys = new RegExp(`^${KEY}( or ${KEY})*$`);

/** The keys that a filter asks for when it asks for nothing else: a base finds these without looking at all the others. */
export function keysOf(filter: string | undefined): string[] | undefined {
  if (!filter || !onlyKeys.test(filter)) return undefined;
  return [...filter.matchAll(/guid'([^']*)'/g)].map(([, key = '']) => key.toLowerCase());
}

/** Whether the objects are wanted in the order that they come in. */
export function isKeptOrder(options: Map<string, string>): boolean {
  return ['', 'Ref_Key', 'Ref_Key asc'].includes(options.get('$orderby')?.trim() ?? '');
}

/** Filters and sorts; the default order is the one that the objects come in. */
export function filterAndSort(
  objects: readonly WireObject[],
  options: Map<string, string>,
  schema: FilterSchema,
): readonly WireObject[] {
  const filter = options.get('$filter');
  let list = objects;
  if (filter !== undefined && filter !== '') {
    list = list.filter(filterOf(filter, schema));
  }
  const orderby = options.get('$orderby');
  if (orderby && !isKeptOrder(options)) {
    const terms = orderby.split(',').map((term) => term.trim().split(/\s+/));
    for (const [name = ''] of terms) if (!schema.has(name)) throw fault.property(name);
    list = [...list].sort((a, b) => {
      for (const [name = '', direction] of terms) {
        const x = a[name] as string | number;
        const y = b[name] as string | number;
        if (x !== y) return (x < y ? -1 : 1) * (direction === 'desc' ? -1 : 1);
      }
      return 0;
    });
  }
  return list;
}

/** `$select` and what the answer shows of an object. */
export function project(
  object: WireObject,
  select: string | undefined,
  parts: ReadonlySet<string>,
  schema: FilterSchema,
): WireObject {
  if (select === undefined || select === '' || select === '*') return object;
  if (select === '**') return Object.fromEntries(Object.entries(object).filter(([name]) => !parts.has(name)));
  const out: WireObject = {};
  for (const item of select.split(',')) {
    const [name = '', ...rest] = item.trim().split('/');
    const plain = name.replace(/____Presentation$/, '');
    if (!schema.has(plain)) throw fault.property(plain);
    if (rest.length > 0 && parts.has(name)) {
      const rows = (object[name] as WireObject[] | undefined) ?? [];
      const existing = (out[name] as WireObject[] | undefined) ?? rows.map(() => ({}));
      out[name] = existing.map((row, i) => ({ ...row, [rest[0] ?? '']: rows[i]?.[rest[0] ?? ''] }));
    } else if (rest.length > 0) {
      const nested = object[name] as WireObject | undefined;
      if (nested) out[name] = { ...(out[name] as WireObject | undefined), [rest[0] ?? '']: nested[rest[0] ?? ''] };
    } else if (name in object) out[name] = object[name];
  }
  return out;
}
