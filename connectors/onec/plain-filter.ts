import type { NativeObject } from '../port.ts';

/** Whether an object passes a filter. */
export type Test = (row: NativeObject) => boolean;

const term = /^([\p{L}_][\p{L}\p{N}_]*) eq (true|false|-?\d+(?:\.\d+)?|(?:guid|datetime)?'(?:[^']|'')*')$/u;

/**
 * A filter of the kind `Posted eq true and IsFolder eq false` as a function, for objects that 1C sends without having
 * been asked for them by a filter.
 * @returns undefined for a filter that only the base itself can apply
 */
export function plainFilter(filter: string | undefined): Test | undefined {
  if (filter === undefined) return () => true;
  const wanted: [string, string][] = [];
  for (const part of filter.split(/ and /)) {
    const [, name, literal] = term.exec(part.trim()) ?? [];
    if (name === undefined || literal === undefined) return undefined;
    wanted.push([name, plainValue(literal)]);
  }
  // Numbers are compared as numbers, so that 1 and 1.0 are the same.
  return (row) =>
    wanted.every(([name, value]) =>
      typeof row[name] === 'number' ? row[name] === Number(value) : String(row[name] ?? '') === value,
    );
}

function plainValue(literal: string): string {
  const [, quoted] = /^(?:guid|datetime)?'(.*)'$/s.exec(literal) ?? [];
  return quoted === undefined ? literal : quoted.replace(/''/g, "'");
}
