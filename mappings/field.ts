import jsonata from 'jsonata';
import { z } from 'zod';
import { rubles } from '../canonical/values/money.ts';
import { fixed } from './converters/numbers.ts';
import { type Pipeline, parseExpression, valueAt } from './expression.ts';
import { ConversionFault, type Converter, type NativeObject, type ReadScope, type WriteScope } from './types.ts';

/** The forms a field may take in a mapping file. */
const rowsSpec = z.strictObject({
  rows: z.string().describe('Tabular section'),
  where: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  value: z.string().optional().describe('One value a row → list of values'),
  fields: z.record(z.string(), z.string()).optional().describe('Several values a row → list of objects'),
  sum: z.string().optional().describe('Column to add up → money'),
  first: z.boolean().optional().describe('The first row only, not a list'),
});
const listSpec = z.strictObject({
  list: z.array(z.string()).min(1).describe('Columns → list'),
  dropTrailing: z.union([z.string(), z.number()]).optional(),
});
const lookupSpec = z.strictObject({ lookup: z.string().describe('Name of a lookup'), value: z.string() });
const constSpec = z.strictObject({ const: z.union([z.string(), z.number(), z.boolean(), z.null()]) });
const firstSpec = z.strictObject({
  firstOf: z.array(z.string()).min(2).describe('Of several `Path | converter` the first that gives a value; one-way'),
});
const jsonataSpec = z.strictObject({ jsonata: z.string() });

export const fieldSpec = z.union([z.string(), rowsSpec, listSpec, lookupSpec, constSpec, firstSpec, jsonataSpec]);
export type FieldSpec = z.infer<typeof fieldSpec>;

export interface CompiledField {
  read(native: NativeObject, scope: ReadScope): unknown;
  /** Puts the native value(s) of a canonical one into `target`; absent for one-way fields. */
  write?(value: unknown, target: Record<string, unknown>, scope: WriteScope): void;
  /** First native field it reads, for error texts. */
  source: readonly string[];
  /** Set for a JSONata field, which must be prepared before it is read. */
  expression?: ReturnType<typeof jsonata>;
  /** Native paths it uses; `*` when it can't be told. */
  uses: readonly string[];
  /** References it resolves. */
  references: readonly { entity: string; keys(native: NativeObject): unknown[] }[];
}

export interface LookupKeys {
  /** Native path that holds the key of the looked-up row. */
  get(name: string): readonly string[] | undefined;
}

/** Compiles one field to plain closures. @throws ConversionFault saying what is wrong with the specification */
export function compileField(spec: FieldSpec, lookups: LookupKeys): CompiledField {
  if (typeof spec === 'string') return compilePath(spec);
  if ('rows' in spec) return compileRows(spec);
  if ('list' in spec) return compileList(spec);
  if ('lookup' in spec) return compileLookup(spec, lookups);
  if ('const' in spec) return { read: () => spec.const, source: [], uses: [], references: [] };
  if ('firstOf' in spec) return compileFirst(spec.firstOf.map(compilePath));
  return compileJsonata(spec.jsonata);
}

function compileFirst(parts: readonly CompiledField[]): CompiledField {
  return {
    read: (native, scope) => {
      for (const part of parts) {
        const value = part.read(native, scope);
        if (value !== null && value !== undefined) return value;
      }
      return null;
    },
    source: parts[0]?.source ?? [],
    uses: parts.flatMap((part) => part.uses),
    references: parts.flatMap((part) => part.references),
  };
}

function compilePath(text: string): CompiledField {
  const pipeline = parseExpression(text);
  const { path } = pipeline;
  const read = reader(pipeline);
  const back = writer(pipeline);
  const [top] = path;
  return {
    read:
      path.length === 1 && top !== undefined
        ? (native, scope) => read(native[top], scope)
        : (native, scope) => read(valueAt(native, path), scope),
    ...(back && top !== undefined ? { write: (value, target, scope) => put(target, path, back(value, scope)) } : {}),
    source: path,
    uses: top === undefined ? [] : [path.join('.')],
    references: references(pipeline, (native) => [valueAt(native, path)]),
  };
}

