import type { Database, Row, Statement } from '../../storage/port.ts';
import type { Alert, AlertStatus, Step } from './plan.ts';

/** Where notices go: kept as a digest of the address, so that the store names nobody and a changed address gets none. */
export interface Receiver {
  channel: 'mail' | 'webhook';
  digest: string;
}

/** Ids for what is written with a step. */
export interface StepIds {
  alert: string;
  event: string;
  notices: readonly string[];
}

export function alertOf(r: Row): Alert {
  return {
    org: r.org as string,
    name: r.name as string,
    target: r.target as string,
    id: r.id as string,
    status: r.status as AlertStatus,
    labels: r.labels as Alert['labels'],
    value: Number(r.value),
    badSince: r.bad_since as Date,
    goodSince: r.good_since as Date | null,
    seenAt: r.seen_at as Date,
    firedAt: r.fired_at as Date | null,
    resolvedAt: r.resolved_at as Date | null,
    toldAt: r.told_at as Date | null,
    version: Number(r.version),
  };
}

export async function livingAlerts(db: Database): Promise<Alert[]> {
  const { rows } = await db.query(`select * from alert where status <> 'resolved'`);
  return rows.map(alertOf);
}

/** Of an organisation and of the hub as a whole; what fires first, then the newest. */
export async function listAlerts(
  db: Database,
  org: string,
  statuses: readonly AlertStatus[],
  limit: number,
): Promise<Alert[]> {
  const { rows } = await db.query(
    `select * from alert where org in ($1, '') and status = any($2::text[])
     order by case status when 'firing' then 0 when 'pending' then 1 else 2 end, coalesce(resolved_at, fired_at, bad_since) desc, org, name, target limit $3`,
    [org, statuses, limit],
  );
  return rows.map(alertOf);
}

/** Of several processes one looks, and the others have nothing to do. */
export async function claimLook(db: Database, now: Date, everyMs: number): Promise<boolean> {
  const { count } = await db.query(
    `insert into hub_meta as m (name, value) values ('alerts-looked-at', to_jsonb($1::float8))
     on conflict (name) do update set value = excluded.value where abs($1::float8 - (m.value::text)::float8) >= $2`,
    [now.getTime(), everyMs],
  );
  return count === 1;
}

/**
 * Writes a step with its notices and its event in one statement, unless somebody has changed the alert since it was read.
 * Events of the hub as a whole have no feed to stand in.
 */
export function stepStatement(
  { alert, before, isForgotten, notice }: Step,
  ids: StepIds,
  receivers: readonly Receiver[],
): Statement {
  const key = [alert.org, alert.name, alert.target];
  if (isForgotten)
    return {
      sql: 'delete from alert where org = $1 and name = $2 and target = $3 and version = $4',
      params: [...key, before?.version ?? 0],
    };
  return {
    sql: `with kept as (
        insert into alert as a (org, name, target, id, status, labels, value, bad_since, good_since, seen_at, fired_at, resolved_at, told_at)
        values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11, $12, $13)
        on conflict (org, name, target) do update set id = excluded.id, status = excluded.status, labels = excluded.labels, value = excluded.value,
          bad_since = excluded.bad_since, good_since = excluded.good_since, seen_at = excluded.seen_at, fired_at = excluded.fired_at,
          resolved_at = excluded.resolved_at, told_at = excluded.told_at, version = a.version + 1
        where case when $14::bigint is null then a.status = 'resolved' else a.version = $14 end
        returning 1
      ), told as (
        insert into alert_notice (org, id, alert, name, labels, about, value, since, at, channel, receiver, created_at, due_at)
        select $1, n.id, $4, $2, $6::jsonb, $15, $7, coalesce($11::timestamptz, $8), $10, n.channel, n.receiver, $10, $10
        from kept, unnest($16::uuid[], $17::text[], $18::text[]) as n(id, channel, receiver)
        where $15::text is not null
      )
      insert into event (org, id, type, data, at)
      select $1, $19::uuid, 'alert.' || $15, jsonb_build_object('alert', $2::text, 'labels', $6::jsonb, 'value', $7::float8, 'since', coalesce($11::timestamptz, $8)), $10
      from kept where $15::text in ('fired', 'resolved') and $1 <> ''`,
    params: [
      ...key,
      ids.alert,
      alert.status,
      JSON.stringify(alert.labels),
      alert.value,
      alert.badSince,
      alert.goodSince,
      alert.seenAt,
      alert.firedAt,
      alert.resolvedAt,
      alert.toldAt,
      before?.version ?? null,
      notice ?? null,
      ids.notices,
      receivers.map((r) => r.channel),
      receivers.map((r) => r.digest),
      ids.event,
    ],
  };
}
