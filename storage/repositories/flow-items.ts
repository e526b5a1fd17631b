import type { Database, Row, Statement } from '../port.ts';

/** What a flow has to look at, or to keep in mind: a debt inquiry, a reading on its way. Holds no personal data. */
export interface FlowItem {
  org: string;
  flow: string;
  subject: string;
  state: string;
  refs: readonly string[];
  dueAt: Date | null;
  wakeNo: number;
  leaseNo: number;
  tries: number;
  /** Kind of task that a person has with it. */
  task: string | null;
  /** Code of why. */
  reason: string;
  facts: Readonly<Record<string, string | number>>;
  data: Readonly<Record<string, unknown>>;
  answer: string | null;
  answeredBy: string | null;
  operation: string | null;
  term: Date | null;
  riskAt: Date | null;
}

/** What a look at an item has led to; what is absent stays. */
export type FlowItemChange = Partial<
  Pick<
    FlowItem,
    'state' | 'refs' | 'dueAt' | 'task' | 'reason' | 'facts' | 'data' | 'answer' | 'operation' | 'term' | 'riskAt'
  >
>;

export function flowItemOf(r: Row): FlowItem {
  return {
    org: r.org as string,
    flow: r.flow as string,
    subject: r.subject as string,
    state: r.state as string,
    refs: r.refs as string[],
    dueAt: r.due_at as Date | null,
    wakeNo: Number(r.wake_no),
    leaseNo: Number(r.lease_no),
    tries: r.tries as number,
    task: r.task as string | null,
    reason: r.reason as string,
    facts: r.facts as FlowItem['facts'],
    data: r.data as Record<string, unknown>,
    answer: r.answer as string | null,
    answeredBy: r.answered_by as string | null,
    operation: r.operation as string | null,
    term: r.term as Date | null,
    riskAt: r.risk_at as Date | null,
  };
}

/** Something happened to these: they are looked at now, and again if they are being looked at already. */
export function wakeStatement(org: string, flow: string, subjects: readonly string[], now: Date): Statement {
  return {
    sql: `insert into flow_item (org, flow, subject, due_at, created_at, updated_at)
          select distinct $1::text, $2::text, s, $4::timestamptz, $4::timestamptz, $4::timestamptz from unnest($3::uuid[]) as u(s)
          on conflict (org, flow, subject) do update set due_at = excluded.due_at, wake_no = flow_item.wake_no + 1, updated_at = excluded.updated_at`,
    params: [org, flow, subjects, now],
  };
}

/** The same for all records of an entity that are there: after a first load, which is one event, and at a flow's own start. */
export function wakeAllStatement(org: string, flow: string, entity: string, where: string, now: Date): Statement {
  return {
    sql: `insert into flow_item (org, flow, subject, due_at, created_at, updated_at)
          select org, $2::text, id, $4::timestamptz, $4::timestamptz, $4::timestamptz from record where org = $1 and entity = $3 and deleted_at is null and (${where})
          on conflict (org, flow, subject) do update set due_at = excluded.due_at, wake_no = flow_item.wake_no + 1, updated_at = excluded.updated_at`,
    params: [org, flow, entity, now],
  };
}

/** Wakes what is concerned by one of these things. */
export function wakeConcernedStatement(org: string, flow: string, refs: readonly string[], now: Date): Statement {
  return {
    sql: `update flow_item set due_at = $4, wake_no = wake_no + 1, updated_at = $4 where org = $1 and flow = $2 and refs && $3::uuid[]`,
    params: [org, flow, refs, now],
  };
}

/** Takes what is due for a while; of several processes one gets it, and a lease that has run out is taken over. */
export async function leaseItems(
  db: Database,
  flows: readonly string[],
  now: Date,
  leaseMs: number,
  limit: number,
): Promise<FlowItem[]> {
  const { rows } = await db.query(
    `update flow_item i set lease_no = i.lease_no + 1, lease_until = $3
     from (select x.org, x.flow, x.subject from flow_item x where x.due_at <= $2 and x.flow = any($1::text[]) and (x.lease_until is null or x.lease_until <= $2)
           order by x.due_at limit $4 for update skip locked) d
     where i.org = d.org and i.flow = d.flow and i.subject = d.subject returning i.*`,
    [flows, now, new Date(now.getTime() + leaseMs), limit],
  );
  return rows.map(flowItemOf);
}

