import { HubError } from '../canonical/errors.ts';
import type { Mapper } from '../connectors/port.ts';
import { RecordFault } from '../mappings/faults.ts';
import type { MappingSet } from '../mappings/load.ts';
import type { XrefRepository } from '../storage/repositories/xref.ts';

/** Canonical → native for one instance; references are looked up among the native keys it knows. */
export function mapperOf(
  set: MappingSet | undefined,
  xrefs: Pick<XrefRepository, 'nativeKeys'>,
  org: string,
  instance: string,
  timezone: string,
): Mapper | undefined {
  if (!set) return undefined;
  return {
    source: (entity) => {
      const mapping = set.get(entity) ?? set.command(entity);
      return mapping ? { source: mapping.source, hash: mapping.hash } : undefined;
    },
    write: async (entity, canonical) => {
      const mapping = set.get(entity) ?? set.command(entity);
      if (!mapping?.write)
        throw new HubError('misconfigured', 'MAPPING_ABSENT', `No mapping of ${instance} writes ${entity}.`);
      const native = await xrefs.nativeKeys(org, instance, [...new Set(idsIn(canonical))]);
      try {
        return {
          source: mapping.source,
          hash: mapping.hash,
          native: mapping.write(canonical, { timezone, nativeKey: (to, id) => native.get(`${to}\0${id}`) }),
        };
      } catch (error) {
        if (!(error instanceof RecordFault)) throw error;
        throw new HubError(
          'rejected',
          'MAPPING_VALUE',
          `The mapping can't write this: ${error.message}`,
          {},
          { cause: error },
        );
      }
    },
  };
}

/** Everything in a canonical object that may be the id of a record, however deep: lists of premises, of accounts. */
function idsIn(value: unknown): string[] {
  if (typeof value === 'string') return /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(value) ? [value] : [];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(idsIn);
}