type Read = Converter['read'];

/** The steps forward, as one closure: each call goes straight to the next, without a loop. */
function reader({ steps }: Pipeline): Read {
  const [head, ...rest] = steps.map((step): Read => step.read);
  if (!head) return (v) => v ?? null;
  return rest.reduce(
    (before, step): Read =>
      (v, scope) =>
        step(before(v, scope), scope),
    head,
  );
}

/** Runs the steps backward; undefined when any of them is one-way. */
function writer({ steps }: Pipeline): ((value: unknown, scope: WriteScope) => unknown) | undefined {
  if (steps.some((step) => !step.write)) return undefined;
  const back = [...steps].reverse() as (Converter & { write: NonNullable<Converter['write']> })[];
  return (value, scope) => back.reduce<unknown>((v, step) => step.write(v, scope), value);
}

function references(pipeline: Pipeline, keys: (native: NativeObject) => unknown[]): CompiledField['references'] {
  const step = pipeline.steps.find((s) => s.refersTo);
  return step?.refersTo ? [{ entity: step.refersTo, keys }] : [];
}

function put(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = target;
  for (const step of path.slice(0, -1)) {
    at[step] ??= {};
    at = at[step] as Record<string, unknown>;
  }
  at[path.at(-1) as string] = value;
}

function rowsOf(native: NativeObject, part: string): NativeObject[] {
  const rows = native[part];
  if (rows === undefined || rows === null) return [];
  if (!Array.isArray(rows)) throw new ConversionFault(`${part} must be a tabular section (a list)`);
  return rows as NativeObject[];
}

function compileRows(spec: z.infer<typeof rowsSpec>): CompiledField {
  const { rows: part, where = {} } = spec;
  const conditions = Object.entries(where);
  const matching = (native: NativeObject) =>
    rowsOf(native, part).filter((row) => conditions.every(([column, wanted]) => row[column] === wanted));
  const given = [spec.value, spec.fields, spec.sum].filter((v) => v !== undefined).length;
  if (given !== 1) throw new ConversionFault('rows needs exactly one of value, fields or sum');
  if (spec.sum !== undefined) {
    const column = spec.sum;
    return {
      read: (native) =>
        rubles(matching(native).reduce((sum, row) => sum + BigInt(fixed(row[column] ?? 0, 2).replace('.', '')), 0n)),
      source: [part],
      uses: [part],
      references: [],
    };
  }
  if (spec.value !== undefined) return compileRowValues(spec, spec.value, matching);
  const fields = Object.entries(spec.fields ?? {}).map(([name, text]) => [name, compilePath(text)] as const);
  const oneWay = fields.some(([, field]) => !field.write);
  return {
    read: (native, scope) =>
      matching(native).map((row) => Object.fromEntries(fields.map(([name, field]) => [name, field.read(row, scope)]))),
    ...(oneWay
      ? {}
      : {
          write: (value, target, scope) => {
            const items = (value ?? []) as Record<string, unknown>[];
            appendRows(
              target,
              part,
              items.map((item) => {
                const row: Record<string, unknown> = { ...where };
                for (const [name, field] of fields) field.write?.(item[name], row, scope);
                return row;
              }),
            );
          },
        }),
    source: [part],
    uses: [part],
    references: fields.flatMap(([, field]) =>
      field.references.map((r) => ({
        entity: r.entity,
        keys: (native: NativeObject) => matching(native).flatMap((row) => r.keys(row)),
      })),
    ),
  };
}

