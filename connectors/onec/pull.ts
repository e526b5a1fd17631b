import { nearestFew } from '../../canonical/nearest.ts';
import type {
  LookupSpec,
  NativeObject,
  NativeRecord,
  Page,
  PublishedSet,
  Pull,
  PullOptions,
  SourceFault,
  VersionPage,
} from '../port.ts';
import { changes } from './changes.ts';
import { type Ctx, json, reading } from './client.ts';
import type { OnecConfig } from './config.ts';
import { datetimeLiteral, guidLiteral, keyLiteral, objectName } from './literals.ts';
import { readEdm, readMetadata } from './metadata.ts';
import { asRecord } from './native-record.ts';
import { rowsOf } from './rows.ts';
import { type OnecSource, parseSource, windowStart } from './source.ts';
import { isTooHeavy } from './too-heavy.ts';
import { encode, splitByBytes } from './url.ts';
import { virtualPages, virtualRecords } from './virtual-pages.ts';

const FIRST_PAGE = 20;
/** Version pages hold three short columns, so they may be long. */
const VERSION_ROWS = 2000;

function columnsOf(source: OnecSource): string[] {
  if (source.select.includes('*')) return [];
  const own = source.virtual
    ? []
    : source.key.includes('Ref_Key')
      ? ['Ref_Key', 'DeletionMark', ...(source.delta.by === 'none' ? [] : ['DataVersion'])]
      : source.key;
  return [...new Set([...own, ...source.select])];
}

function filterOf(ctx: Ctx, source: OnecSource, asOf: Date): string | undefined {
  const parts = [
    ...(source.filter ? [source.filter] : []),
    ...(source.window
      ? [`${source.window.by} ge ${datetimeLiteral(windowStart(asOf, ctx.config.timezone, source.window.months))}`]
      : []),
  ];
  return parts.length > 0 ? parts.join(' and ') : undefined;
}

/** How many objects the next page asks for: by the weight of the last one, divided by four when the base gave in. */
function nextTop(config: OnecConfig, bytes: number, rows: number): number {
  if (rows === 0) return FIRST_PAGE;
  return Math.max(1, Math.min(config.pageRows, Math.floor(config.pageBytes / Math.max(1, bytes / rows))));
}

/**
 * Pages by `$skip` with one fixed order, which live bases keep between requests. Rows that appear or vanish meanwhile
 * shift the pages, so a row may come twice or slip through: the version comparison that follows a full pull mends that.
 */
async function* pages(ctx: Ctx, raw: unknown, cursor: string | null, options: PullOptions = {}): AsyncIterable<Page> {
  const source = parseSource(raw);
  const asOf = options.asOf ?? new Date(ctx.clock.now());
  if (source.virtual) {
    yield* virtualPages(ctx, source, cursor);
    return;
  }
  const filter = filterOf(ctx, source, asOf);
  const select = columnsOf(source).join(',') || undefined;
  const orderBy = source.orderBy ?? (source.key.includes('Ref_Key') ? 'Ref_Key' : source.key.join(','));
  let { skip, top } = parseCursor(cursor);
  for (;;) {
    const wanted = Math.min(top, options.limit ?? top);
    let answer: Awaited<ReturnType<typeof json>>;
    try {
      answer = await reading(() =>
        json(ctx, {
          path: objectName(source.set),
          options: {
            $select: select,
            $filter: filter,
            $expand: source.expand.join(',') || undefined,
            $orderby: orderBy,
            $top: wanted,
            $skip: skip,
          },
        }),
      );
    } catch (error) {
      if (isTooHeavy(error) && top > 1) {
        top = Math.max(1, Math.floor(top / 4));
        continue;
      }
      throw error;
    }
    const rows = rowsOf(answer.body);
    skip += rows.length;
    top = nextTop(ctx.config, answer.bytes, rows.length);
    // A short page is the last one.
    const last = rows.length < wanted || options.limit !== undefined;
    yield { records: rows.map((row) => asRecord(source, row)), cursor: last ? null : JSON.stringify({ skip, top }) };
    if (last) return;
  }
}

function parseCursor(cursor: string | null): { skip: number; top: number } {
  if (cursor === null) return { skip: 0, top: FIRST_PAGE };
  return JSON.parse(cursor) as { skip: number; top: number };
}

async function* versions(ctx: Ctx, raw: unknown, cursor: string | null): AsyncIterable<VersionPage> {
  const source = parseSource(raw);
  const filter = filterOf(ctx, source, new Date(ctx.clock.now()));
  let { skip } = parseCursor(cursor);
  for (;;) {
    const { body } = await reading(() =>
      json(ctx, {
        path: objectName(source.set),
        options: {
          $select: 'Ref_Key,DataVersion,DeletionMark',
          $filter: filter,
          $orderby: 'Ref_Key',
          $top: VERSION_ROWS,
          $skip: skip,
        },
      }),
    );
    const rows = rowsOf(body);
    skip += rows.length;
    const last = rows.length < VERSION_ROWS;
    yield {
      records: rows.map((row) => ({
        key: String(row.Ref_Key),
        version: String(row.DataVersion),
        deleted: row.DeletionMark === true,
      })),
      cursor: last ? null : JSON.stringify({ skip, top: VERSION_ROWS }),
    };
    if (last) return;
  }
}

