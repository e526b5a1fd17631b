import type { NativeObject, NativeRecord } from '../port.ts';
import type { OnecSource } from './source.ts';

/** A row of a set as the hub stores it; the columns of a composite key are joined by a bar. */
export function asRecord(source: OnecSource, row: NativeObject): NativeRecord {
  const key = source.key.map((column) => String(row[column] ?? '')).join('|');
  const version = row.DataVersion;
  return {
    key,
    data: row,
    ...(typeof version === 'string' ? { version } : {}),
    ...(row.DeletionMark === true ? { deleted: true } : {}),
  };
}
