import type { Base } from './base.ts';
import { fault } from './errors.ts';
import { parseFilter, type WireObject } from './filter.ts';
import type { SetModel } from './model.ts';

/** Answers of a register's functions; arguments come in brackets or in the query string. */
export function virtualTable(
  base: Base,
  set: SetModel,
  name: string,
  args: ReadonlyMap<string, string>,
  today: string,
): WireObject[] {
  const condition = conditionOf(args.get('Condition'));
  if (name === 'SliceLast' || name === 'SliceFirst') {
    if (set.kind !== 'InformationRegister') throw fault.method(name);
    return slice(base.records(set), set, momentOf(args.get('Period')), name === 'SliceLast', condition);
  }
  if (set.kind !== 'AccumulationRegister') throw fault.method(name);
  if (name === 'Balance') {
    if (!set.balance) throw fault.method(name);
    const before = momentOf(args.get('Period')) ?? '9999-12-31T00:00:00';
    const wanted = dimensionsOf(args.get('Dimensions'));
    const rows = base
      .balances(before)
      .map(({ account, kind, kop }) => ({ ЛицевойСчет_Key: account, ВидЗадолженности: kind, СуммаBalance: kop / 100 }));
    return summed(rows.filter(condition), wanted, 'СуммаBalance');
  }
  if (name === 'Turnovers') {
    const from = momentOf(args.get('StartPeriod')) ?? '0001-01-01T00:00:00';
    const to = momentOf(args.get('EndPeriod')) ?? `${today}T23:59:59`;
    const wanted = dimensionsOf(args.get('Dimensions'));
    const rows = base
      .records(set)
      .filter((r) => String(r.Period) >= from && String(r.Period) <= to && condition(r))
      .map((r) => ({ ...r, СуммаTurnover: Number(r.Сумма) * (r.RecordType === 'Expense' ? -1 : 1) }));
    return summed(rows, wanted, 'СуммаTurnover');
  }
  throw fault.method(name);
}

function slice(
  records: readonly WireObject[],
  set: SetModel,
  moment: string | undefined,
  last: boolean,
  condition: (row: WireObject) => boolean,
): WireObject[] {
  const newest = new Map<string, WireObject>();
  for (const record of records) {
    const period = String(record.Period);
    if (moment && (last ? period > moment : period < moment)) continue;
    const key = set.dimensions.map((d) => String(record[d.wire])).join('|');
    const other = newest.get(key);
    if (!other || (last ? period > String(other.Period) : period < String(other.Period))) newest.set(key, record);
  }
  return [...newest.values()].filter(condition);
}

/** Rows per set of dimensions, with the sum in whole kopecks; zero sums are left out, as the platform does. */
function summed(
  rows: readonly WireObject[],
  dimensions: readonly string[] | undefined,
  resource: string,
): WireObject[] {
  const sums = new Map<string, { row: WireObject; kop: number }>();
  for (const row of rows) {
    const kept: WireObject = {};
    for (const name of Object.keys(row))
      if (
        name !== resource &&
        (!dimensions || dimensions.includes(name) || dimensions.includes(name.replace(/_Key$/, '')))
      )
        kept[name] = row[name];
    const key = JSON.stringify(kept);
    const entry = sums.get(key) ?? { row: kept, kop: 0 };
    entry.kop += Math.round(Number(row[resource]) * 100);
    sums.set(key, entry);
  }
  return [...sums.values()].filter(({ kop }) => kop !== 0).map(({ row, kop }) => ({ ...row, [resource]: kop / 100 }));
}

function unquoted(text: string | undefined): string {
  const [, inner] = /^'(.*)'$/s.exec(text?.trim() ?? '') ?? [];
  return inner ?? '';
}

/** Inner apostrophes doubled, as clients send them, or single, as the manual shows them. */
function conditionOf(text: string | undefined): (row: WireObject) => boolean {
  const inner = unquoted(text);
  if (inner === '') return () => true;
  return parseFilter(inner.includes("''") ? inner.replace(/''/g, "'") : inner, {
    has: () => true,
    isComposite: () => false,
  });
}

function momentOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const [, moment] = /^datetime'([^']+)'$/.exec(text) ?? [];
  if (!moment) throw fault.type('Period');
  return moment;
}

function dimensionsOf(text: string | undefined): string[] | undefined {
  const names = unquoted(text)
    .split(',')
    .map((s) => s.trim())
    .filter(Boolean);
  return names.length > 0 ? names : undefined;
}
