import type { z } from 'zod';
import { nearest } from '../canonical/nearest.ts';
import { personalFields } from '../canonical/personal.ts';
import { type CompiledMapping, compileMapping, digest, type Vocabulary, withoutFields } from './compile.ts';
import { MappingError, type MappingFault } from './faults.ts';
import { type MappingExample, type ParsedMapping, parseMapping } from './file.ts';
import type { WriteScope } from './types.ts';
import { compileOwn } from './write-own.ts';

/** How the payload of a kind of operation is written into a system. Nothing is read by it. */
export interface CommandMapping {
  /** `giszhkh/payment-document-publish` */
  name: string;
  system: string;
  kind: string;
  file: string;
  /** Digest of the file's meaning. */
  hash: string;
  /** The connector's part. */
  source: Readonly<Record<string, unknown>>;
  /** What the API takes; examples are checked against it. */
  schema: z.ZodObject;
  /** Names that the connector adds to the payload. */
  given: readonly string[];
  examples: readonly MappingExample[];
  /** @throws RecordFault with file, line, target and value */
  write(payload: Readonly<Record<string, unknown>>, scope: WriteScope): Record<string, unknown>;
}

/** Whether a mapping only writes. */
export function isCommandMapping(mapping: CompiledMapping | CommandMapping): mapping is CommandMapping {
  return 'kind' in mapping;
}

/**
 * Compiles a mapping file of either sort: of an entity, or of a command.
 * @throws MappingError listing every fault with its line
 */
export function compileFile(text: string, file: string, vocabulary: Vocabulary): CompiledMapping | CommandMapping {
  const parsed = parseMapping(text, file);
  return vocabulary.commands.has(parsed.data.canonical)
    ? compileCommand(parsed, vocabulary)
    : compileMapping(text, file, vocabulary);
}

/** Parts of a file that say how something is read. */
const READING = ['when', 'each', 'match'] as const;

function compileCommand({ data, file, lineOf }: ParsedMapping, vocabulary: Vocabulary): CommandMapping {
  const definition = vocabulary.commands.get(data.canonical);
  const faults: MappingFault[] = [];
  const fault = (path: (string | number)[], message: string): void => {
    faults.push({ file, line: lineOf(...path), field: path.slice(1).join('.') || String(path[0]), message });
  };
  for (const part of READING)
    if (data[part] !== undefined) fault([part], 'has no place in the mapping of a command: nothing is read by it');
  for (const part of ['fields', 'lookups'] as const)
    if (Object.keys(data[part]).length > 0)
      fault([part], 'has no place in the mapping of a command: write.fields says what is written');
  if (!data.write?.fields && !data.write?.cases)
    fault(['write'], 'the mapping of a command needs write.fields or write.cases');
  for (const [i, example] of data.examples.entries()) {
    if (!example.canonicalFrom) fault(['examples', i], 'needs canonicalFrom: the payload that is written');
    if ((example.writes === undefined) === (example.refused === undefined))
      fault(['examples', i], 'needs either writes or refused');
  }
  if (!definition || !data.write) throw new MappingError(faults);
  const schema = definition.schema;
  const personal = new Set(personalFields(schema));
  const write = compileOwn(data.write, { file, lineOf, fault, schema, personal });
  for (const entity of referencesIn(data.write)) {
    if (vocabulary.entities.has(entity)) continue;
    const near = nearest(entity, [...vocabulary.entities.keys()]);
    fault(['write'], `xref(${entity}): there is no such canonical entity${near ? `; did you mean '${near}'?` : ''}`);
  }
  if (faults.length > 0) throw new MappingError(faults);
  return {
    name: data.mapping,
    system: data.mapping.split('/')[0] ?? '',
    kind: data.canonical,
    file,
    hash: digest([data.canonical, data.source, data.write]),
    source: { ...data.source, write: withoutFields(data.write) },
    schema,
    given: data.write.given ?? [],
    examples: data.examples,
    write,
  };
}

/** Entities named by `xref(…)` anywhere in the part. */
function referencesIn(part: unknown): string[] {
  return [...new Set([...JSON.stringify(part).matchAll(/xref\(\s*([A-Za-z]+)\s*\)/g)].map(([, name = '']) => name))];
}
