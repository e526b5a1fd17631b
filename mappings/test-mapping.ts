import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { CompiledMapping } from './compile.ts';
import { type CommandMapping, isCommandMapping } from './compile-command.ts';
import { RecordFault } from './faults.ts';
import type { MappingExample } from './file.ts';
import type { NativeObject, ReadScope, WriteScope } from './types.ts';

export interface ExampleOutcome {
  example: string;
  passed: boolean;
  /** What differs, a line a field. */
  differences: string[];
}

/** Canonical id that stands for `@Entity:nativeKey` in examples: any id would do, this one can be computed anywhere. */
export function exampleId(entity: string, key: string): string {
  const hex = createHash('sha1').update(`${entity}:${key}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Zone in which examples are read; an example of an instant shows the offset of this zone. */
export const EXAMPLE_ZONE = 'Europe/Moscow';

/**
 * Runs the examples of a mapping and, for each that can be written back, the law: what was written and read again is
 * what was read first.
 */
export async function testMapping(mapping: CompiledMapping | CommandMapping): Promise<ExampleOutcome[]> {
  const outcomes: ExampleOutcome[] = [];
  for (const [i, example] of mapping.examples.entries()) {
    const differences: string[] = [];
    try {
      if (isCommandMapping(mapping)) runCommandExample(mapping, example, differences);
      else await runExample(mapping, example, differences);
    } catch (error) {
      if (!(error instanceof RecordFault)) throw error;
      differences.push(error.message);
    }
    outcomes.push({ example: example.name ?? `example ${i + 1}`, passed: differences.length === 0, differences });
  }
  return outcomes;
}

async function runExample(mapping: CompiledMapping, example: MappingExample, differences: string[]): Promise<void> {
  const ids = new Map<string, string>();
  const read = async (native: NativeObject): Promise<Record<string, unknown>> => {
    const scope: ReadScope = {
      timezone: EXAMPLE_ZONE,
      asOf: new Date('2026-11-24T07:00:00Z'),
      resolve: (entity, key) => {
        const id = exampleId(entity, key);
        ids.set(id, key);
        return id;
      },
      lookup: (name, key) => example.lookups?.[name]?.[key],
    };
    if (mapping.asynchronous) await mapping.prepare(native);
    return mapping.read(native, scope);
  };
  const writeScope: WriteScope = { timezone: EXAMPLE_ZONE, nativeKey: (_entity, id) => ids.get(id) };

  const parts = mapping.parts('example', example.native);
  const part = parts[0];
  if (example.canonical) {
    if (!part) {
      differences.push("'when' or 'each' leaves nothing of the native object");
      return;
    }
    const canonical = await read(part.native);
    compare(expand(example.canonical, ids), canonical, '', differences);
    if (mapping.write && example.canonicalFrom === undefined) {
      const written = mapping.write(canonical, writeScope);
      if (example.writes) compare(example.writes, written, 'writes.', differences);
      // The law needs a native object of the same shape; a separate `write` block describes another one.
      if (!('write' in mapping.source)) {
        const again = await read(merged(part.native, written));
        if (!isDeepStrictEqual(again, canonical)) compare(canonical, again, 'read(write(read)) ', differences);
      }
    }
  }
  if (example.canonicalFrom) {
    if (!mapping.write) differences.push('canonicalFrom: this mapping writes nothing');
    else
      compare(
        example.writes ?? {},
        mapping.write(expand(example.canonicalFrom, ids), writeScope),
        'writes.',
        differences,
      );
  }
}

/** The payload of an example as an operation would have it, and the native keys of the records it names. */
export function examplePayload({ canonicalFrom = {} }: MappingExample): {
  payload: Record<string, unknown>;
  scope: WriteScope;
} {
  const ids = new Map<string, string>();
  const payload = expand(canonicalFrom, ids);
  return { payload, scope: { timezone: EXAMPLE_ZONE, nativeKey: (_entity, id) => ids.get(id) } };
}

/** What is written in an example must be what the API takes; what the connector adds is left to it. */
function runCommandExample(mapping: CommandMapping, example: MappingExample, differences: string[]): void {
  const { payload, scope } = examplePayload(example);
  const given = Object.fromEntries(Object.entries(payload).filter(([name]) => mapping.given.includes(name)));
  const own = Object.fromEntries(Object.entries(payload).filter(([name]) => !(name in given)));
  const parsed = mapping.schema.safeParse(own);
  if (!parsed.success) {
    for (const issue of parsed.error.issues)
      differences.push(`canonicalFrom.${issue.path.join('.')}: ${issue.message}`);
    return;
  }
  const write = () => mapping.write({ ...parsed.data, ...given }, scope);
  if (example.refused === undefined) {
    const written = write();
    compare(example.writes ?? {}, written, 'writes.', differences);
    for (const name of Object.keys(written))
      if (!(name in (example.writes ?? {}))) differences.push(`writes.${name}: is written and the example lacks it`);
    return;
  }
  try {
    differences.push(`refused: was written as ${JSON.stringify(write())}`);
  } catch (error) {
    if (!(error instanceof RecordFault)) throw error;
    if (!error.message.includes(example.refused)) differences.push(`refused: ${error.message}`);
  }
}

/** Written columns of a row join the row instead of replacing it: one-way fields still read the others. */
function merged(native: NativeObject, written: NativeObject): NativeObject {
  const row = { ...(native.row as NativeObject | undefined), ...(written.row as NativeObject | undefined) };
  return { ...native, ...written, ...(native.row === undefined ? {} : { row }) };
}

/** `@Premises:5b1c…` in an example stands for the canonical id of that native record. */
function expand(value: Readonly<Record<string, unknown>>, ids: Map<string, string>): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(value, (_key, v: unknown) => {
      const [, entity, key] = typeof v === 'string' ? (/^@([A-Za-z]+):(.+)$/.exec(v) ?? []) : [];
      if (!entity || !key) return v;
      const id = exampleId(entity, key);
      ids.set(id, key);
      return id;
    }),
  ) as Record<string, unknown>;
}

function compare(
  expected: Readonly<Record<string, unknown>>,
  actual: Readonly<Record<string, unknown>>,
  prefix: string,
  differences: string[],
): void {
  for (const [field, wanted] of Object.entries(expected)) {
    if (!isDeepStrictEqual(actual[field], wanted))
      differences.push(`${prefix}${field}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(actual[field])}`);
  }
}
