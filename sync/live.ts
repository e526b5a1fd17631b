import type { EntityDefinition } from '../canonical/entity.ts';
import { HubError } from '../canonical/errors.ts';
import type { Clock } from '../connectors/port.ts';
import { RecordFault } from '../mappings/faults.ts';
import type { MappingSet } from '../mappings/load.ts';
import type { Instances } from '../queues/instances.ts';
import type { StoredRecord } from '../storage/repositories/records.ts';
import type { XrefRepository } from '../storage/repositories/xref.ts';
import { fetchLookups } from './lookups.ts';

/** A record as its upstream has it now; undefined when the upstream has it no more. */
export type LiveReader = (
  org: string,
  definition: EntityDefinition,
  record: StoredRecord,
) => Promise<Readonly<Record<string, unknown>> | undefined>;

export interface LiveOptions {
  instances: Instances;
  xrefs: XrefRepository;
  clock: Clock;
  mappings(instance: string): MappingSet | undefined;
  timezone(instance: string): string;
  /** Whether calls to an instance are worth a try now (its circuit breaker). */
  available(instance: string): boolean;
}

const TIMEOUT_MS = 20_000;

/**
 * Asks upstreams for single records, through the same mapping as the pulls. What comes is shown and not stored: the next
 * pull brings it in with its version.
 *
 * @throws HubError rejected/LIVE_UNSUPPORTED, transient/UPSTREAM_UNAVAILABLE, and those of the connector
 */
export function liveReader(o: LiveOptions): LiveReader {
  return async (org, definition, record) => {
    const instance = o.instances.find(record.instance);
    const mapping = o.mappings(record.instance)?.get(definition.name);
    const pull = instance?.connector.pull;
    if (!instance || !mapping || !pull?.one)
      throw new HubError(
        'rejected',
        'LIVE_UNSUPPORTED',
        `${definition.title} is answered from the read model only; asOf says how old it is.`,
      );
    if (o.instances.isPaused(instance.name) || !o.available(instance.name))
      throw new HubError(
        'transient',
        'UPSTREAM_UNAVAILABLE',
        `${instance.name} is paused or does not answer; without ?source=live the hub answers from its own data.`,
        { retryAfterMs: 30_000 },
      );
    const ctx = instance.context({ signal: AbortSignal.timeout(TIMEOUT_MS) });
    // Rows of one native object have keys that begin with the object's.
    const [parent = ''] = record.nativeKey.split(':');
    const native = await pull.one(ctx, mapping.source, parent);
    if (!native || native.deleted === true) return undefined;
    const part = mapping.parts(native.key, native.data).find((p) => p.key === record.nativeKey);
    if (!part) return undefined;
    const lookups = await fetchLookups({ pull, ctx, mapping }, [part.native]);
    const ids = await o.xrefs.resolve(org, instance.name, mapping.references(part.native));
    try {
      if (mapping.asynchronous) await mapping.prepare(part.native);
      return mapping.read(part.native, {
        timezone: o.timezone(instance.name),
        asOf: new Date(o.clock.now()),
        resolve: (to, key) => ids.get(`${to}\0${key}`) ?? '',
        lookup: (name, key) => lookups.get(name)?.get(key),
      });
    } catch (error) {
      if (!(error instanceof RecordFault)) throw error;
      throw new HubError(
        'unexpected',
        'MAPPING_VALUE',
        `The mapping can't read what the upstream has now: ${error.message}`,
        {},
        { cause: error },
      );
    }
  };
}
