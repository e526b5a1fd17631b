import { readMeta } from '../meta.ts';
import type { Database, Statement } from '../port.ts';
import type { AuditLog } from './log.ts';

/** What a command did to the store without its keys, to be entered by the next process that has them. */
export interface Remark {
  action: string;
  at: string;
  details: Readonly<Record<string, unknown>>;
}

const NAME = 'audit-remarks';

/** Leaves a remark inside another transaction. */
export function remarkStatement(action: string, at: Date, details: Remark['details'] = {}): Statement {
  return {
    sql: `insert into hub_meta as m (name, value) values ('${NAME}', $1::jsonb) on conflict (name) do update set value = m.value || excluded.value`,
    params: [JSON.stringify([{ action, at: at.toISOString(), details } satisfies Remark])],
  };
}

/** Enters what commands have left behind. Entered twice rather than lost when a kill comes in between. */
export async function enterRemarks(db: Database, audit: AuditLog, orgs: readonly string[]): Promise<void> {
  const remarks = (await readMeta<Remark[]>(db, NAME)) ?? [];
  if (remarks.length === 0) return;
  for (const { action, at, details } of remarks)
    await Promise.all(orgs.map((org) => audit.append({ org, actor: 'control', action, details: { ...details, at } })));
  await db.query(
    `update hub_meta set value = (select coalesce(jsonb_agg(v order by n), '[]'::jsonb) from jsonb_array_elements(value) with ordinality as e(v, n) where n > $2) where name = $1`,
    [NAME, remarks.length],
  );
}
