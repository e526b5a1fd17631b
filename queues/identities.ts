import type { Statement } from '../storage/port.ts';
import type { TrackSink } from './ports.ts';

/** What an upstream calls one of our records, as a result tells it. */
interface Identity {
  entity: string;
  id: string;
  nativeKey: string;
  /** The upstream's version of the object now, where it has one that an edit must name. */
  version?: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MOST = 100;
const LONGEST_KEY = 200;

/**
 * Keeps the identity table in step with results: `identities: [{ entity, id, nativeKey }]` of an operation that succeeded is written in the
 * transaction of its outcome, so that what an upstream has just made is known by its key at once.
 */
export function linkingIdentities(sink: TrackSink): TrackSink {
  return {
    ...sink,
    outcome: (op, status, result, now) => {
      const found = status === 'succeeded' ? identitiesIn(result) : [];
      return [
        ...sink.outcome(op, status, result, now),
        ...(found.length > 0
          ? [linked(op.org, op.instance, found), ...versioned(op.org, op.instance, found, now)]
          : []),
      ];
    },
  };
}

function identitiesIn(result: Readonly<Record<string, unknown>> | null): Identity[] {
  if (!Array.isArray(result?.identities)) return [];
  return result.identities.slice(0, MOST).filter((i): i is Identity => {
    if (i === null || typeof i !== 'object') return false;
    const { entity, id, nativeKey, version } = i as Partial<Record<keyof Identity, unknown>>;
    return (
      typeof entity === 'string' &&
      typeof id === 'string' &&
      UUID.test(id) &&
      typeof nativeKey === 'string' &&
      nativeKey !== '' &&
      nativeKey.length <= LONGEST_KEY &&
      (version === undefined || (typeof version === 'string' && version.length <= LONGEST_KEY))
    );
  });
}

/** Rows in one order, so that two outcomes never wait for each other. */
function linked(org: string, instance: string, found: readonly Identity[]): Statement {
  const byKey = new Map(found.map((i) => [`${i.entity}\0${i.nativeKey}`, i]));
  const rows = [...byKey.keys()].sort().map((key) => byKey.get(key) as Identity);
  return {
    sql: `insert into xref (org, entity, instance, native_key, id) select $1, u.entity, $2, u.key, u.id from unnest($3::text[], $4::text[], $5::uuid[]) as u(entity, key, id)
          on conflict (org, entity, instance, native_key) do update set id = excluded.id`,
    params: [org, instance, rows.map((i) => i.entity), rows.map((i) => i.nativeKey), rows.map((i) => i.id)],
  };
}

/** What is kept of the object bears its new version at once; a pull that began before does not bring the old one back. */
function versioned(org: string, instance: string, found: readonly Identity[], now: Date): Statement[] {
  const rows = found.filter((i) => i.version !== undefined);
  if (rows.length === 0) return [];
  return [
    {
      sql: `update foreign_record f set version = u.version, written_at = $3, changed_at = $3, revision = f.revision + 1
            from unnest($4::text[], $5::text[], $6::text[]) as u(entity, key, version)
            where f.org = $1 and f.instance = $2 and f.entity = u.entity and f.native_key = u.key and f.version is distinct from u.version`,
      params: [
        org,
        instance,
        now,
        rows.map((i) => i.entity),
        rows.map((i) => i.nativeKey),
        rows.map((i) => i.version as string),
      ],
    },
  ];
}