const OWN = 'org = $1 and flow = $2 and subject = $3 and lease_no = $4';

/** Writes what was decided and gives the item back. Expects (`lease`) that nobody has taken it over. */
export function saveStatement(item: FlowItem, change: FlowItemChange, now: Date): Statement {
  const next = { ...item, answer: null, ...change };
  return {
    sql: `update flow_item set state = $5, refs = $6::uuid[], due_at = case when wake_no = $7 then $8::timestamptz else $9 end, task = $10, reason = $11, facts = $12::jsonb, data = $13::jsonb,
            answer = case when answer is not distinct from $14 then $15::text else answer end, operation = $16, term = $17, risk_at = $18, tries = 0, failing_since = null, lease_until = null, updated_at = $9
          where ${OWN}`,
    params: [
      item.org,
      item.flow,
      item.subject,
      item.leaseNo,
      next.state,
      next.refs,
      item.wakeNo,
      next.dueAt,
      now,
      next.task,
      next.reason,
      JSON.stringify(next.facts),
      JSON.stringify(next.data),
      item.answer,
      next.answer,
      next.operation,
      next.term,
      next.riskAt,
    ],
    expect: { rows: 1, name: 'lease' },
  };
}

/** Forgets an item, unless something has happened to it meanwhile. Expects (`lease`) as {@link saveStatement} does. */
export function forgetStatement(item: FlowItem, now: Date): Statement {
  return {
    sql: `with gone as (delete from flow_item where ${OWN} and wake_no = $5 returning 1),
               kept as (update flow_item set due_at = $6, lease_until = null where ${OWN} and wake_no <> $5 returning 1)
          select 1 from gone union all select 1 from kept`,
    params: [item.org, item.flow, item.subject, item.leaseNo, item.wakeNo, now],
    expect: { rows: 1, name: 'lease' },
  };
}

/** A look has failed: it is looked at again later, and from some failures on a person sees it. */
export function failStatement(
  item: FlowItem,
  failure: { code: string; retryAt: Date; task: string | null; facts: FlowItem['facts'] },
  now: Date,
): Statement {
  return {
    sql: `update flow_item set tries = tries + 1, failing_since = coalesce(failing_since, $5), due_at = $6, lease_until = null, updated_at = $5,
            task = coalesce($7, task), reason = case when $7::text is null then reason else $8 end, facts = case when $7::text is null then facts else $9::jsonb end
          where ${OWN}`,
    params: [
      item.org,
      item.flow,
      item.subject,
      item.leaseNo,
      now,
      failure.retryAt,
      failure.task,
      failure.code,
      JSON.stringify(failure.facts),
    ],
  };
}

/** A person has answered the task; the flow carries it out. Returns whether the item was there and had that task. */
export async function answerItem(
  db: Database,
  of: { org: string; flow: string; subject: string; task: string },
  answer: { id: string; by: string },
  now: Date,
): Promise<boolean> {
  const { count } = await db.query(
    `update flow_item set answer = $5, answered_by = $6, task = null, due_at = $7, wake_no = wake_no + 1, updated_at = $7
     where org = $1 and flow = $2 and subject = $3 and task = $4`,
    [of.org, of.flow, of.subject, of.task, answer.id, answer.by, now],
  );
  return count > 0;
}

export async function findItem(
  db: Database,
  org: string,
  flow: string,
  subject: string,
): Promise<FlowItem | undefined> {
  const { rows } = await db.query('select * from flow_item where org = $1 and flow = $2 and subject = $3', [
    org,
    flow,
    subject,
  ]);
  return rows[0] && flowItemOf(rows[0]);
}
