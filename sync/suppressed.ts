import { type EntityRun, now } from './entity-run.ts';
import type { Part } from './translate.ts';

/**
 * Leaves out what was erased: it stays so although the upstream still has it. Notes that it was sent again, which
 * `GET /v1/erasures` tells the operator.
 */
export async function withoutSuppressed(r: EntityRun, parts: readonly Part[]): Promise<Part[]> {
  if (parts.length === 0) return [];
  const { rows } = await r.db.query<{ native_key: string }>(
    `update suppression set seen_at = $5 where org = $1 and instance = $2 and entity = $3 and native_key = any($4::text[]) returning native_key`,
    [r.org, r.instance, r.definition.name, parts.map((p) => p.key), now(r)],
  );
  if (rows.length === 0) return [...parts];
  const suppressed = new Set(rows.map((row) => row.native_key));
  return parts.filter((p) => !suppressed.has(p.key));
}
