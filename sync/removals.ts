import type { Statement } from '../storage/port.ts';
import { type EntityRun, idOf, newsOf, now, type RunState, tableOf } from './entity-run.ts';
import { withNews } from './news.ts';

/** Records whose upstream says itself that they are deleted, with the rows of a document. */
export function tombstones(r: EntityRun, state: RunState, keys: readonly string[]): Statement[] {
  if (keys.length === 0) return [];
  if (r.mapping.source.each !== undefined)
    return [
      beginningGone(
        r,
        state,
        keys.map((key) => `${key}:`),
        [],
      ),
    ];
  return [
    withNews(
      {
        sql: `update ${tableOf(r)} set deleted_at = $5, changed_at = $5, revision = revision + 1 where org = $1 and entity = $2 and instance = $3 and native_key = any($4::text[]) and deleted_at is null and (written_at is null or written_at < $6) returning ${idOf(r)}`,
        params: [r.org, r.definition.name, r.instance, keys, now(r), state.runStarted],
      },
      newsOf(r, 'removed'),
    ),
  ];
}

/**
 * Records that are not there any more although others with the same beginning of the key may be: rows of a document
 * (`document:`), records of a register's record set (`recorder|`).
 */
export function beginningGone(
  r: EntityRun,
  state: RunState,
  beginnings: readonly string[],
  present: readonly string[],
): Statement {
  return withNews(
    {
      sql: `update ${tableOf(r)} r set deleted_at = $5, changed_at = $5, revision = revision + 1
          from unnest($4::text[], $8::text[]) as p(first, after)
          where r.org = $1 and r.entity = $2 and r.instance = $3 and r.native_key collate "C" >= p.first and r.native_key collate "C" < p.after
            and not exists (select 1 from unnest($6::text[]) as k(key) where k.key = r.native_key)
            and r.deleted_at is null and (r.written_at is null or r.written_at < $7) returning ${idOf(r, 'r.')}`,
      params: [
        r.org,
        r.definition.name,
        r.instance,
        beginnings,
        now(r),
        present,
        state.runStarted,
        beginnings.map(following),
      ],
    },
    newsOf(r, 'removed'),
  );
}

/** The first text after all that begin so: beginnings end with a sign of ASCII. */
function following(beginning: string): string {
  return beginning.slice(0, -1) + String.fromCharCode(beginning.charCodeAt(beginning.length - 1) + 1);
}
