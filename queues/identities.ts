import type { Statement } from '../storage/port.ts';
import type { TrackSink } from './ports.ts';

/** What an upstream calls one of our records, as a result tells it. */
interface Identity {
  entity: string;
  id: string;
  nativeKey: string;
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
        ...(found.length > 0 ? [linked(op.org, op.instance, found)] : []),
      ];
    },
  };
}

function identitiesIn(result: Readonly<Record<string, unknown>> | null): Identity[] {
  if (!Array.isArray(result?.identities)) return [];
  return result.identities.slice(0, MOST).filter((i): i is Identity => {
    if (i === null || typeof i !== 'object') return false;
    const { entity, id, nativeKey } = i as Partial<Record<keyof Identity, unknown>>;
    return (
      typeof entity === 'string' &&
      typeof id === 'string' &&
      UUID.test(id) &&
      typeof nativeKey === 'string' &&
      nativeKey !== '' &&
      nativeKey.length <= LONGEST_KEY
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
