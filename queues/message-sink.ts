import { uuidv7 } from '../canonical/values/uuid.ts';
import type { Statement } from '../storage/port.ts';
import { partsDelivery } from './parts-delivery.ts';
import type { TrackSink } from './ports.ts';
import { refsOfResult } from './upstream-refs.ts';

const finalMessage = ['delivered', 'read', 'undelivered', 'expired', 'failed', 'cancelled'];

/**
 * Keeps the Message record in step with its operation and with delivery reports. A message that has ended doesn't go
 * back; only "read" may follow "delivered".
 */
export function messageSink(random: () => number): TrackSink {
  const patch: TrackSink['patch'] = (org, entity, record, change, now) => {
    if (entity !== 'Message') return [];
    const status = typeof change.status === 'string' ? change.status : null;
    const guarded = `org = $1 and entity = 'Message' and id = $2 and ($4::text is null or not (canonical->>'status' = any($5::text[])) or ($4 = 'read' and canonical->>'status' = 'delivered'))
      and (canonical || $3::jsonb) <> canonical`;
    const params = [org, record, JSON.stringify(change), status, finalMessage];
    return [
      // The event comes first: afterwards the condition would not hold any more.
      {
        sql: `insert into event (org, id, type, entity, entity_id, data, at)
              select $1, $6::uuid, 'message.' || coalesce($4, 'changed'), 'Message', $2::uuid, jsonb_build_object('status', $4::text, 'reference', canonical->'reference'), $7::timestamptz from record where ${guarded} and $4 is not null and canonical->>'status' <> $4`,
        params: [...params, uuidv7(now.getTime(), random), now],
      },
      {
        sql: `update record set canonical = canonical || $3::jsonb, revision = revision + 1, changed_at = $6, written_at = $6 where ${guarded}`,
        params: [...params, now],
      },
    ];
  };
  return {
    patch,
    parts: (owner, now) => partsDelivery(owner, uuidv7(now.getTime(), random), now),
    outcome: (op, status, result, now) => {
      if (op.kind !== 'messages.send') return [];
      if (status === 'succeeded') {
        const known = {
          ...(result?.segments === undefined ? {} : { segments: result.segments }),
          ...(result?.cost === undefined ? {} : { cost: result.cost }),
        };
        // Rows are locked in the same order wherever parts are written: operation, parts, record.
        return [
          ...refsOfResult(op, result, now),
          ...patch(op.org, 'Message', op.id, known, now),
          tracking(op, result ?? {}, now),
        ];
      }
      const lost = { failed: 'failed', dead: 'failed', cancelled: 'cancelled' }[status];
      return lost
        ? patch(op.org, 'Message', op.id, { status: op.expiresAt && op.expiresAt <= now ? 'expired' : lost }, now)
        : [];
    },
  };
}

const FIRST_LOOK_MS = 5_000;
const GIVE_UP_MS = 3 * 24 * 3_600_000;

function tracking(
  op: { org: string; id: string; instance: string; kind: string; ownId: number | null },
  result: Readonly<Record<string, unknown>>,
  now: Date,
): Statement {
  return {
    sql: `insert into tracking (org, operation, instance, kind, entity, record, own_id, result, next_at, give_up_at)
          select $1, $2::uuid, $3, $4, 'Message', $2::uuid, own_id, $5::jsonb, $6, $7 from operation where org = $1 and id = $2::uuid on conflict do nothing`,
    params: [
      op.org,
      op.id,
      op.instance,
      op.kind,
      JSON.stringify(result),
      new Date(now.getTime() + FIRST_LOOK_MS),
      new Date(now.getTime() + GIVE_UP_MS),
    ],
  };
}
