import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { nearest } from '../canonical/nearest.ts';
import { MappingError, type MappingFault } from './faults.ts';
import { fieldSpec } from './field.ts';
import { writePart } from './write-spec.ts';

const lookup = z.strictObject({
  set: z.string().min(1),
  key: z.string().default('Ref_Key').describe('Key column of that set'),
  by: z.string().min(1).describe('Native path here that holds the key'),
  select: z.array(z.string()).min(1),
});

const example = z.strictObject({
  name: z.string().optional(),
  native: z.record(z.string(), z.unknown()).default({}).describe('What is read; left out where nothing is'),
  lookups: z
    .record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown())))
    .optional()
    .describe('Rows by lookup name and key'),
  canonical: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('What reading gives; left out fields are not compared'),
  canonicalFrom: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('What is written, where it differs from what is read'),
  writes: z.record(z.string(), z.unknown()).optional().describe('What writing gives'),
  refused: z.string().min(1).optional().describe('Part of the fault that writing ends with, instead of `writes`'),
});
export type MappingExample = z.infer<typeof example>;

/** A mapping file. `docs/writing-a-mapping.md` explains each part. */
export const mappingFile = z.strictObject({
  mapping: z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, 'must read system/name, such as onec/personal-account'),
  canonical: z.string().describe('An entity, or the kind of a command that is only written'),
  role: z
    .enum(['own', 'link'])
    .default('own')
    .describe('own: these are our records; link: they are found among ours, and kept beside them'),
  source: z.looseObject({}),
  when: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe('Only native objects with these values'),
  each: z.string().optional().describe('One canonical record per row of this tabular section; its columns are row.…'),
  lookups: z.record(z.string(), lookup).default({}),
  fields: z.record(z.string(), fieldSpec).default({}),
  write: writePart.optional(),
  match: z
    .array(z.union([z.string(), z.array(z.string()).min(1)]))
    .optional()
    .describe(
      'Canonical fields to find an existing object by before one is created; with role link: ways to find our record, in order',
    ),
  archived: z
    .array(z.string())
    .optional()
    .describe(
      'With role link: native paths, or Path=value; what is found says that the object is closed or replaced there',
    ),
  examples: z.array(example).min(1, 'a mapping needs at least one example'),
});
export type MappingFile = z.infer<typeof mappingFile>;

export interface ParsedMapping {
  file: string;
  data: MappingFile;
  /** Line of a key, given by its path. */
  lineOf(...path: (string | number)[]): number;
}

/**
 * Reads a mapping file with places.
 * @throws MappingError listing every fault
 */
export function parseMapping(text: string, file: string): ParsedMapping {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, merge: true });
  const lineOf = (...path: (string | number)[]): number => {
    for (let depth = path.length; depth > 0; depth--) {
      const parent: unknown = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
      if (isMap(parent)) {
        const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === path[depth - 1]);
        if (pair && isScalar(pair.key) && pair.key.range) return lines.linePos(pair.key.range[0]).line;
      }
      const node: unknown = document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  if (document.errors.length > 0) {
    throw new MappingError(
      document.errors.map((e) => ({ file, line: lines.linePos(e.pos[0]).line, field: 'YAML', message: e.message })),
    );
  }
  const parsed = mappingFile.safeParse(document.toJS());
  if (!parsed.success) throw new MappingError(parsed.error.issues.flatMap((issue) => faults(issue, file, lineOf)));
  return { file, data: parsed.data, lineOf };
}

function faults(issue: z.core.$ZodIssue, file: string, lineOf: ParsedMapping['lineOf']): MappingFault[] {
  const path = issue.path.map((p) => (typeof p === 'number' ? p : String(p)));
  if (issue.code === 'unrecognized_keys') {
    const valid = path.length === 0 ? Object.keys(mappingFile.shape) : [];
    return issue.keys.map((key) => {
      const near = nearest(key, valid);
      return {
        file,
        line: lineOf(...path, key),
        field: [...path, key].join('.'),
        message: `unknown key${near ? `; did you mean '${near}'?` : ''}`,
      };
    });
  }
  if (issue.code === 'invalid_union') {
    return [
      {
        file,
        line: lineOf(...path),
        field: path.join('.'),
        message:
          path[0] === 'write'
            ? 'is neither `canonical | converter` nor one of the forms const, from, registry, rows, of'
            : 'is neither `Path | converter` nor one of the forms rows, list, lookup, const, firstOf, jsonata',
      },
    ];
  }
  return [{ file, line: lineOf(...path), field: path.join('.') || 'file', message: issue.message }];
}
