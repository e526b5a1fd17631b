import type { Cipher } from '../cipher.ts';
import type { Database, SqlValue } from '../port.ts';
import { type AuditHead, type AuditRow, auditRowOf, hex } from './entry.ts';

export interface AuditFilter {
  actor?: string;
  /** Whole, or a family such as `keys.*`. */
  action?: string;
  subject?: string;
  since?: Date;
}

/** Linked entries of an organisation, newest first. @param before number of the last one seen */
export async function listAudit(
  db: Database,
  cipher: Cipher,
  org: string,
  filter: AuditFilter,
  limit: number,
  before?: number,
): Promise<AuditRow[]> {
  const params: SqlValue[] = [org];
  const conditions = ['org = $1', 'no is not null'];
  const add = (sql: string, value: SqlValue | undefined): void => {
    if (value === undefined) return;
    params.push(value);
    conditions.push(sql.replace('?', `$${params.length}`));
  };
  add('actor = ?', filter.actor);
  const family = filter.action?.endsWith('.*') ? filter.action.slice(0, -1) : undefined;
  add(family === undefined ? 'action = ?' : 'starts_with(action, ?)', family ?? filter.action);
  add('subject = ?', filter.subject);
  add('at >= ?', filter.since);
  add('no < ?', before);
  params.push(limit);
  const { rows } = await db.query(
    `select * from audit where ${conditions.join(' and ')} order by no desc limit $${params.length}`,
    params,
  );
  return rows.map((row) => auditRowOf(row, cipher));
}

/** Ends of the chains; of one organisation, or of all. */
export async function auditHeads(db: Database, org?: string): Promise<AuditHead[]> {
  const { rows } = await db.query(
    'select org, no, hash from audit_head where ($1::text is null or org = $1) order by org',
    [org ?? null],
  );
  return rows.map((r) => ({ org: r.org as string, no: Number(r.no), hash: hex(r.hash as Uint8Array) }));
}
