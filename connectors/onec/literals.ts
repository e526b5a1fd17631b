/** Literals of the interface's query language (vendor manual §17.4.2). */

/** `'text'` with apostrophes doubled. */
export function textLiteral(value: string): string {
  return `'${value.replace(/'/g, "''")}'`;
}

/** `guid'…'`. @throws Error for anything that is not a GUID: it would break out of the literal */
export function guidLiteral(value: string): string {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(value))
    throw new Error('A key of 1C must be a GUID.');
  return `guid'${value}'`;
}

/** `datetime'2026-11-24T00:00:00'`, naive. */
export function datetimeLiteral(value: string): string {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(value))
    throw new Error('A moment for 1C must look like 2026-11-24T00:00:00.');
  return `datetime'${value}'`;
}

/** Name of a set, attribute or action. @throws Error for signs that no name of 1C has */
export function objectName(value: string): string {
  if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(value)) throw new Error(`'${value.slice(0, 60)}' is not a name of 1C.`);
  return value;
}

/** A key value as its kind of literal: a GUID, a moment, or text. */
export function keyLiteral(value: string): string {
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value)) return guidLiteral(value);
  return /^\d{4}-\d{2}-\d{2}T/.test(value) ? datetimeLiteral(value) : textLiteral(value);
}
