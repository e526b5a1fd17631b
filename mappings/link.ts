import { z } from 'zod';
import type { EntityDefinition } from '../canonical/entity.ts';
import { personalFields } from '../canonical/personal.ts';
import { valueAt } from './expression.ts';
import type { MappingFile } from './file.ts';
import type { NativeObject } from './types.ts';

/** How objects of a mapping with `role: link` find our records. */
export interface Linking {
  /** Ways to find our record, in order; the fields of one way must all be equal. */
  match: readonly (readonly string[])[];
  /** Native paths that the linking itself needs. */
  uses: readonly string[];
  /** The object is closed or replaced in the other system: one that is not goes before it. */
  isArchived(native: NativeObject): boolean;
}

/** Where a pull that asks house by house says which one it was. */
const HOUSE = '$house';

/** The linking of a mapping file; undefined where its records are our own. Says what is wrong by `fault`. */
export function linkingOf(
  data: MappingFile,
  definition: EntityDefinition,
  fault: (path: string[], message: string) => void,
): Linking | undefined {
  if (data.role !== 'link') {
    if (data.archived) fault(['archived'], 'belongs to a mapping with `role: link`');
    return undefined;
  }
  const match = (data.match ?? []).map((fields) => (typeof fields === 'string' ? [fields] : fields));
  if (match.length === 0) fault(['match'], 'a mapping with `role: link` must say how our record is found');
  if (data.write) fault(['write'], 'a mapping with `role: link` only reads');
  for (const fields of match) {
    for (const field of fields)
      if (!(field in data.fields)) fault(['match'], `'${field}' is not one of the fields of this mapping`);
    const [first = ''] = fields;
    if (!isFindable(definition, first))
      fault(
        ['match'],
        `no ${definition.name} can be found by '${first}'; begin with ${findable(definition).join(', ')}`,
      );
  }
  const archived = (data.archived ?? []).map((text) => {
    const [path = '', value] = text.split('=');
    return { path: path.split('.'), value };
  });
  return {
    match,
    uses: [...archived.map(({ path }) => path.join('.')), HOUSE],
    isArchived: (native) =>
      archived.some(({ path, value }) => {
        const found = valueAt(native, path);
        return value === undefined ? isSet(found) : found === value;
      }),
  };
}

const isSet = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== false && value !== '' && value !== 'false';

/** Fields that our records have an index for. */
function findable(definition: EntityDefinition): string[] {
  const filters = Object.values(definition.filters).filter((f) => f.match === 'exact');
  return filters.map((f) => f.path);
}

/** A personal field without a filter can be found by the words of the record, if it is one of them. */
function isFindable(definition: EntityDefinition, field: string): boolean {
  if (findable(definition).includes(field)) return true;
  return (
    personalFields(definition.schema).includes(field) && (definition.words?.({ [field]: '1234567890' }).length ?? 0) > 0
  );
}

/** The schema of an entity of which another system holds only a part. */
export function partOf(schema: z.ZodObject): z.ZodObject {
  const shape = Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) => {
    const inner = innermost(field);
    return [name, (inner instanceof z.ZodObject ? inner.partial().nullable() : field).optional()] as const;
  });
  return z.strictObject(Object.fromEntries(shape));
}

function innermost(field: z.ZodType): z.ZodType {
  return field instanceof z.ZodDefault || field instanceof z.ZodNullable || field instanceof z.ZodOptional
    ? innermost(field.unwrap() as z.ZodType)
    : field;
}

/** What another system says of a thing, without what the schema puts where the mapping says nothing. */
export function onlyGiven(
  value: Readonly<Record<string, unknown>>,
  fields: readonly { path: readonly string[] }[],
): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const { path } of fields) {
    const found = valueAt(value, path);
    if (found === undefined) continue;
    let at = out;
    for (const step of path.slice(0, -1)) {
      at[step] ??= {};
      at = at[step] as Record<string, unknown>;
    }
    at[path.at(-1) as string] = found;
  }
  return out;
}
