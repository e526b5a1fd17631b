import type { Database, Statement } from '../../storage/port.ts';

/** What is over and cannot be sent any more; a dead one may be tried again. */
export const overStatuses = ['succeeded', 'failed', 'cancelled'];
/** The same as a list in SQL. */
export const OVER = `(${overStatuses.map((status) => `'${status}'`).join(', ')})`;

/**
 * Statements that empty operations which are over, whatever they were about: payload, traffic, reasons, the bytes of a
 * call whose operations are all over, and the record that mirrors each. A failed one becomes cancelled: without its
 * payload it could not be sent again. The journal keeps when and what kind, never who.
 */
export function emptyContents(
  org: string,
  ids: readonly string[],
  code: 'ERASED' | 'RETENTION',
  now: Date,
): Statement[] {
  const params = [org, ids];
  // Of those whose operation retention has removed, the mirror may still be there.
  const over = `select u.id from unnest($2::uuid[]) as u(id) where not exists (select 1 from operation o where o.org = $1 and o.id = u.id and o.status not in ${OVER})`;
  return [
    {
      sql: `update attempt set traffic = null where org = $1 and operation in (${over}) and traffic is not null`,
      params,
    },
    {
      sql: `update approval set reason = null where org = $1 and operation in (${over}) and reason is not null`,
      params,
    },
    {
      sql: `update exchange x set request = null where x.org = $1 and x.request is not null
              and x.id in (select exchange from operation where org = $1 and id = any($2::uuid[]) and status in ${OVER} and exchange is not null)
              and not exists (select 1 from exchange_element e join operation o on o.org = e.org and o.id = e.operation
                              where e.org = x.org and e.exchange = x.id and o.status not in ${OVER})`,
      params,
    },
    { sql: `update task set note = null where org = $1 and operation in (${over}) and note is not null`, params },
    { sql: `delete from tracking where org = $1 and operation in (${over})`, params },
    {
      sql: `with emptied as (
              update record set canonical = '{}', personal = null, blind = null, deleted_at = $3, changed_at = $3, written_at = $3, revision = revision + 1
              where org = $1 and entity = 'Message' and id in (${over}) and personal is not null returning id)
            insert into event (org, id, type, entity, entity_id, data, at)
            select $1::text, gen_random_uuid(), 'messages.removed', 'Message', id, '{}'::jsonb, $3::timestamptz from emptied`,
      params: [...params, now],
    },
    {
      sql: `update operation set personal = null, reference = case when $4 = 'ERASED' then null else reference end,
              status = case when status = 'failed' then 'cancelled' else status end,
              error = case when status = 'failed' then $3::jsonb else error end
            where org = $1 and id = any($2::uuid[]) and status in ${OVER}`,
      params: [
        ...params,
        JSON.stringify({
          kind: 'rejected',
          code,
          message: 'The personal data of this operation were erased.',
          retryable: false,
        }),
        code,
      ],
    },
  ];
}

/** Files that were named; returns how many there were. */
export async function eraseFiles(db: Database, org: string, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const [files] = await db.transact([
    { sql: 'delete from file where org = $1 and id = any($2::uuid[])', params: [org, ids] },
    { sql: 'delete from file_chunk where org = $1 and file = any($2::uuid[])', params: [org, ids] },
  ]);
  return files?.count ?? 0;
}
