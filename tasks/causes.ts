import { createHash } from 'node:crypto';
import type { TaskKind } from '../canonical/task-kinds.ts';
import type { Database, Row } from '../storage/port.ts';
import { MOST_GROUPS } from './operation-causes.ts';

/** Something that needs a person now: what a task is made of. */
export interface Cause {
  org: string;
  /** One living task per organisation and cause. */
  cause: string;
  kind: TaskKind;
  code: string;
  upstreamCode?: string | null;
  operation?: string | null;
  opKind?: string | null;
  subject?: string | null;
  instance?: string | null;
  entity?: string | null;
  facts?: Readonly<Record<string, string | number>>;
  count: number;
  isGroup?: boolean;
  /** When it has to be answered before the usual deadline of its kind. */
  deadline?: Date | null;
}

/** Reasons of one entity that are told apart; with more of them they are one task. */
const MOST_REASONS = 20;
const REASON = `regexp_replace(reason, ' \\(value: .*$', '')`;

/** Walks by the index quarantine_reason from entity to entity, and from reason to reason within it. */
const QUARANTINE = `
  with recursive e as (
    (select org, instance, entity from quarantine where noted_at is null order by org, instance, entity limit 1)
    union all
    select n.* from e cross join lateral (
      select org, instance, entity from quarantine where noted_at is null and (org, instance, entity) > (e.org, e.instance, e.entity)
      order by org, instance, entity limit 1) n
  )
  select e.*, r.hash, q.field, q.reason, q.mapping, c.n from (select * from e limit ${MOST_GROUPS}) e cross join lateral (
    with recursive w as (
      (select md5(${REASON}) as hash, 1 as i from quarantine where noted_at is null and org = e.org and instance = e.instance and entity = e.entity
       order by md5(${REASON}) limit 1)
      union all
      select n.hash, w.i + 1 from w cross join lateral (
        select md5(${REASON}) as hash from quarantine where noted_at is null and org = e.org and instance = e.instance and entity = e.entity
          and md5(${REASON}) > w.hash order by md5(${REASON}) limit 1) n
      where w.i <= ${MOST_REASONS}
    ) select hash from w) r
  cross join lateral (
    select field, left(${REASON}, 200) as reason, mapping from quarantine where noted_at is null and org = e.org and instance = e.instance and entity = e.entity
      and md5(${REASON}) = r.hash limit 1) q
  cross join lateral (
    select count(*) as n from quarantine where noted_at is null and org = e.org and instance = e.instance and entity = e.entity
      and md5(${REASON}) = r.hash) c`;

/** One task for a place, however many new things are said there; the first names stand for the rest. */
const DRIFT = `
  select org, instance, place, count(*) as n, sum(count) as seen,
    (array_agg(what order by first_at, what))[1:5] as names, (array_agg(sample order by first_at, what))[1] as sample
  from drift where known_at is null group by 1, 2, 3 order by 1, 2, 3 limit ${MOST_GROUPS}`;

/** What ends soon, unless a person knows of the warning already. */
const ENDING = `
  select org, kind, name, ends_at, warned from certificate_watch where warned is not null and (noted is null or warned < noted)
  order by org, kind, name limit ${MOST_GROUPS}`;
/** What flows have given to people, what is due first at the front. */
const FLOW_ITEMS = `
  select org, flow, subject, task, reason, facts, operation, risk_at from flow_item where task is not null order by term, org, flow, subject limit ${MOST_GROUPS}`;
/** A feed that was read in vain so many times is no matter of a moment. */
const FLOW_FEEDS = `select org, name, error from flow where failures >= 5 order by org, name limit ${MOST_GROUPS}`;

/** What the items of a flow are. */
const itemEntities: Readonly<Record<string, string>> = { 'debt-inquiries': 'DebtInquiry' };

function flowCause(r: Row): Cause {
  const flow = r.flow as string;
  const subject = r.subject as string;
  const entity = itemEntities[flow];
  return {
    org: r.org as string,
    cause: `flow/${flow}/${subject}`,
    kind: r.task as TaskKind,
    code: r.reason as string,
    operation: r.operation as string | null,
    subject: entity === undefined ? null : `${entity}:${subject}`,
    entity: entity ?? null,
    facts: { ...(r.facts as Record<string, string | number>), flow, item: subject },
    count: 1,
    deadline: r.risk_at as Date | null,
  };
}

