import type { NativeObject } from '../port.ts';

/** Rows of an answer that is a collection. */
export function rowsOf(body: Readonly<Record<string, unknown>>): NativeObject[] {
  return Array.isArray(body.value) ? (body.value as NativeObject[]) : [];
}