function compileRowValues(
  spec: z.infer<typeof rowsSpec>,
  text: string,
  matching: (native: NativeObject) => NativeObject[],
): CompiledField {
  const field = compilePath(text);
  const values = (native: NativeObject, scope: ReadScope) =>
    matching(native)
      .map((row) => field.read(row, scope))
      .filter((v) => v !== null && v !== undefined);
  const back = field.write;
  return {
    read: spec.first
      ? (native, scope) => values(native, scope)[0] ?? null
      : (native, scope) => [...new Set(values(native, scope))],
    ...(back && !spec.first
      ? {
          write: (value, target, scope) =>
            appendRows(
              target,
              spec.rows,
              ((value ?? []) as unknown[]).map((v) => {
                const row: Record<string, unknown> = { ...spec.where };
                back(v, row, scope);
                return row;
              }),
            ),
        }
      : {}),
    source: [spec.rows],
    uses: [spec.rows],
    references: field.references.map((r) => ({
      entity: r.entity,
      keys: (native) => matching(native).flatMap((row) => r.keys(row)),
    })),
  };
}

/** Rows of a tabular section carry LineNumber 1…n without gaps, or 1C refuses the whole document. */
function appendRows(target: Record<string, unknown>, part: string, rows: Record<string, unknown>[]): void {
  const all = [...((target[part] as Record<string, unknown>[] | undefined) ?? []), ...rows];
  target[part] = all.map((row, i) => ({ ...row, LineNumber: i + 1 }));
}

function compileList(spec: z.infer<typeof listSpec>): CompiledField {
  const fields = spec.list.map(compilePath);
  const drop = spec.dropTrailing === undefined ? undefined : Number(spec.dropTrailing);
  const oneWay = fields.some((f) => !f.write);
  return {
    read: (native, scope) => {
      const values = fields.map((f) => f.read(native, scope));
      while (values.length > 1 && (values.at(-1) === null || (drop !== undefined && Number(values.at(-1)) === drop)))
        values.pop();
      return values;
    },
    ...(oneWay
      ? {}
      : {
          write: (value, target, scope) => {
            const values = value as unknown[];
            if (values.length > fields.length)
              throw new ConversionFault(`has ${values.length} values; the mapping has columns for ${fields.length}`);
            for (const [i, v] of values.entries()) fields[i]?.write?.(v, target, scope);
          },
        }),
    source: fields[0]?.source ?? [],
    uses: fields.flatMap((f) => f.uses),
    references: fields.flatMap((f) => f.references),
  };
}

function compileLookup(spec: z.infer<typeof lookupSpec>, lookups: LookupKeys): CompiledField {
  const keyPath = lookups.get(spec.lookup);
  if (!keyPath) throw new ConversionFault(`there is no lookup '${spec.lookup}' in this file`);
  const field = compilePath(spec.value);
  return {
    read: (native, scope) => {
      const key = valueAt(native, keyPath);
      if (typeof key !== 'string' || key === '') return null;
      const row = scope.lookup?.(spec.lookup, key);
      return row ? field.read(row, scope) : null;
    },
    source: keyPath,
    uses: [keyPath.join('.')],
    references: [],
  };
}

function compileJsonata(text: string): CompiledField {
  let expression: ReturnType<typeof jsonata>;
  try {
    expression = jsonata(text);
  } catch (error) {
    throw new ConversionFault(`the JSONata expression can't be read: ${(error as { message?: string }).message ?? ''}`);
  }
  return {
    read: (native) => {
      const values = prepared.get(native);
      if (!values?.has(expression)) throw new ConversionFault('uses JSONata, which must be prepared first');
      return values.get(expression);
    },
    expression,
    source: [],
    uses: ['*'],
    references: [],
  };
}

type Expression = ReturnType<typeof jsonata>;
const prepared = new WeakMap<NativeObject, Map<Expression, unknown>>();

/** JSONata evaluates asynchronously; this runs the escape hatches of an object ahead of its synchronous reading. */
export async function prepareJsonata(native: NativeObject, list: readonly Expression[]): Promise<void> {
  const values = new Map<Expression, unknown>();
  for (const expression of list) {
    const value: unknown = await expression.evaluate(native);
    // JSONata marks its sequences with hidden properties; plain data only may go on.
    values.set(expression, value === undefined ? null : JSON.parse(JSON.stringify(value)));
  }
  prepared.set(native, values);
}
