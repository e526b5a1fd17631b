import type { NativeObject } from '../../port.ts';

/** References to directories by their codes alone: an element keeps its code when its directory gives it a new GUID. */
export function byCode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(byCode);
  if (value === null || typeof value !== 'object') return value;
  const { Code, GUID } = value as NativeObject;
  if (Code !== undefined && GUID !== undefined) return { Code };
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, byCode(inner)]));
}

/** Only these members. */
export function only(value: NativeObject, names: readonly string[]): NativeObject {
  return Object.fromEntries(names.filter((name) => value[name] !== undefined).map((name) => [name, value[name]]));
}
