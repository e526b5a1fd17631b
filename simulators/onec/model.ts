import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { Names } from './names.ts';

export type FieldType =
  | { kind: 'string'; length: number }
  | { kind: 'date' | 'bool' | 'storage' | 'guid' }
  | { kind: 'int'; bits: 16 | 32 | 64 }
  | { kind: 'number'; fraction: number }
  | { kind: 'ref'; to: string }
  | { kind: 'enum'; name: string; values: readonly string[] }
  | { kind: 'composite'; of: readonly string[] };

export interface Field {
  /** Attribute name; a reference's wire name has `_Key` behind it. */
  name: string;
  /** Name on the wire. */
  wire: string;
  type: FieldType;
}

export interface SetModel {
  name: string;
  kind: 'Catalog' | 'Document' | 'InformationRegister' | 'AccumulationRegister' | 'ExchangePlan' | 'Constant';
  fields: readonly Field[];
  parts: ReadonlyMap<string, readonly Field[]>;
  presentation: string;
  hierarchical: boolean;
  owner: string | undefined;
  codeLength: number;
  movements: readonly string[];
  independent: boolean;
  dimensions: readonly Field[];
  resources: readonly Field[];
  recorders: readonly string[];
  balance: boolean;
  /** Nodes of an exchange plan. */
  nodes: readonly { Code: string; thisNode?: boolean }[];
}

export interface Model {
  sets: ReadonlyMap<string, SetModel>;
  enums: Readonly<Record<string, readonly string[]>>;
  /** Names under which this configuration publishes what the model names otherwise. */
  names: Names;
}

/** Configurations that come with the simulator. */
export const configurations = { standard: 'model.yaml', variant: 'model-variant.yaml' } as const;
export type Configuration = keyof typeof configurations;

interface RawModel {
  /** Another model of this folder, whose sets this one adds to, replaces, or takes away (null). */
  extends?: string;
  enums?: Record<string, string[]>;
  sets: Record<string, RawSet | null>;
  names?: Record<string, string>;
}

interface RawSet {
  fields?: Record<string, string>;
  parts?: Record<string, Record<string, string>>;
  code?: string;
  number?: string;
  presentation?: string;
  hierarchical?: boolean;
  owner?: string[];
  movements?: string[];
  independent?: boolean;
  dimensions?: Record<string, string>;
  resources?: Record<string, string>;
  recorders?: string[];
  kind?: string;
  value?: string;
  nodes?: { Code: string; thisNode?: boolean }[];
}

function readRaw(file: string): RawModel {
  const raw = parse(readFileSync(file, 'utf8')) as RawModel;
  if (raw.extends === undefined) return raw;
  const under = readRaw(join(dirname(file), raw.extends));
  return {
    enums: { ...under.enums, ...raw.enums },
    sets: { ...under.sets, ...raw.sets },
    names: { ...under.names, ...raw.names },
  };
}

/** Reads the metadata of a simulated base. */
export function readModel(configuration: Configuration = 'standard'): Model {
  const raw = readRaw(fileURLToPath(new URL(`./${configurations[configuration]}`, import.meta.url)));
  const enums = raw.enums ?? {};
  const fieldsOf = (given: Record<string, string> = {}): Field[] =>
    Object.entries(given).map(([name, text]) => {
      const type = typeOf(text, enums);
      return { name, wire: type.kind === 'ref' ? `${name}_Key` : name, type };
    });
  const sets = new Map<string, SetModel>();
  for (const [name, set] of Object.entries(raw.sets)) {
    if (set === null) continue;
    const kind = name.slice(0, name.indexOf('_')) as SetModel['kind'];
    sets.set(name, {
      name,
      kind,
      fields: fieldsOf(set.fields),
      parts: new Map(Object.entries(set.parts ?? {}).map(([part, columns]) => [part, fieldsOf(columns)])),
      presentation: set.presentation ?? (kind === 'Document' ? 'Number' : 'Description'),
      hierarchical: set.hierarchical ?? false,
      owner: set.owner?.[0],
      codeLength: Number(/\d+/.exec(set.code ?? set.number ?? '9')?.[0] ?? 9),
      movements: set.movements ?? [],
      independent: set.independent ?? false,
      dimensions: fieldsOf(set.dimensions),
      resources: fieldsOf(set.resources),
      recorders: set.recorders ?? [],
      balance: set.kind === 'balance',
      nodes: set.nodes ?? [],
    });
  }
  return { sets, enums, names: new Names(raw.names ?? {}) };
}

function typeOf(text: string, enums: Record<string, string[]>): FieldType {
  const [, head = '', args = ''] = /^([a-z0-9]+)[(:]?(.*?)\)?$/s.exec(text.trim()) ?? [];
  switch (head) {
    case 'string':
      return { kind: 'string', length: Number(args) || 0 };
    case 'date':
    case 'bool':
    case 'storage':
      return { kind: head };
    case 'int16':
    case 'int32':
    case 'int64':
      return { kind: 'int', bits: Number(head.slice(3)) as 16 | 32 | 64 };
    case 'number':
      return { kind: 'number', fraction: Number(args.split(',')[1] ?? 0) };
    case 'ref':
      return { kind: 'ref', to: args };
    case 'enum':
      return { kind: 'enum', name: args, values: enums[args] ?? [] };
    case 'composite':
      return {
        kind: 'composite',
        of: args
          .replace(/[[\]]/g, '')
          .split(',')
          .map((s) => s.trim()),
      };
    default:
      throw new Error(`The model has an unknown type: ${text}`);
  }
}

export const ZERO_GUID = '00000000-0000-0000-0000-000000000000';
export const EMPTY_DATE = '0001-01-01T00:00:00';

/** Value of an attribute that nobody filled in. */
export function emptyValue(type: FieldType): unknown {
  switch (type.kind) {
    case 'string':
    case 'enum':
    case 'composite':
    case 'storage':
      return '';
    case 'date':
      return EMPTY_DATE;
    case 'bool':
      return false;
    case 'int':
      return type.bits === 64 ? '0' : 0;
    case 'number':
      return 0;
    default:
      return ZERO_GUID;
  }
}
