import { splitPersonal } from '../canonical/personal.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import type { Statement } from '../storage/port.ts';
import { foreignContext } from '../storage/repositories/foreign-records.ts';
import { type EntityRun, now } from './entity-run.ts';
import type { Match } from './match.ts';

/** What another system holds of a thing, with what is known about which of ours it is. */
export interface ForeignRecord extends Match {
  nativeKey: string;
  version: string | null;
  nativeHash: string | null;
  canonical: Readonly<Record<string, unknown>>;
  native: Readonly<Record<string, unknown>>;
  archived: boolean;
  house: string | null;
}

/**
 * Brings foreign records in: new ones are inserted, changed ones updated, also where only the match has changed. Returns the id of our
 * record, null without one, for each that is new or changed.
 *
 * @param ids ids of the rows by native key, where they are there already: what is sealed is bound to them
 */
export function keepForeign(
  r: EntityRun,
  records: readonly ForeignRecord[],
  ids: ReadonlyMap<string, string>,
  runStarted: Date,
): Statement {
  const at = now(r);
  const rows = records.map((f) => {
    const id = ids.get(f.nativeKey) ?? uuidv7(at.getTime());
    const { open, personal } = splitPersonal(r.definition.schema, f.canonical);
    const seal = (value: unknown): Uint8Array => r.cipher.seal(JSON.stringify(value), foreignContext(r.org, id));
    return { ...f, id, open: JSON.stringify(open), personal: personal ? seal(personal) : null, sealed: seal(f.native) };
  });
  return {
    sql: `insert into foreign_record as f (org, instance, entity, native_key, id, record, state, rule, reason, candidates, house, archived, version, native_hash, mapping_hash, canonical, personal, native_enc, changed_at, pulled_at)
          select $1, $2, $3, u.native_key, u.id, u.record, u.state, u.rule, u.reason, u.candidates, u.house, u.archived, u.version, u.native_hash, $4, u.canonical, u.personal, u.native_enc, $5, $5
          from unnest($6::text[], $7::uuid[], $8::uuid[], $9::text[], $10::text[], $11::text[], $12::text[], $13::bool[], $14::text[], $15::text[], $16::jsonb[], $17::bytea[], $18::bytea[], $20::jsonb[])
            as u(native_key, id, record, state, rule, reason, house, archived, version, native_hash, canonical, personal, native_enc, candidates)
          on conflict (org, instance, entity, native_key) do update set record = excluded.record, state = excluded.state, rule = excluded.rule, reason = excluded.reason, candidates = excluded.candidates, house = excluded.house,
            archived = excluded.archived, version = excluded.version, native_hash = excluded.native_hash, mapping_hash = excluded.mapping_hash, canonical = excluded.canonical, personal = excluded.personal,
            native_enc = excluded.native_enc, revision = f.revision + 1, missed = 0, deleted_at = null, changed_at = excluded.changed_at, pulled_at = excluded.pulled_at
          where f.id = excluded.id and (f.written_at is null or f.written_at < $19)
            and ((f.record, f.state, f.rule, f.reason, f.house, f.version, f.native_hash, f.mapping_hash, f.archived)
              is distinct from (excluded.record, excluded.state, excluded.rule, excluded.reason, excluded.house, excluded.version, excluded.native_hash, excluded.mapping_hash, excluded.archived)
              or f.deleted_at is not null)
          returning f.record as id`,
    params: [
      r.org,
      r.instance,
      r.definition.name,
      r.mapping.hash,
      at,
      rows.map((f) => f.nativeKey),
      rows.map((f) => f.id),
      rows.map((f) => f.record),
      rows.map((f) => f.state),
      rows.map((f) => f.rule),
      rows.map((f) => f.reason),
      rows.map((f) => f.house),
      rows.map((f) => f.archived),
      rows.map((f) => f.version),
      rows.map((f) => f.nativeHash),
      rows.map((f) => f.open),
      rows.map((f) => f.personal),
      rows.map((f) => f.sealed),
      runStarted,
      rows.map((f) => (f.candidates ? JSON.stringify(f.candidates) : null)),
    ],
  };
}

/** Ids of the rows that are there, by native key. */
export async function foreignIds(r: EntityRun, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await r.db.query<{ native_key: string; id: string }>(
    'select native_key, id from foreign_record where org = $1 and instance = $2 and entity = $3 and native_key = any($4::text[])',
    [r.org, r.instance, r.definition.name, keys],
  );
  return new Map(rows.map((row) => [row.native_key, row.id]));
}

/**
 * Brings the identity table to what the foreign records of these keys say, in the transaction that stores them. Of several for one of ours
 * those that are in force are its keys; an archived one is a key only where there is no other.
 */
export function linkStatements(r: EntityRun, keys: readonly string[]): Statement[] {
  const scope = [r.org, r.instance, r.definition.name];
  // Records of ours that these keys concern, now or until now: another key of theirs may have to come or go with it.
  const concerned = `select distinct id from (
      select record as id from foreign_record where org = $1 and instance = $2 and entity = $3 and native_key = any($4::text[]) and record is not null
      union all select id from xref where org = $1 and instance = $2 and entity = $3 and native_key = any($4::text[])) c`;
  const current = `select f.native_key, f.record from foreign_record f where f.org = $1 and f.instance = $2 and f.entity = $3 and f.state = 'matched' and f.deleted_at is null
      and f.record in (${concerned})
      and (not f.archived or not exists (select 1 from foreign_record o where o.org = f.org and o.entity = f.entity and o.record = f.record and o.instance = f.instance and o.state = 'matched' and o.deleted_at is null and not o.archived))`;
  return [
    {
      // A key that no foreign record has yet was told by an operation; the next reading brings its record.
      sql: `delete from xref x where x.org = $1 and x.instance = $2 and x.entity = $3
            and (x.native_key = any($4::text[]) or x.id in (${concerned}))
            and exists (select 1 from foreign_record f where f.org = x.org and f.instance = x.instance and f.entity = x.entity and f.native_key = x.native_key)
            and not exists (select 1 from (${current}) c where c.native_key = x.native_key and c.record = x.id)`,
      params: [...scope, keys],
    },
    {
      sql: `insert into xref (org, entity, instance, native_key, id) select $1, $3, $2, c.native_key, c.record from (${current}) c
            on conflict (org, entity, instance, native_key) do update set id = excluded.id where xref.id <> excluded.id`,
      params: [...scope, keys],
    },
  ];
}

/** What the other system has no more is no key of ours. */
export function unlinkGone(r: EntityRun): Statement {
  return {
    sql: `delete from xref x using foreign_record f where x.org = $1 and x.instance = $2 and x.entity = $3
          and f.org = x.org and f.instance = x.instance and f.entity = x.entity and f.native_key = x.native_key and f.deleted_at is not null and f.deleted_at >= f.pulled_at`,
    params: [r.org, r.instance, r.definition.name],
  };
}