/** What needs a person apart from operations. @param organisationOf of a configured instance */
export async function otherCauses(
  db: Database,
  organisationOf: (instance: string) => string | undefined,
): Promise<Cause[]> {
  const [quarantine, held, paused, disabled, drift, ending, items, feeds] = await Promise.all([
    db.query(QUARANTINE),
    db.query(`select org, instance, entity, held from sync_state where held is not null`),
    db.query(
      `select instance, paused_by, pause_code from instance_state where paused and paused_by in ('hub', 'needs-operator')`,
    ),
    db.query(
      `select org, id, disabled_by, failures, last_status from webhook where disabled_at is not null and disabled_by is distinct from 'operator'`,
    ),
    db.query(DRIFT),
    db.query(ENDING),
    db.query(FLOW_ITEMS),
    db.query(FLOW_FEEDS),
  ]);
  return [
    ...quarantined(quarantine.rows),
    ...held.rows.map((r): Cause => {
      const { wouldRemove = 0, of = 0 } = r.held as { wouldRemove?: number; of?: number };
      return {
        org: r.org as string,
        cause: `removals/${r.instance}/${r.entity}`,
        kind: 'removals',
        code: '',
        instance: r.instance as string,
        entity: r.entity as string,
        facts: { wouldRemove, of },
        count: wouldRemove,
      };
    }),
    ...paused.rows.flatMap((r): Cause[] => {
      const instance = r.instance as string;
      const org = organisationOf(instance);
      if (org === undefined) return [];
      const code = (r.pause_code as string | null) ?? '';
      return [{ org, cause: `instance-paused/${instance}`, kind: 'instance-paused', code, instance, count: 1 }];
    }),
    ...disabled.rows.map(
      (r): Cause => ({
        org: r.org as string,
        cause: `webhook-disabled/${r.id}`,
        kind: 'webhook-disabled',
        code: r.disabled_by === 'gone' ? 'WEBHOOK_GONE' : 'WEBHOOK_FAILED',
        facts: { webhook: r.id as string, failures: Number(r.failures) },
        count: 1,
      }),
    ),
    ...drift.rows.map(
      (r): Cause => ({
        org: r.org as string,
        cause: `drift/${r.instance}/${r.place}`,
        kind: 'drift',
        code: '',
        instance: r.instance as string,
        facts: {
          place: r.place as string,
          what: (r.names as string[]).join(', '),
          sample: r.sample as string,
          seen: Number(r.seen),
        },
        count: Number(r.n),
      }),
    ),
    ...ending.rows.map((r): Cause => {
      const kind = r.kind as string;
      const code =
        kind !== 'certificate' ? 'POWER_EXPIRES' : r.warned === 0 ? 'CERTIFICATE_EXPIRED' : 'CERTIFICATE_EXPIRES';
      return {
        org: r.org as string,
        cause: `certificate/${kind}/${r.name}`,
        kind: 'certificate',
        code,
        facts: { kind, name: r.name as string, endsOn: (r.ends_at as Date).toISOString().slice(0, 10) },
        count: 1,
      };
    }),
    ...items.rows.map(flowCause),
    ...feeds.rows.map(
      (r): Cause => ({
        org: r.org as string,
        cause: `flow-feed/${r.name}`,
        kind: 'flow',
        code: 'FLOW_FEED_FAILED',
        facts: { flow: r.name as string, error: (r.error as string | null) ?? '' },
        count: 1,
      }),
    ),
  ];
}

function quarantined(rows: readonly Record<string, unknown>[]): Cause[] {
  const byEntity = new Map<string, Record<string, unknown>[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.org, row.instance, row.entity]);
    byEntity.set(key, [...(byEntity.get(key) ?? []), row]);
  }
  return [...byEntity.values()].flatMap((group): Cause[] => {
    const [first] = group;
    if (!first) return [];
    const common = {
      org: first.org as string,
      kind: 'quarantine' as const,
      code: 'MAPPING_VALUE',
      instance: first.instance as string,
      entity: first.entity as string,
    };
    const sum = group.reduce((n, r) => n + Number(r.n), 0);
    if (group.length > MOST_REASONS)
      return [
        {
          ...common,
          cause: `quarantine/${first.instance}/${first.entity}`,
          facts: { reasons: group.length },
          count: sum,
        },
      ];
    return group.map((r) => ({
      ...common,
      cause: `quarantine/${r.instance}/${r.entity}/${shortHash(r.hash as string)}`,
      facts: {
        reason: r.reason as string,
        hash: r.hash as string,
        ...(r.field ? { field: r.field as string } : {}),
        ...(r.mapping ? { mapping: r.mapping as string } : {}),
      },
      count: Number(r.n),
    }));
  });
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Marks the quarantined records of a task as left alone by a person. */
export async function leaveQuarantined(
  db: Database,
  o: { org: string; instance: string; entity: string; hash?: string; before: Date; now: Date },
): Promise<number> {
  const { count } = await db.query(
    `update quarantine set noted_at = $6 where org = $1 and instance = $2 and entity = $3 and noted_at is null and first_at <= $5
       and ($4::text is null or md5(${REASON}) = $4)`,
    [o.org, o.instance, o.entity, o.hash ?? null, o.before, o.now],
  );
  return count;
}
