import { createHash } from 'node:crypto';
import type { NativeObject } from '../connectors/port.ts';
import { RecordFault } from '../mappings/faults.ts';
import type { NewRecord } from '../storage/repositories/records.ts';
import { type EntityRun, now } from './entity-run.ts';

/** A native part that becomes one canonical record. */
export interface Part {
  key: string;
  native: NativeObject;
  version: string | null;
}

/** Native parts as canonical records; those that the mapping can't read come back with the reason. */
export async function translate(
  r: EntityRun,
  parts: readonly Part[],
  lookups: ReadonlyMap<string, ReadonlyMap<string, NativeObject>>,
): Promise<{ good: NewRecord[]; bad: { part: Part; fault: RecordFault }[] }> {
  const entity = r.definition.name;
  const { linking } = r.mapping;
  const named = parts.flatMap((p) => r.mapping.references(p.native));
  const references = [...(linking ? [] : parts.map((p) => ({ entity, key: p.key }))), ...named];
  const isLinked = (to: string): boolean => r.linked.has(to);
  const ids = await r.xrefs.resolve(
    r.org,
    r.instance,
    references.filter((x) => !isLinked(x.entity)),
  );
  // What is ours has its id already; another one must not be made for it because the link has not been found yet.
  const links = await r.xrefs.known(
    r.org,
    r.instance,
    references.filter((x) => isLinked(x.entity)),
  );
  const scope = {
    timezone: r.timezone,
    asOf: now(r),
    resolve: (to: string, key: string): string | undefined =>
      isLinked(to) ? links.get(`${to}\0${key.toLowerCase()}`) : (ids.get(`${to}\0${key}`) ?? ''),
    lookup: (name: string, key: string): NativeObject | undefined => lookups.get(name)?.get(key),
  };
  const good: NewRecord[] = [];
  const bad: { part: Part; fault: RecordFault }[] = [];
  for (const part of parts) {
    try {
      if (r.mapping.asynchronous) await r.mapping.prepare(part.native);
      const canonical = r.mapping.read(part.native, scope);
      good.push({
        id: ids.get(`${entity}\0${part.key}`) ?? '',
        nativeKey: part.key,
        version: part.version,
        nativeHash: part.version === null ? digest(part.native) : null,
        canonical,
        native: part.native,
      });
    } catch (error) {
      if (!(error instanceof RecordFault)) throw error;
      bad.push({ part, fault: error });
    }
  }
  return { good, bad };
}

function digest(native: NativeObject): string {
  return createHash('sha1').update(JSON.stringify(native)).digest('base64url');
}
