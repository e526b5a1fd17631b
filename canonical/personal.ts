import { z } from 'zod';

/** Marks a field as personal data (152-ФЗ): encrypted at rest, masked in logs and errors. */
export function personal<T extends z.ZodType>(schema: T): T {
  return schema.meta({ ...schema.meta(), id: undefined, personal: true }) as T;
}

type Plain = Readonly<Record<string, unknown>>;

const cache = new WeakMap<z.ZodType, readonly string[]>();

/** Names of the top-level fields of an object schema that are personal or hold something personal. */
export function personalFields(schema: z.ZodObject): readonly string[] {
  let fields = cache.get(schema);
  if (!fields) {
    fields = Object.entries(schema.shape as Record<string, z.ZodType>)
      .filter(([, field]) => holdsPersonal(field, 0))
      .map(([name]) => name);
    cache.set(schema, fields);
  }
  return fields;
}

function holdsPersonal(schema: z.ZodType, depth: number): boolean {
  if (depth > 12) return false;
  if (schema.meta()?.personal === true) return true;
  const inner = (s: unknown): boolean => holdsPersonal(s as z.ZodType, depth + 1);
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  )
    return inner(schema.unwrap());
  if (schema instanceof z.ZodPipe) return inner(schema.in) || inner(schema.out);
  if (schema instanceof z.ZodArray) return inner(schema.element);
  if (schema instanceof z.ZodObject) return Object.values(schema.shape).some(inner);
  if (schema instanceof z.ZodUnion) return schema.options.some(inner);
  if (schema instanceof z.ZodRecord) return inner(schema.valueType);
  return false;
}

/** Splits an object into what may be stored readably and what must be encrypted (null when there is nothing). */
export function splitPersonal(
  schema: z.ZodObject,
  value: Plain,
): { open: Record<string, unknown>; personal: Record<string, unknown> | null } {
  const names = personalFields(schema);
  const open: Record<string, unknown> = { ...value };
  let hidden: Record<string, unknown> | null = null;
  for (const name of names) {
    const field = open[name];
    if (field === undefined) continue;
    delete open[name];
    if (field === null) open[name] = null;
    else {
      hidden ??= {};
      hidden[name] = field;
    }
  }
  return { open, personal: hidden };
}

/** Puts back what {@link splitPersonal} took apart. */
export function joinPersonal(open: Plain, hidden: Plain | null): Record<string, unknown> {
  return hidden ? { ...open, ...hidden } : { ...open };
}
