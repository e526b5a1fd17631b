import type { RecordFault } from '../mappings/faults.ts';
import type { Statement } from '../storage/port.ts';
import { type EntityRun, now } from './entity-run.ts';
import type { Part } from './translate.ts';

/** Keeps a record that the mapping can't read, with the reason, until it can. */
export function quarantineStatement(r: EntityRun, { part, fault }: { part: Part; fault: RecordFault }): Statement {
  const at = now(r);
  return {
    sql: `insert into quarantine as q (org, instance, entity, native_key, reason, field, mapping, native_enc, first_at, last_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
          on conflict (org, instance, entity, native_key) do update set reason = excluded.reason, field = excluded.field, native_enc = excluded.native_enc, noted_at = case when q.field is not distinct from excluded.field then q.noted_at end, last_at = excluded.last_at, tries = q.tries + 1`,
    params: [
      r.org,
      r.instance,
      r.definition.name,
      part.key,
      fault.message,
      fault.fault.field,
      r.mapping.name,
      r.cipher.seal(JSON.stringify(part.native), quarantineContext(r, part.key)),
      at,
    ],
  };
}

/** The records were read after all. */
export function releaseStatement(r: EntityRun, nativeKeys: readonly string[]): Statement {
  return {
    sql: 'delete from quarantine where org = $1 and instance = $2 and entity = $3 and native_key = any($4::text[])',
    params: [r.org, r.instance, r.definition.name, nativeKeys],
  };
}

/** What a sealed native form is bound to. */
export function quarantineContext(r: EntityRun, nativeKey: string): string {
  return `quarantine:${r.org}:${r.instance}:${r.definition.name}:${nativeKey}`;
}
