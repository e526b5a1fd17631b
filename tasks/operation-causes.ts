import type { Database, SqlValue } from '../storage/port.ts';

/** Why operations need a person; the first four kinds of tasks are named so. */
export type OperationClass = 'approval' | 'uncertain' | 'operator' | 'dead' | 'failed';

/** Operations that need a person for the same reason. */
export interface OperationGroup {
  org: string;
  class: OperationClass;
  kind: string;
  instance: string;
  /** Code of the hub, and after a colon the upstream's. */
  code: string;
  /** The first ones by id, {@link SAMPLE} at most. */
  sample: readonly { id: string; subject: string | null }[];
}

/** So many operations of a group are named; a group of so many is counted by a query of its own. */
export const SAMPLE = 21;
/** Groups that one round looks at; what lies beyond comes when these are done. */
export const MOST_GROUPS = 1_000;

// The expressions of the index operation_person (migration 0009): written alike, so that the planner takes it.
const CLASS = `(case when status in ('dead', 'failed') then status when waiting_for = 'approval' then 'approval' when status = 'uncertain' then 'uncertain' else 'operator' end)`;
const CODE = `(left(coalesce(error->>'code', '') || coalesce(':' || (error->'upstream'->>'code'), ''), 120))`;
const NEEDS_PERSON = `((waiting_for in ('operator', 'approval') and status in ('waiting', 'uncertain', 'running'))
    or (status in ('dead', 'failed') and noted_at is null and not (status = 'failed' and kind in ('webhooks.deliver', 'webhooks.deliver-in-order'))))`;
const KEY = `org, ${CLASS}, kind, instance, ${CODE}`;

/** Walks from group to group by the index, so that a million operations of one group cost one step. */
const GROUPS = `
  with recursive g as (
    (select org, ${CLASS} as class, kind, instance, ${CODE} as code from operation where ${NEEDS_PERSON} order by ${KEY} limit 1)
    union all
    select n.* from g cross join lateral (
      select org, ${CLASS} as class, kind, instance, ${CODE} as code from operation
      where ${NEEDS_PERSON} and (${KEY}) > (g.org, g.class, g.kind, g.instance, g.code) order by ${KEY} limit 1) n
  )
  select g.*, s.sample from (select * from g limit ${MOST_GROUPS}) g cross join lateral (
    select jsonb_agg(jsonb_build_object('id', o.id, 'subject', o.subject) order by o.id) as sample from (
      select id, subject from operation where ${NEEDS_PERSON} and org = g.org and ${CLASS} = g.class and kind = g.kind and instance = g.instance and ${CODE} = g.code
      order by id limit ${SAMPLE}) o) s
  where s.sample is not null`;

/** Of one group: org, class, kind, instance, code are five parameters, the first of them this one. */
const ofGroup = (first: number): string =>
  `${NEEDS_PERSON} and org = $${first} and ${CLASS} = $${first + 1} and kind = $${first + 2} and instance = $${first + 3} and ${CODE} = $${first + 4}`;

export async function operationGroups(db: Database): Promise<OperationGroup[]> {
  const { rows } = await db.query(GROUPS);
  return rows.map((r) => ({
    org: r.org as string,
    class: r.class as OperationClass,
    kind: r.kind as string,
    instance: r.instance as string,
    code: r.code as string,
    sample: r.sample as OperationGroup['sample'],
  }));
}

export type GroupKey = Pick<OperationGroup, 'org' | 'class' | 'kind' | 'instance' | 'code'>;

function keyParams({ org, class: what, kind, instance, code }: GroupKey): SqlValue[] {
  return [org, what, kind, instance, code];
}

export async function countGroup(db: Database, key: GroupKey): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*) as n from operation where ${ofGroup(1)}`,
    keyParams(key),
  );
  return Number(rows[0]?.n ?? 0);
}

/**
 * What of a group an answer still has to be carried out for: what needed a person already when it was given, after an
 * operation by id. Those that are tried again by themselves meanwhile change, so the moment of their acceptance counts.
 *
 * @returns a condition on `operation`, with parameters numbered from `first`
 */
export function restOfGroup(
  key: GroupKey,
  answeredAt: Date,
  after: string | null,
  first: number,
): { where: string; params: SqlValue[] } {
  const changedAt = key.class === 'operator' ? 'accepted_at' : 'updated_at';
  const at = (n: number): string => `$${first + n}`;
  return {
    where: `${ofGroup(first)} and ${changedAt} <= ${at(5)}::timestamptz and (${at(6)}::uuid is null or id > ${at(6)}::uuid)`,
    params: [...keyParams(key), answeredAt, after],
  };
}

/** Whether an operation needs a person for this reason still. */
export async function stillNeeds(db: Database, org: string, id: string, what: OperationClass): Promise<boolean> {
  const { count } = await db.query(
    `select 1 from operation where org = $1 and id = $2 and ${NEEDS_PERSON} and ${CLASS} = $3`,
    [org, id, what],
  );
  return count > 0;
}
