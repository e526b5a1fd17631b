import type { Base } from './base.ts';
import { fault } from './errors.ts';
import { parseFilter, type WireObject } from './filter.ts';
import { EMPTY_DATE, type SetModel } from './model.ts';

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
  if (set.kind !== 'AccumulationRegister' || (!set.balance && name !== 'Turnovers')) throw fault.method(name);
  const wanted = dimensionsOf(args.get('Dimensions'));
  const resources = set.resources.map((r) => r.wire);
  const sign = (row: WireObject): number => (row.RecordType === 'Expense' ? -1 : 1);
  if (name === 'Balance') {
    const before = momentOf(args.get('Period')) ?? '9999-12-31T00:00:00';
    const narrow =
      wanted?.every((d) => /^(ЛицевойСчет(_Key)?|ВидЗадолженности)$/.test(d)) &&
      !/Услуга|МесяцНачисления/.test(args.get('Condition') ?? '');
    const rows = narrow
      ? base.balances(before).map((b) => ({ ЛицевойСчет_Key: b.account, ВидЗадолженности: b.kind, Сумма: b.kop / 100 }))
      : earlier(base, set, before);
    return summed(filtered(rows, condition), set, wanted, ['СуммаBalance'], (row) => [sign(row) * kopecks(row.Сумма)]);
  }
  const from = momentOf(args.get('StartPeriod')) ?? EMPTY_DATE;
  const to = momentOf(args.get('EndPeriod')) ?? `${today}T23:59:59`;
  if (name === 'Turnovers') {
    const inside = filtered(
      base.stream(set),
      (r) => String(r.Period) >= from && String(r.Period) <= to && condition(r),
    );
    if (!set.balance)
      return summed(
        inside,
        set,
        wanted,
        resources.map((r) => `${r}Turnover`),
        (row) => resources.map((r) => kopecks(row[r])),
      );
    const columns = ['СуммаTurnover', 'СуммаReceipt', 'СуммаExpense'];
    return summed(inside, set, wanted, columns, (row) => turnover(sign(row), kopecks(row.Сумма)));
  }
  if (name !== 'BalanceAndTurnovers') throw fault.method(name);
  const columns = ['СуммаOpeningBalance', 'СуммаTurnover', 'СуммаReceipt', 'СуммаExpense', 'СуммаClosingBalance'];
  const until = filtered(earlier(base, set, '9999'), (r) => String(r.Period) <= to && condition(r));
  return summed(until, set, wanted, columns, (row) => {
    const amount = kopecks(row.Сумма);
    const signed = sign(row) * amount;
    return String(row.Period) < from || row.Recorder === undefined
      ? [signed, 0, 0, 0, signed]
      : [0, ...turnover(sign(row), amount), signed];
  });
}

const kopecks = (roubles: unknown): number => Math.round(Number(roubles ?? 0) * 100);
const turnover = (sign: number, amount: number): number[] => [
  sign * amount,
  sign > 0 ? amount : 0,
  sign < 0 ? amount : 0,
];

/** Records before a moment, the debts from before the first generated month included. */
function* earlier(base: Base, set: SetModel, before: string): Iterable<WireObject> {
  yield* base.opening();
  for (const row of base.stream(set)) if (String(row.Period) < before) yield row;
}

function* filtered(rows: Iterable<WireObject>, wanted: (row: WireObject) => boolean): Iterable<WireObject> {
  for (const row of rows) if (wanted(row)) yield row;
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

/** Rows per set of dimensions, with sums in whole kopecks; rows of nothing but zeros are left out, as the platform does. */
function summed(
  rows: Iterable<WireObject>,
  set: SetModel,
  dimensions: readonly string[] | undefined,
  columns: readonly string[],
  amounts: (row: WireObject) => number[],
): WireObject[] {
  for (const name of dimensions ?? [])
    if (!set.dimensions.some((d) => d.name === name || d.wire === name)) throw fault.property(name);
  const kept = set.dimensions.filter((d) => !dimensions || dimensions.includes(d.name) || dimensions.includes(d.wire));
  const groups = new Map<string, { row: WireObject; sums: number[] }>();
  for (const row of rows) {
    const key = kept.map((d) => String(row[d.wire])).join('|');
    let group = groups.get(key);
    if (!group) {
      group = { row: Object.fromEntries(kept.map((d) => [d.wire, row[d.wire]])), sums: columns.map(() => 0) };
      groups.set(key, group);
    }
    const { sums } = group;
    amounts(row).forEach((amount, i) => {
      sums[i] = (sums[i] ?? 0) + amount;
    });
  }
  return [...groups.values()]
    .filter(({ sums }) => sums.some((sum) => sum !== 0))
    .map(({ row, sums }) => ({ ...row, ...Object.fromEntries(columns.map((c, i) => [c, (sums[i] ?? 0) / 100])) }));
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
