import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { HubError } from '../canonical/errors.ts';
import { personalFields } from '../canonical/personal.ts';
import type { Context, NativeObject, Pull } from '../connectors/port.ts';
import { type CompiledMapping, compileMapping, type Vocabulary } from '../mappings/compile.ts';
import { MappingError, RecordFault } from '../mappings/faults.ts';
import type { MappingSet } from '../mappings/load.ts';
import { exampleId, testMapping } from '../mappings/test-mapping.ts';
import type { Instances } from '../queues/instances.ts';
import type { RecordRepository } from '../storage/repositories/records.ts';
import { fetchLookups } from './lookups.ts';

/** Tools of the integration engineer. @throws HubError that names what is wrong with the given file */
export interface MappingTools {
  /** Mappings in use by an instance; none for one that is not read through mappings. */
  list(instance: string): { instance: string; entity: string; mapping: string }[];
  source(
    instance: string,
    entity: string,
  ): Promise<{ instance: string; entity: string; mapping: string; yaml: string }>;
  preview(instance: string, entity: string, limit: number, yaml?: string): Promise<unknown>;
  diff(instance: string, yaml: string): Promise<unknown>;
  check(instance: string): Promise<unknown>;
}

interface Options {
  mappingSets: ReadonlyMap<string, MappingSet>;
  instances: Instances;
  records: RecordRepository;
  vocabulary: Vocabulary;
}

const SAMPLES = 5;
const DIFF_TIMEOUT_MS = 10 * 60_000;

/** Looks values up as a pull does: once per page. */
async function lookupOf(
  mapping: CompiledMapping,
  pull: Pull<never>,
  ctx: Context<never>,
  parts: readonly { native: NativeObject }[],
): Promise<(name: string, key: string) => NativeObject | undefined> {
  const found = await fetchLookups(
    { pull, ctx, mapping },
    parts.map((p) => p.native),
  );
  return (name, key) => found.get(name)?.get(key);
}

