import { z } from 'zod';
import { plainTypes } from '../canonical/plain-types.ts';

/**
 * Names that a canonical schema has at a path; undefined where it can't tell (a free record, a value). List indexes (`values.0`) step into
 * the items.
 */
export function namesAt(schema: z.ZodType, path: readonly string[]): readonly string[] | undefined {
  let here: z.ZodType[] = [schema];
  for (const step of path) {
    const next: z.ZodType[] = [];
    for (const type of here.flatMap(plainTypes)) {
      if (type instanceof z.ZodArray && /^\d+$/.test(step)) next.push(type.element as z.ZodType);
      else if (type instanceof z.ZodObject && Object.hasOwn(type.shape, step)) next.push(type.shape[step] as z.ZodType);
    }
    here = next;
  }
  const objects = here.flatMap(plainTypes).filter((type) => type instanceof z.ZodObject);
  if (objects.length === 0) return undefined;
  return [...new Set(objects.flatMap((type) => Object.keys(type.shape)))];
}

/** Type of the items of a list, or of a group as it is. */
export function inside(schema: z.ZodType | undefined, path: readonly string[]): z.ZodType | undefined {
  let here: z.ZodType[] = schema ? [schema] : [];
  for (const step of path)
    here = here
      .flatMap(plainTypes)
      .flatMap((type) =>
        type instanceof z.ZodObject && Object.hasOwn(type.shape, step) ? [type.shape[step] as z.ZodType] : [],
      );
  const found = here
    .flatMap(plainTypes)
    .map((type) => (type instanceof z.ZodArray ? (type.element as z.ZodType) : type));
  const [first, ...others] = found;
  if (!first) return undefined;
  return others.length === 0 ? first : z.union([first, ...others]);
}
