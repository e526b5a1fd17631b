import { createHash } from 'node:crypto';
import { isHubError } from '../../canonical/errors.ts';
import type { NativeObject, NativeRecord, Page } from '../port.ts';
import { type Call, type Ctx, json, reading } from './client.ts';
import { objectName } from './literals.ts';
import { asRecord } from './native-record.ts';
import { rowsOf } from './rows.ts';
import type { OnecSource } from './source.ts';
import { isTooHeavy } from './too-heavy.ts';

/** A table that comes whole or not at all. */
const WHOLE = 'whole';

/** Where the next portion begins, and how the last one began. */
interface Place {
  skip: number;
  begins: string | undefined;
}

/** A cursor is kept and shown, so no row may stand in it. */
const digestOf = (row: NativeObject | undefined): string =>
  createHash('sha256')
    .update(JSON.stringify(row ?? null))
    .digest('base64url')
    .slice(0, 16);

/**
 * A register's function in portions, so that a big table never lies in memory at once. The base computes the whole of it for each portion, which
 * is why a portion is large. A base that knows no `$orderby`, `$top` and `$skip` here, or takes no notice of them, gives the table in one answer.
 *
 * @param cursor of an earlier page; null begins
 */
export async function* virtualPages(ctx: Ctx, source: OnecSource, cursor: string | null): AsyncIterable<Page> {
  let top = ctx.config.virtualTableRows;
  const order = source.virtual?.group ?? source.key;
  let { skip, begins: before } = cursor === null ? { skip: 0, begins: undefined } : (JSON.parse(cursor) as Place);
  for (;;) {
    let rows: Awaited<ReturnType<typeof portion>>;
    try {
      rows = await portion(ctx, source, { $orderby: order.join(','), $top: top, $skip: skip });
    } catch (error) {
      if (!isTooHeavy(error) || top === 1) throw error;
      top = Math.ceil(top / 4);
      continue;
    }
    const begins = rows === WHOLE ? undefined : digestOf(rows[0]);
    // The same rows again: `$skip` does nothing here.
    if (rows === WHOLE || rows.length > top || (before !== undefined && begins === before)) {
      const all = rows === WHOLE || rows.length <= top ? await table(ctx, source, {}) : rows;
      yield { records: recordsOf(source, all), cursor: null };
      return;
    }
    const last = rows.length < top;
    // The last group of a portion may go on in the next one, which begins with it.
    const kept = last ? rows : rows.slice(0, wholeGroups(source, rows));
    if (kept.length === 0 && !last) {
      top *= 4;
      continue;
    }
    skip += kept.length;
    before = begins;
    const place: Place = { skip, begins };
    yield { records: recordsOf(source, kept), cursor: last ? null : JSON.stringify(place) };
    if (last) return;
  }
}

/** The records that meet a condition besides the mapping's own. */
export async function virtualRecords(ctx: Ctx, source: OnecSource, only: string): Promise<NativeRecord[]> {
  return recordsOf(source, await table(ctx, source, {}, only));
}

async function portion(
  ctx: Ctx,
  source: OnecSource,
  options: Call['options'] & object,
): Promise<NativeObject[] | typeof WHOLE> {
  try {
    return await table(ctx, source, options);
  } catch (error) {
    if (isHubError(error) && [400, 501].includes(error.facts.upstream?.status ?? 0)) return WHOLE;
    throw error;
  }
}

async function table(
  ctx: Ctx,
  source: OnecSource,
  options: Call['options'] & object,
  only?: string,
): Promise<NativeObject[]> {
  const { virtual } = source;
  if (!virtual) throw new Error('Only for virtual tables.');
  const conditions = [virtual.condition, only].filter((c) => c !== undefined && c !== '');
  const condition = conditions.length > 1 ? conditions.map((c) => `(${c})`).join(' and ') : conditions[0];
  const args = [
    ...(condition ? [`Condition='${condition.replace(/'/g, "''")}'`] : []),
    ...(virtual.dimensions.length > 0 ? [`Dimensions='${virtual.dimensions.join(',')}'`] : []),
  ].join(',');
  const { body } = await reading(() =>
    json(ctx, {
      path: `${objectName(source.set)}/${virtual.function}(${args})`,
      options,
      timeoutMs: ctx.config.virtualTableTimeoutMs,
      maxResponseBytes: ctx.config.virtualTableBytes,
    }),
  );
  return rowsOf(body);
}

/** How many rows of a portion belong to groups that surely end in it. */
function wholeGroups({ virtual }: OnecSource, rows: readonly NativeObject[]): number {
  if (!virtual?.group) return rows.length;
  const last = groupOf(virtual.group, rows.at(-1) ?? {});
  return rows.findIndex((row) => groupOf(virtual.group ?? [], row) === last);
}

const groupOf = (columns: readonly string[], row: NativeObject): string =>
  JSON.stringify(columns.map((column) => row[column]));

function recordsOf(source: OnecSource, rows: readonly NativeObject[]): NativeRecord[] {
  const columns = source.virtual?.group;
  if (!columns) return rows.map((row) => asRecord(source, row));
  const groups = new Map<string, NativeObject & { rows: NativeObject[] }>();
  for (const row of rows) {
    const key = groupOf(columns, row);
    const group = groups.get(key);
    if (group) group.rows.push(row);
    else groups.set(key, { ...Object.fromEntries(columns.map((column) => [column, row[column]])), rows: [row] });
  }
  return [...groups.values()].map((group) => asRecord(source, group));
}
