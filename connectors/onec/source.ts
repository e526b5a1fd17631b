import { z } from 'zod';
import { HubError } from '../../canonical/errors.ts';

const name = z.string().regex(/^[\p{L}_][\p{L}\p{N}_]*$/u, 'is not a name of 1C');

/** The `source:` block of a mapping for 1C. docs/writing-a-mapping.md explains it. */
export const OnecSource = z.strictObject({
  set: name.describe('Published object, e.g. Catalog_КВП_ЛицевыеСчета'),
  key: z.array(name).min(1).default(['Ref_Key']).describe('Columns that make up the key of a record'),
  filter: z.string().max(1000).optional().describe('OData filter; {periodFrom} is the first day of the window'),
  select: z.array(z.string()).default(['*']),
  expand: z.array(name).default([]),
  orderBy: z.string().max(200).optional(),
  delta: z
    .strictObject({ by: z.enum(['exchangePlan', 'DataVersion', 'none']) })
    .default({ by: 'none' })
    .describe('exchangePlan = by packets of the plan in hub.yaml, and as DataVersion or none where there is no plan'),
  window: z
    .strictObject({ by: name, months: z.int().min(0).max(120) })
    .optional()
    .describe('Only objects dated within so many closed months and the current one'),
  virtual: z
    .strictObject({
      function: z.enum(['Balance', 'Turnovers', 'SliceLast', 'SliceFirst']),
      dimensions: z.array(name).default([]),
      condition: z.string().max(500).optional(),
      group: z.array(name).optional().describe('Rows with equal values of these columns become one record with `rows`'),
    })
    .optional(),
  each: z.string().optional(),
  write: z
    .strictObject({
      set: name,
      method: z.enum(['create', 'record']).describe('create = catalog or document, record = independent register'),
      key: z.array(name).optional().describe('Key columns of a register record; needed for record'),
      mark: name.describe('Text attribute that takes the operation id'),
      markMatch: z.enum(['equals', 'contains']).default('equals'),
      post: z.boolean().default(false).describe('Post the document after it was written and read back'),
    })
    .refine((write) => write.method !== 'record' || (write.key?.length ?? 0) > 0, {
      path: ['key'],
      message: 'must name the key columns of the register, such as [Period, Счетчик_Key]',
    })
    .optional(),
});
export type OnecSource = z.infer<typeof OnecSource>;
export type OnecWrite = NonNullable<OnecSource['write']>;

/** Blocks that were read already: a mapping keeps its own as long as it lives. */
const read = new WeakMap<object, OnecSource>();

/** @throws HubError misconfigured/ONEC_SOURCE naming the key of the mapping */
export function parseSource(source: unknown): OnecSource {
  const known = typeof source === 'object' && source !== null ? read.get(source) : undefined;
  if (known) return known;
  const parsed = OnecSource.safeParse(source);
  if (parsed.success) {
    if (typeof source === 'object' && source !== null) read.set(source, parsed.data);
    return parsed.data;
  }
  const faults = parsed.error.issues.map(
    (i) => `source.${i.path.join('.')}${i.code === 'unrecognized_keys' ? i.keys.join(', ') : ''}: ${i.message}`,
  );
  throw new HubError('misconfigured', 'ONEC_SOURCE', `The mapping's source can't be used: ${faults.join('; ')}`);
}

/** Naive first day of the window that ends with the month of `at` in a zone. */
export function windowStart(at: Date, timezone: string, months: number): string {
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone }).format(at);
  const n = Number(local.slice(0, 4)) * 12 + Number(local.slice(5, 7)) - 1 - months;
  return `${Math.floor(n / 12)}-${String((n % 12) + 1).padStart(2, '0')}-01T00:00:00`;
}
