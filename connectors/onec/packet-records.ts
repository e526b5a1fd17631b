import type { NativeObject, NativeRecord, SourceChanges } from '../port.ts';
import { type Change, recordsOf } from './change-packet.ts';
import { asRecord } from './native-record.ts';
import { plainFilter } from './plain-filter.ts';
import type { OnecSource } from './source.ts';

/** Set that a packet names where the mapping reads single records of a register. */
export function setInPackets(source: OnecSource): string {
  return source.set.replace(/_RecordType$/, '');
}

const readsRows = (source: OnecSource): boolean => source.set.endsWith('_RecordType');

/** Why a source can't be read from packets, as a part of a sentence; undefined when it can. */
export function unfitForPackets(source: OnecSource): string | undefined {
  if (source.virtual) return 'a virtual table is computed, packets do not carry it';
  if (source.expand.length > 0) return 'it expands references, which packets do not carry';
  if (!plainFilter(source.filter)) return 'its filter is more than `Name eq value` joined by `and`';
  if (readsRows(source) && !/^Recorder(_Key)?$/.test(source.key[0] ?? ''))
    return 'its key does not begin with the recorder';
  return undefined;
}

/**
 * What a packet says of a source. An object that the mapping's filter does not want any more counts as gone; a record
 * set of a register comes whole, so what it lacks is gone too.
 * @param from naive moment; objects dated before it are outside of the mapping's window
 */
export function changesOf(
  source: OnecSource,
  changes: readonly Change[],
  from: string | undefined,
): SourceChanges | undefined {
  const own = changes.filter((change) => change.set === setInPackets(source));
  if (own.length === 0) return undefined;
  const wanted = plainFilter(source.filter) ?? (() => true);
  const early = (row: NativeObject): boolean =>
    source.window !== undefined && from !== undefined && String(row[source.window.by] ?? from) < from;
  const records: NativeRecord[] = [];
  const whole: string[] = [];
  for (const change of own) {
    const row = keyed(source, change);
    if (readsRows(source)) {
      whole.push(`${String(row[source.key[0] ?? ''])}|`);
      const rows = recordsOf({ ...change, data: row });
      records.push(...rows.filter((r) => wanted(r) && !early(r)).map((r) => asRecord(source, r)));
    } else if (change.deleted) records.push({ ...asRecord(source, row), deleted: true });
    else if (!early(row))
      records.push(wanted(row) ? asRecord(source, row) : { ...asRecord(source, row), deleted: true });
  }
  return { records, whole };
}

/** The object with its key, under the column that the mapping knows it by: an address may say Recorder for Recorder_Key. */
function keyed(source: OnecSource, change: Change): NativeObject {
  const row: Record<string, unknown> = { ...change.key, ...change.data };
  const [first = ''] = source.key;
  row[first] ??= row.Recorder ?? row.Recorder_Key;
  return row;
}
