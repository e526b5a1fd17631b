import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { CommandDefinition } from '../canonical/command.ts';
import type { EntityDefinition } from '../canonical/entity.ts';
import { nearest } from '../canonical/nearest.ts';
import { personalFields } from '../canonical/personal.ts';
import { valueAt } from './expression.ts';
import { MappingError, type MappingFault, RecordFault, shownValue } from './faults.ts';
import { type CompiledField, compileField, prepareJsonata } from './field.ts';
import { type MappingExample, type MappingFile, parseMapping } from './file.ts';
import { type Linking, linkingOf, onlyGiven, partOf } from './link.ts';
import { ConversionFault, type NativeObject, type ReadScope, type WriteScope } from './types.ts';
import { compileWrite } from './write.ts';

export interface Reference {
  entity: string;
  key: string;
}

/** One native record taken apart: several canonical records may come of it. */
export interface NativePart {
  key: string;
  native: NativeObject;
}

export interface CompiledMapping {
  /** `onec/personal-account` */
  name: string;
  system: string;
  entity: string;
  file: string;
  /** Digest of the file's meaning; a change re-maps what is stored. */
  hash: string;
  /** Digest of where the records come from (source, when, each): while it stands, stored native forms can be mapped anew. */
  shape: string;
  /** The connector's part: set, expand, delta, write …, with `select` filled in from the fields used. */
  source: Readonly<Record<string, unknown>>;
  /** Native paths that the mapping reads. */
  uses: readonly string[];
  lookups: MappingFile['lookups'];
  match: readonly string[];
  /** Its objects are found among our records and kept beside them; absent where they are our records. */
  linking?: Linking;
  examples: readonly MappingExample[];
  /** Native parts that become canonical records: one, none (`when`), or one per row (`each`). Pruned to the fields used. */
  parts(key: string, native: NativeObject): NativePart[];
  references(native: NativeObject): Reference[];
  /** Evaluates JSONata fields; needed before `read` only where `asynchronous`. */
  prepare(native: NativeObject): Promise<void>;
  readonly asynchronous: boolean;
  /** Canonical object, checked against its schema. @throws RecordFault with file, line, field and value */
  read(native: NativeObject, scope: ReadScope): Record<string, unknown>;
  /** The native object for a canonical one; absent when no part of the mapping can be written. @throws RecordFault */
  write?(canonical: Readonly<Record<string, unknown>>, scope: WriteScope): Record<string, unknown>;
}

export interface Vocabulary {
  entities: ReadonlyMap<string, EntityDefinition>;
  commands: ReadonlyMap<string, CommandDefinition>;
}

/**
 * Compiles a mapping file to plain functions.
 * @throws MappingError listing every fault with its line
 */
export function compileMapping(text: string, file: string, vocabulary: Vocabulary): CompiledMapping {
  const parsed = parseMapping(text, file);
  const { data, lineOf } = parsed;
  const faults: MappingFault[] = [];
  const fault = (path: (string | number)[], message: string): void => {
    faults.push({ file, line: lineOf(...path), field: path.slice(1).join('.') || String(path[0]), message });
  };
  const definition = vocabulary.entities.get(data.canonical);
  if (!definition) {
    const names = [...vocabulary.entities.keys(), ...vocabulary.commands.keys()];
    const near = nearest(data.canonical, names);
    fault(
      ['canonical'],
      vocabulary.commands.has(data.canonical)
        ? `${data.canonical} is a command: its mapping only writes, so there is nothing to read`
        : `there is no canonical entity or command '${data.canonical}'${near ? `; did you mean '${near}'?` : ''}`,
    );
    throw new MappingError(faults);
  }
  if (Object.keys(data.fields).length === 0) fault(['canonical'], 'a mapping of an entity needs `fields`');

  const lookupPaths = new Map(Object.entries(data.lookups).map(([name, l]) => [name, l.by.split('.')] as const));
  const fields: { name: string; path: string[]; field: CompiledField; line: number; personal: boolean }[] = [];
  const personal = new Set(personalFields(definition.schema));
  for (const [name, spec] of Object.entries(data.fields)) {
    checkCanonicalName(name, definition, (message) => fault(['fields', name], message));
    try {
      fields.push({
        name,
        path: name.split('.'),
        field: compileField(spec, lookupPaths),
        line: lineOf('fields', name),
        personal: personal.has(name.split('.')[0] ?? ''),
      });
    } catch (error) {
      if (!(error instanceof ConversionFault)) throw error;
      fault(['fields', name], error.message);
    }
  }
  for (const { field, name } of fields) {
    for (const { entity } of field.references) {
      if (!vocabulary.entities.has(entity))
        fault(['fields', name], `xref(${entity}): there is no such canonical entity`);
    }
  }
  const whenPaths = Object.keys(data.when ?? {});
  const lookupKeys = Object.values(data.lookups).map((l) => l.by);
  const linking = linkingOf(data, definition, fault);
  const uses = [
    ...new Set([...fields.flatMap((f) => f.field.uses), ...whenPaths, ...lookupKeys, ...(linking?.uses ?? [])]),
  ];
  const write = linking ? undefined : compileWrite(data, fields, { file, lineOf }, { fault, personal });
  if (faults.length > 0) throw new MappingError(faults);

  const expressions = fields.flatMap((f) => (f.field.expression ? [f.field.expression] : []));
  const asynchronous = expressions.length > 0;
  // Checking code generated by zod, several times as fast as its walk; a value that fails goes through the walk for its messages.
  const schema = z.compile(linking ? partOf(definition.schema) : definition.schema);
  return {
    name: data.mapping,
    system: data.mapping.split('/')[0] ?? '',
    entity: data.canonical,
    file,
    hash: digest([
      data.canonical,
      data.source,
      data.when,
      data.each,
      data.lookups,
      data.fields,
      data.write,
      ...(linking ? [data.role, data.match, data.archived] : []),
    ]),
    shape: digest([data.canonical, data.source, data.when, data.each]),
    source: {
      select: selectOf(uses, data),
      ...data.source,
      ...(data.each ? { each: data.each } : {}),
      ...(data.write ? { write: withoutFields(data.write) } : {}),
    },
    uses,
    lookups: data.lookups,
    match: (data.match ?? []).flat(),
    ...(linking ? { linking } : {}),
    examples: data.examples,
    parts: partsOf(data, uses),
    references: (native) =>
      fields.flatMap(({ field }) => field.references.flatMap(({ entity, keys }) => keysOf(native, entity, keys))),
    prepare: (native) => prepareJsonata(native, expressions),
    asynchronous,
    read: (native, scope) => {
      const out: Record<string, unknown> = {};
      for (const { name, path, field, line, personal: hidden } of fields) {
        try {
          const value = field.read(native, scope);
          if (path.length === 1) out[name] = value;
          else putPath(out, path, value);
        } catch (error) {
          if (!(error instanceof ConversionFault)) throw error;
          throw new RecordFault({
            file,
            line,
            field: name,
            message: error.message,
            value: shownValue(valueAt(native, field.source), hidden),
          });
        }
      }
      const value = checked(schema, out, (issue) => {
        const name = String(issue.path[0] ?? '');
        const at = fields.find((f) => f.name === issue.path.join('.') || f.path[0] === name);
        return new RecordFault({
          file,
          line: at?.line ?? 0,
          field: issue.path.join('.') || data.canonical,
          message: issue.message,
          value: at ? shownValue(valueAt(native, at.field.source), at.personal) : 'absent',
        });
      });
      return linking ? onlyGiven(value, fields) : value;
    },
    ...(write ? { write } : {}),
  };
}

