import { z } from 'zod';

/**
 * The types that a value of a schema may have once wrappers (optional, nullable, defaults, what goes into a pipe) are taken off; several for
 * a union.
 */
export function plainTypes(schema: z.ZodType): z.ZodType[] {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  )
    return plainTypes(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodPipe) return plainTypes(schema.in as z.ZodType);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => plainTypes(option as z.ZodType));
  return [schema];
}
