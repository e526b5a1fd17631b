import type { Statement } from '../storage/port.ts';
import type { PartOwner } from './upstream-refs.ts';

/**
 * A message is delivered when all of its parts are, and failed when one is. Worked out in SQL from what is written about
 * the parts, so that reports of two parts may come through two processes at once.
 */
const NEWS = `
  with told as (
    select max(parts) as parts, count(status) as told, max(status_at) as at,
      count(*) filter (where status in ('delivered', 'read')) as delivered,
      min(part) filter (where final and status not in ('delivered', 'read')) as bad
    from upstream_ref where org = $1 and operation = $2::uuid and instance = $3
  ), news as (
    select coalesce(u.status, case when delivered = told.parts then 'delivered' else 'sent' end) as status, u.reason, at
    from told left join upstream_ref u on u.org = $1 and u.operation = $2::uuid and u.instance = $3 and u.part = bad
    where told > 0
  ), change as (
    select status, jsonb_build_object('status', status, 'statusReason', reason)
      || case when status = 'delivered' then jsonb_build_object('deliveredAt', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) else '{}'::jsonb end as fields
    from news
  )`;
/** A message that has ended does not go back. */
const OPEN = `r.org = $1 and r.entity = 'Message' and r.id = $2::uuid and not (r.canonical->>'status' = any('{delivered,read,undelivered,expired,failed,cancelled}'::text[]))`;

/** @param eventId id of the event that tells it, should the status change */
export function partsDelivery({ org, id, instance }: PartOwner, eventId: string, now: Date): Statement[] {
  return [
    // The event comes first: afterwards the condition would not hold any more.
    {
      sql: `${NEWS}
        insert into event (org, id, type, entity, entity_id, data, at)
        select $1, $4::uuid, 'message.' || c.status, 'Message', r.id, jsonb_build_object('status', c.status, 'reference', r.canonical->'reference'), $5::timestamptz
        from record r cross join change c where ${OPEN} and r.canonical->>'status' <> c.status`,
      params: [org, id, instance, eventId, now],
    },
    {
      sql: `${NEWS}
        update record r set canonical = r.canonical || c.fields, revision = r.revision + 1, changed_at = $4::timestamptz, written_at = $4
        from change c where ${OPEN} and (r.canonical || c.fields) <> r.canonical`,
      params: [org, id, instance, now],
    },
    {
      sql: `update tracking set next_at = null where org = $1 and operation = $2 and exists (
              select 1 from record r where r.org = $1 and r.entity = 'Message' and r.id = $2 and r.canonical->>'status' = any('{delivered,read,undelivered,expired,failed,cancelled}'::text[]))`,
      params: [org, id],
    },
  ];
}
