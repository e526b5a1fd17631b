import type { PartNote, PartView } from '../connectors/port.ts';
import type { Database, Statement } from '../storage/port.ts';

/** Whose parts: an operation at one instance. */
export interface PartOwner {
  org: string;
  /** Operation id. */
  id: string;
  instance: string;
}

/** What is known of the parts of an operation, in order. */
export async function readParts(db: Database, { org, id, instance }: PartOwner): Promise<PartView[]> {
  const { rows } = await db.query(
    'select part, parts, ref, status, created_at from upstream_ref where org = $1 and operation = $2 and instance = $3 order by part',
    [org, id, instance],
  );
  return rows.map((row) => ({
    part: row.part as number,
    parts: row.parts as number,
    notedAt: (row.created_at as Date).getTime(),
    ...(row.ref === null ? {} : { ref: row.ref as string }),
    ...(row.status === null ? {} : { status: row.status as string }),
  }));
}

/**
 * Writes notes down. Another id, or none, means that the part is sent anew; what was reported about the old one is then
 * forgotten.
 */
export function keepParts({ org, id, instance }: PartOwner, notes: readonly PartNote[], now: Date): Statement {
  return {
    sql: `insert into upstream_ref as u (org, operation, instance, part, parts, ref, created_at, updated_at)
          select $1, $2::uuid, $3, n.part, n.parts, n.ref, $7::timestamptz, $7 from unnest($4::int[], $5::int[], $6::text[]) as n(part, parts, ref)
          on conflict (org, operation, instance, part) do update set
            parts = excluded.parts, ref = excluded.ref, updated_at = excluded.updated_at,
            created_at = case when excluded.ref = u.ref then u.created_at else excluded.created_at end,
            status = case when excluded.ref = u.ref then u.status end,
            reason = case when excluded.ref = u.ref then u.reason end,
            status_at = case when excluded.ref = u.ref then u.status_at end,
            final = coalesce(excluded.ref = u.ref, false) and u.final`,
    params: [
      org,
      id,
      instance,
      notes.map((n) => n.part),
      notes.map((n) => n.parts),
      notes.map((n) => n.ref ?? null),
      now,
    ],
  };
}

/** The ids that a result tells (`upstreamIds`), as notes; written in the transaction of the outcome. */
export function refsOfResult(
  owner: PartOwner,
  result: Readonly<Record<string, unknown>> | null,
  now: Date,
): Statement[] {
  const ids = result?.upstreamIds;
  if (!Array.isArray(ids) || ids.length === 0) return [];
  const notes = ids.map((ref, i) => ({ part: i + 1, parts: ids.length, ref: String(ref) }));
  return [keepParts(owner, notes, now)];
}

/** The part that an upstream id stands for; ids begin anew after a while, so the newest one is meant. */
export async function partByRef(
  db: Database,
  org: string,
  instance: string,
  ref: string,
): Promise<{ operation: string } | undefined> {
  const { rows } = await db.query(
    'select operation from upstream_ref where org = $1 and instance = $2 and ref = $3 order by created_at desc limit 1',
    [org, instance, ref],
  );
  return rows[0] ? { operation: rows[0].operation as string } : undefined;
}

/** Gives an id to the first part that has none: the answer was lost, and a report told the id. */
export function claimPart({ org, id, instance }: PartOwner, ref: string, now: Date): Statement[] {
  const whose = 'org = $1 and operation = $2::uuid and instance = $3';
  return [
    {
      sql: `update operation set due_at = $3 where org = $1 and id = $2::uuid and status = 'uncertain'`,
      params: [org, id, now],
    },
    {
      sql: `insert into upstream_ref (org, operation, instance, part, parts, created_at, updated_at)
            select $1, $2::uuid, $3, 1, 1, $4::timestamptz, $4 where not exists (select 1 from upstream_ref where ${whose}) on conflict do nothing`,
      params: [org, id, instance, now],
    },
    {
      sql: `update upstream_ref set ref = $4, updated_at = $5 where ${whose} and not exists (select 1 from upstream_ref where ${whose} and ref = $4)
              and part = (select min(part) from upstream_ref where ${whose} and ref is null)`,
      params: [org, id, instance, ref, now],
    },
  ];
}

/** Writes what was reported about a part. Its neighbours are locked, so that of two last reports one sees the other. */
export function reportPart(
  { org, id, instance }: PartOwner,
  report: { ref: string; status: string; reason: string | null; at: Date; final: boolean },
  now: Date,
): Statement[] {
  return [
    {
      sql: 'select 1 from upstream_ref where org = $1 and operation = $2 and instance = $3 order by part for update',
      params: [org, id, instance],
    },
    {
      sql: `update upstream_ref set status = $5, reason = $6, status_at = $7, final = $8, updated_at = $9
            where org = $1 and operation = $2 and instance = $3 and ref = $4 and not final`,
      params: [org, id, instance, report.ref, report.status, report.reason, report.at, report.final, now],
    },
  ];
}
