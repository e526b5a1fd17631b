import type { Statement } from '../storage/port.ts';

export interface News {
  org: string;
  /** accounts.changed, accounts.removed … */
  type: string;
  entity: string;
  at: Date;
}

/**
 * Lets a statement that returns ids tell of each in the change feed. The change and its news are one statement, so that
 * no crash can come between them.
 */
export function withNews(statement: Statement, { org, type, entity, at }: News): Statement {
  const params = [...(statement.params ?? [])];
  const n = params.length;
  return {
    sql: `with touched as (${statement.sql}), told as (
            insert into event (org, id, type, entity, entity_id, data, at)
            select $${n + 1}::text, gen_random_uuid(), $${n + 2}::text, $${n + 3}::text, id, '{}'::jsonb, $${n + 4}::timestamptz from touched)
          select id from touched`,
    params: [...params, org, type, entity, at],
  };
}