/** What an integration engineer tries on a mapping before it is used: nothing here changes anything. */
export function mappingTools({ mappingSets, instances, records, vocabulary }: Options): MappingTools {
  const setOf = (name: string) => {
    const set = mappingSets.get(name);
    const instance = instances.find(name);
    if (!set || !instance?.connector.pull)
      throw new HubError(
        'rejected',
        'UNKNOWN_INSTANCE',
        `There is no connector '${name.slice(0, 60)}' that is read through mappings.`,
      );
    return { set, instance, pull: instance.connector.pull };
  };
  const compiled = (yaml: string): CompiledMapping => {
    try {
      return compileMapping(yaml, '(given file)', vocabulary);
    } catch (error) {
      if (!(error instanceof MappingError)) throw error;
      throw new HubError('rejected', 'INVALID_BODY', error.message, {
        errors: error.faults.map((f) => ({ pointer: `line ${f.line}: ${f.field}`, message: f.message })),
      });
    }
  };
  const scope = (timezone: string) => ({ timezone, asOf: new Date(), resolve: exampleId });
  const zone = (name: string): string =>
    (instances.find(name)?.context({ signal: AbortSignal.timeout(1) }).config as { timezone?: string } | undefined)
      ?.timezone ?? 'Europe/Moscow';
  const translate = async (
    mapping: CompiledMapping,
    native: Readonly<Record<string, unknown>>,
    timezone: string,
    lookup?: (name: string, key: string) => Readonly<Record<string, unknown>> | undefined,
  ) => {
    try {
      if (mapping.asynchronous) await mapping.prepare(native);
      return { canonical: mapping.read(native, { ...scope(timezone), ...(lookup ? { lookup } : {}) }) };
    } catch (error) {
      if (!(error instanceof RecordFault)) throw error;
      return { fault: error.message };
    }
  };
  return {
    list: (name) =>
      (mappingSets.get(name)?.all() ?? []).map((m) => ({ instance: name, entity: m.entity, mapping: m.name })),
    source: async (name, entity) => {
      const mapping = setOf(name).set.get(entity);
      if (!mapping) throw new HubError('not-found', 'NOT_FOUND', `'${entity.slice(0, 60)}' is not mapped for ${name}.`);
      return { instance: name, entity, mapping: mapping.name, yaml: await readFile(mapping.file, 'utf8') };
    },
    preview: async (name, entity, limit, yaml) => {
      const { set, instance, pull } = setOf(name);
      const mapping = yaml === undefined ? set.get(entity) : compiled(yaml);
      if (!mapping) throw new HubError('rejected', 'NOTHING_TO_SYNC', `This entity is not mapped for ${name}.`);
      const ctx = instance.context({ signal: AbortSignal.timeout(60_000) });
      const items = [];
      for await (const page of pull.pages(ctx, mapping.source, null, { limit })) {
        const parts = page.records.flatMap((record) => mapping.parts(record.key, record.data)).slice(0, limit);
        const lookup = await lookupOf(mapping, pull, ctx, parts);
        for (const part of parts)
          items.push({
            key: part.key,
            native: part.native,
            ...(await translate(mapping, part.native, zone(name), lookup)),
          });
        break;
      }
      return { mapping: mapping.name, items };
    },
    diff: async (name, yaml) => {
      const { set, instance, pull } = setOf(name);
      const ctx = instance.context({ signal: AbortSignal.timeout(DIFF_TIMEOUT_MS) });
      const edited = compiled(yaml);
      const failed = (await testMapping(edited)).flatMap((o) => o.differences.map((d) => `${o.example}: ${d}`));
      const current = set.get(edited.entity);
      const definition = vocabulary.entities.get(edited.entity);
      if (!current || !definition)
        throw new HubError(
          'rejected',
          'NOTHING_TO_SYNC',
          `${edited.entity} is not mapped for ${name} yet; there is nothing to compare with.`,
        );
      const hidden = personalFields(definition.schema);
      const counts = { records: 0, same: 0, changed: 0, faults: 0 };
      const fields: Record<string, number> = {};
      const samples: unknown[] = [];
      for await (const page of records.natives(instances.find(name)?.organisation ?? '', definition, name)) {
        const [lookupBefore, lookupAfter] = [
          await lookupOf(current, pull, ctx, page),
          await lookupOf(edited, pull, ctx, page),
        ];
        for (const { nativeKey, native } of page) {
          counts.records++;
          const before = await translate(current, native, zone(name), lookupBefore);
          const after = await translate(edited, native, zone(name), lookupAfter);
          if ('fault' in after) {
            counts.faults++;
            if (samples.length < SAMPLES) samples.push({ key: nativeKey, fault: after.fault });
            continue;
          }
          const old = 'canonical' in before ? before.canonical : {};
          const names = Object.keys({ ...old, ...after.canonical }).filter(
            (f) => !isDeepStrictEqual(old?.[f], after.canonical?.[f]),
          );
          if (names.length === 0) counts.same++;
          else {
            counts.changed++;
            for (const f of names) fields[f] = (fields[f] ?? 0) + 1;
            const shown = (value: Record<string, unknown> | undefined) =>
              Object.fromEntries(names.map((f) => [f, hidden.includes(f) ? '(hidden)' : (value?.[f] ?? null)]));
            if (samples.length < SAMPLES)
              samples.push({ key: nativeKey, before: shown(old), after: shown(after.canonical) });
          }
        }
      }
      return { mapping: edited.name, examplesFailed: failed, ...counts, fields, samples };
    },
    check: async (name) => {
      const { set, instance, pull } = setOf(name);
      const items = [];
      for (const mapping of set.all()) {
        const faults = pull.check
          ? await pull.check(instance.context({ signal: AbortSignal.timeout(150_000) }), mapping.source, mapping.uses)
          : [];
        items.push({ mapping: mapping.name, file: mapping.file, faults });
      }
      return { items };
    },
  };
}
