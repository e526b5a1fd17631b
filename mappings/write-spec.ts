import { z } from 'zod';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
export type Scalar = z.infer<typeof scalar>;

/** What a canonical value must be for a case to fit: a value, one of several, or merely there (or not). */
const condition = z.union([scalar, z.array(scalar).min(1), z.strictObject({ there: z.boolean() })]);
export type Condition = z.infer<typeof condition>;

/** Native targets by path, and how each gets its value. */
export interface WriteBlock {
  fields?: Record<string, WriteSpec> | undefined;
  /** The first that fits is written; none fits → the record is refused. */
  cases?: { when?: Record<string, Condition> | undefined; fields: Record<string, WriteSpec> }[] | undefined;
}

export type WriteSpec =
  | string
  | { const: Scalar; when?: Record<string, Condition> | undefined }
  | { from: string; when: Record<string, Condition> }
  | { registry: string; code: string }
  | ({ rows: string; where?: Record<string, Condition> | undefined; value?: string | undefined } & WriteBlock)
  | ({ of: string } & WriteBlock)
  | ({ when?: Record<string, Condition> | undefined } & WriteBlock);

const conditions = z.record(z.string(), condition);
const targets: z.ZodType<Record<string, WriteSpec>> = z.record(
  z.string(),
  z.lazy(() => writeSpec),
);
const block = {
  fields: targets.optional(),
  cases: z
    .array(z.strictObject({ when: conditions.optional(), fields: targets }))
    .min(1)
    .optional(),
};

export const writeSpec: z.ZodType<WriteSpec> = z.union([
  z.string(),
  z.strictObject({ const: scalar, when: conditions.optional() }),
  z.strictObject({ from: z.string().describe('`canonical | converter`'), when: conditions }),
  z.strictObject({
    registry: z.coerce.string().describe('Number of a reference directory'),
    code: z.string().describe('Canonical path of the code of its element'),
  }),
  z.strictObject({
    rows: z.string().describe('Canonical list → native list'),
    where: conditions.optional().describe('Only these items'),
    value: z.string().optional().describe('One value an item: `item | converter`'),
    ...block,
  }),
  z.strictObject({ of: z.string().describe('Canonical group → native group; absent → nothing'), ...block }),
  z.strictObject({ when: conditions.optional(), ...block }).refine((group) => group.fields || group.cases),
]);

/** The part of a mapping file that says how something is written, where that is not `fields` turned around. */
export const writePart = z.looseObject({
  ...block,
  given: z.array(z.string()).optional().describe('Names that the connector adds to the canonical object'),
  lineNumbers: z.boolean().optional().describe('Rows get LineNumber 1…n, as 1C wants them; default true'),
});
export type WritePart = z.infer<typeof writePart>;