export function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

function checked(
  schema: z.ZodObject,
  value: Record<string, unknown>,
  faultOf: (issue: z.core.$ZodIssue) => RecordFault,
): Record<string, unknown> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw faultOf(result.error.issues[0] as z.core.$ZodIssue);
}

function checkCanonicalName(name: string, definition: EntityDefinition, fault: (message: string) => void): void {
  const top = name.split('.')[0] ?? '';
  const known = Object.keys(definition.schema.shape);
  if (known.includes(top)) return;
  const near = nearest(top, known);
  fault(
    `${definition.name} has no field '${top}'${near ? `; did you mean '${near}'?` : ` (it has ${known.join(', ')})`}`,
  );
}

function putPath(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = target;
  for (const step of path.slice(0, -1)) {
    at[step] ??= {};
    at = at[step] as Record<string, unknown>;
  }
  at[path.at(-1) as string] = value;
}

function keysOf(native: NativeObject, entity: string, keys: (native: NativeObject) => unknown[]): Reference[] {
  const found: Reference[] = [];
  for (const key of keys(native)) {
    if (typeof key === 'string' && key !== '' && !key.startsWith('00000000-0000-0000-0000-'))
      found.push({ entity, key });
  }
  return found;
}

/** Columns to ask the upstream for: what the fields use, by top-level name; a row's columns through their section. */
function selectOf(uses: readonly string[], data: MappingFile): string[] {
  if (uses.includes('*')) return ['*'];
  const expand = Array.isArray(data.source.expand) ? (data.source.expand as string[]) : [];
  const names = uses.map((path) => {
    const [top = '', ...rest] = path.split('.');
    if (top === 'row' && data.each) return data.each;
    return rest.length > 0 && expand.includes(top) ? [top, ...rest].join('/') : top;
  });
  return [...new Set(names)];
}

/** What of `write` is the connector's: how the fields are made is not. */
export function withoutFields(write: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { fields: _fields, cases: _cases, given: _given, lineNumbers: _lineNumbers, ...rest } = write;
  return rest;
}

/** Keeps only what the mapping reads: the stored native form stays small. */
function partsOf(data: MappingFile, uses: readonly string[]): CompiledMapping['parts'] {
  const tops = [...new Set(uses.map((path) => path.split('.')[0] ?? ''))];
  const everything = tops.includes('*');
  const prune = (native: NativeObject): Record<string, unknown> => {
    if (everything) return { ...native };
    const out: Record<string, unknown> = {};
    for (const top of tops) if (top in native) out[top] = native[top];
    return out;
  };
  const conditions = Object.entries(data.when ?? {});
  const { each } = data;
  const rowColumns = [
    ...new Set(uses.filter((path) => path.startsWith('row.')).map((path) => path.split('.')[1] ?? '')),
  ];
  return (key, native) => {
    if (conditions.some(([field, wanted]) => native[field] !== wanted)) return [];
    if (!each) return [{ key, native: prune(native) }];
    const head = prune(native);
    const rows = Array.isArray(native[each]) ? (native[each] as NativeObject[]) : [];
    return rows.map((row, i) => {
      const kept: Record<string, unknown> = {};
      for (const column of rowColumns) kept[column] = row[column];
      return { key: `${key}:${String(row.LineNumber ?? i + 1)}`, native: { ...head, row: kept } };
    });
  };
}
