import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CompiledMapping, Vocabulary } from './compile.ts';
import { type CommandMapping, compileFile, isCommandMapping } from './compile-command.ts';
import { MappingError, type MappingFault } from './faults.ts';
import { testMapping } from './test-mapping.ts';

/** The mappings of one folder. */
export interface MappingSet {
  readonly folder: string;
  get(entity: string): CompiledMapping | undefined;
  /** Those of entities: what can be read. */
  all(): readonly CompiledMapping[];
  command(kind: string): CommandMapping | undefined;
  /** Those of commands: what is only written. */
  commands(): readonly CommandMapping[];
}

/** Folder of the mappings that come with the hub for a system. */
export function builtInFolder(system: string): string {
  return fileURLToPath(new URL(`./${system}`, import.meta.url));
}

/**
 * Loads every `*.yaml` of a folder, compiles it and runs its examples: a file that does not do what it says is not used.
 *
 * @throws MappingError with the faults of all files
 */
export async function loadMappings(folder: string, vocabulary: Vocabulary): Promise<MappingSet> {
  let names: string[];
  try {
    names = readdirSync(folder)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort();
  } catch {
    throw new MappingError([
      {
        file: folder,
        line: 0,
        field: 'folder',
        message: 'cannot be read; is the path of `mappings:` in hub.yaml right?',
      },
    ]);
  }
  const byEntity = new Map<string, CompiledMapping>();
  const byKind = new Map<string, CommandMapping>();
  const faults: MappingFault[] = [];
  for (const name of names) {
    const file = join(folder, name);
    try {
      const mapping = compileFile(readFileSync(file, 'utf8'), file, vocabulary);
      const canonical = isCommandMapping(mapping) ? mapping.kind : mapping.entity;
      const other = byEntity.get(canonical) ?? byKind.get(canonical);
      if (other)
        faults.push({
          file,
          line: 1,
          field: 'canonical',
          message: `${canonical} is mapped by ${other.file} already`,
        });
      for (const outcome of await testMapping(mapping)) {
        for (const difference of outcome.differences)
          faults.push({ file, line: 0, field: outcome.example, message: difference });
      }
      if (isCommandMapping(mapping)) byKind.set(mapping.kind, mapping);
      else byEntity.set(mapping.entity, mapping);
    } catch (error) {
      if (!(error instanceof MappingError)) throw error;
      faults.push(...error.faults);
    }
  }
  if (faults.length > 0) throw new MappingError(faults);
  return {
    folder,
    get: (entity) => byEntity.get(entity),
    all: () => [...byEntity.values()],
    command: (kind) => byKind.get(kind),
    commands: () => [...byKind.values()],
  };
}
