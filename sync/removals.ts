import type { Statement } from '../storage/port.ts';
import { type EntityRun, newsOf, now, type RunState } from './entity-run.ts';
import { withNews } from './news.ts';

/** Records whose upstream says itself that they are deleted. */
export function tombstones(r: EntityRun, state: RunState, keys: readonly string[]): Statement[] {
  if (keys.length === 0) return [];
  return [
    withNews(
      {
        sql: `update record set deleted_at = $5, changed_at = $5, revision = revision + 1 where org = $1 and entity = $2 and instance = $3 and native_key = any($4::text[]) and deleted_at is null and (written_at is null or written_at < $6) returning id`,
        params: [r.org, r.definition.name, r.instance, keys, now(r), state.runStarted],
      },
      newsOf(r, 'removed'),
    ),
  ];
}

/** Rows that a document does not have any more; found by the range of keys that begin with the document's. */
export function rowsGone(
  r: EntityRun,
  state: RunState,
  parents: readonly string[],
  present: readonly string[],
): Statement {
  return withNews(
    {
      sql: `update record r set deleted_at = $5, changed_at = $5, revision = revision + 1
          from unnest($4::text[]) as p(parent)
          where r.org = $1 and r.entity = $2 and r.instance = $3 and r.native_key collate "C" >= p.parent || ':' and r.native_key collate "C" < p.parent || ';'
            and not exists (select 1 from unnest($6::text[]) as k(key) where k.key = r.native_key)
            and r.deleted_at is null and (r.written_at is null or r.written_at < $7) returning r.id`,
      params: [r.org, r.definition.name, r.instance, parents, now(r), present, state.runStarted],
    },
    newsOf(r, 'removed'),
  );
}
