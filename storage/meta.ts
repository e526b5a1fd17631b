import type { Database, Statement } from './port.ts';

/** A fact about the store itself, by its name. Undefined when nothing was written. */
export async function readMeta<T>(db: Database, name: string): Promise<T | undefined> {
  const { rows } = await db.query<{ value: T }>('select value from hub_meta where name = $1', [name]);
  return rows[0]?.value;
}

/** Writes a fact, in place of the one before. */
export function putMeta(name: string, value: unknown): Statement {
  return {
    sql: 'insert into hub_meta (name, value) values ($1, $2::jsonb) on conflict (name) do update set value = excluded.value',
    params: [name, JSON.stringify(value)],
  };
}

/** Writes a fact unless there is one already. */
export function keepMeta(name: string, value: unknown): Statement {
  return {
    sql: 'insert into hub_meta (name, value) values ($1, $2::jsonb) on conflict (name) do nothing',
    params: [name, JSON.stringify(value)],
  };
}