async function byKeys(ctx: Ctx, raw: unknown, keys: readonly string[]): Promise<readonly NativeRecord[]> {
  const source = parseSource(raw);
  const rows = await byColumn(ctx, source.set, 'Ref_Key', columnsOf(source), keys, source.expand);
  return rows.map((row) => asRecord(source, row));
}

/** Keys of several columns are joined by a bar. */
async function one(ctx: Ctx, raw: unknown, key: string): Promise<NativeRecord | undefined> {
  const source = parseSource(raw);
  if (source.key.includes('Ref_Key')) return (await byKeys(ctx, raw, [key]))[0];
  const values = key.split('|');
  const only = source.key.map((column, i) => `${objectName(column)} eq ${keyLiteral(values[i] ?? '')}`).join(' and ');
  if (source.virtual) return (await virtualRecords(ctx, source, only))[0];
  const { body } = await reading(() =>
    json(ctx, {
      path: objectName(source.set),
      options: { $select: columnsOf(source).join(',') || undefined, $filter: only, $top: 2 },
    }),
  );
  const [row] = rowsOf(body);
  return row && asRecord(source, row);
}

/** Rows of a set by a reference column; the `or` list is split so that each query stays within its limit. */
async function byColumn(
  ctx: Ctx,
  set: string,
  column: string,
  select: readonly string[],
  keys: readonly string[],
  expand: readonly string[] = [],
): Promise<NativeObject[]> {
  const common = { $select: select.join(',') || undefined, $expand: expand.join(',') || undefined };
  const terms = keys.map((key) => `${objectName(column)} eq ${guidLiteral(key)}`);
  const fixed = (): number =>
    encode(`$format=json&$select=${select.join(',')}&$expand=${expand.join(',')}&$filter=`).length + 20;
  const out: NativeObject[] = [];
  // There is nothing to split in a single term.
  for (const group of terms.length === 1 ? [terms] : splitByBytes(terms, fixed())) {
    const { body } = await reading(() =>
      json(ctx, { path: objectName(set), options: { ...common, $filter: group.join(' or ') } }),
    );
    out.push(...rowsOf(body));
  }
  return out;
}

async function lookup(ctx: Ctx, spec: LookupSpec, keys: readonly string[]): Promise<ReadonlyMap<string, NativeObject>> {
  const rows = await byColumn(ctx, spec.set, spec.key, [spec.key, ...spec.select], keys);
  return new Map(rows.map((row) => [String(row[spec.key]), row]));
}

const SAME_KIND = 12;

/** Near names; where none is near, what the base publishes of the same kind, so that an engineer has something to choose from. */
function nearestOrSameKind(name: string, published: readonly string[]): string[] {
  const near = nearestFew(name, published, 3);
  const kind = name.slice(0, name.indexOf('_') + 1);
  return near.length > 0
    ? near
    : published.filter((p) => p.startsWith(kind) && !p.endsWith('_RecordType')).slice(0, SAME_KIND);
}

async function check(ctx: Ctx, raw: unknown, fields: readonly string[]): Promise<readonly SourceFault[]> {
  const source = parseSource(raw);
  const metadata = await readMetadata(ctx);
  const own = metadata.get(source.set);
  if (!own)
    return [
      {
        field: 'source.set',
        message: `'${source.set}' is not published by this base`,
        near: nearestOrSameKind(source.set, [...metadata.keys()]),
      },
    ];
  // The columns of a register stand in the type of its records.
  const known = new Set([...own, ...(metadata.get(`${source.set}_RecordType`) ?? [])]);
  const faults: SourceFault[] = [];
  const tops = new Set(fields.filter((f) => f !== '*').map((f) => f.split('.')[0] ?? ''));
  for (const field of tops) {
    const generated = field === 'row' || field === 'rows' || source.expand.includes(field);
    if (!generated && !known.has(field))
      faults.push({
        field,
        message: `${source.set} has no attribute '${field}'`,
        near: nearestFew(field, [...known], 3),
      });
  }
  const { write } = source;
  if (write) {
    const target = metadata.get(write.set);
    if (!target)
      faults.push({
        field: 'write.set',
        message: `'${write.set}' is not published by this base`,
        near: nearestOrSameKind(write.set, [...metadata.keys()]),
      });
    else if (!target.has(write.mark))
      faults.push({
        field: 'write.mark',
        message: `${write.set} has no attribute '${write.mark}'`,
        near: nearestFew(write.mark, [...target], 3),
      });
  }
  return faults;
}

async function published(ctx: Ctx, sources: readonly unknown[]): Promise<readonly PublishedSet[]> {
  const { sets } = await readEdm(ctx);
  return sources.map((raw) => {
    const { set } = parseSource(raw);
    const own = sets.get(set);
    // The columns of a register stand in the type of its records.
    const rows = sets.get(`${set}_RecordType`);
    return { set, fields: own && new Map([...own.properties, ...(rows?.properties ?? [])]) };
  });
}

/** Reading by the verbs that a mapping names; knows no business object. */
export const pull: Pull<OnecConfig> = { pages, versions, byKeys, one, lookup, check, published, changes };
