import type { Database } from '../storage/port.ts';
import { removeOrphanChunks } from '../storage/repositories/files.ts';
import { emptyContents, OVER } from './erasure/contents.ts';
import { HOURS_KEPT_MS, MINUTES_KEPT_MS } from './stats/read.ts';
import { UPLOADS_KEPT_MS } from './uploads.ts';

export interface RetentionSettings {
  operationsDays: number;
  eventsDays: number;
  idempotencyDays: number;
  /** Personal data of messages by purpose. */
  contentDays?: Readonly<Partial<Record<string, number | undefined>>>;
  trafficDays?: number;
  quarantineDays?: number;
}

const DAY_MS = 24 * 3_600_000;
/** Longer than any stretch of days that a limit counts over. */
const LONGEST_WINDOW_DAYS = 60;
/** Rows of one statement, so that nobody waits behind a long delete. */
const CHUNK = 5_000;
/** Operations emptied by one transaction. */
const CONTENTS = 500;

/** Deletes what has outlived its purpose; the only place where journal rows disappear. Returns rows by table. */
export async function applyRetention(
  db: Database,
  settings: RetentionSettings,
  now: Date,
): Promise<Record<string, number>> {
  const before = (days: number): Date => new Date(now.getTime() - days * DAY_MS);
  const old = before(settings.operationsDays);
  const final = `select org, id from operation where finished_at < $1 and status in ('succeeded', 'failed', 'cancelled') limit ${CHUNK}`;
  const removed: Record<string, number> = {};
  const sweep = async (table: string, sql: string, at: Date): Promise<void> => {
    for (;;) {
      const { count } = await db.query(sql, [at]);
      removed[table] = (removed[table] ?? 0) + count;
      if (count < CHUNK) return;
    }
  };
  // What belongs to an operation goes first.
  for (const table of ['attempt', 'tracking', 'upstream_claim', 'upstream_ref'])
    await sweep(
      table,
      `delete from ${table} t using (select o.org, o.id from operation o where o.finished_at < $1 and o.status in ('succeeded', 'failed', 'cancelled') and exists (select 1 from ${table} x where x.org = o.org and x.operation = o.id) limit ${CHUNK}) f where t.org = f.org and t.operation = f.id`,
      old,
    );
  await sweep(
    'exchange_element',
    `delete from exchange_element e using (select x.org, x.id from exchange x where x.finished_at < $1 and exists (select 1 from exchange_element n where n.org = x.org and n.exchange = x.id) limit ${CHUNK}) f where e.org = f.org and e.exchange = f.id`,
    old,
  );
  await sweep(
    'exchange',
    `delete from exchange x using (select org, id from exchange where finished_at < $1 limit ${CHUNK}) f where x.org = f.org and x.id = f.id`,
    old,
  );
  await sweep('operation', `delete from operation o using (${final}) f where o.org = f.org and o.id = f.id`, old);
  await sweep(
    'record',
    `delete from record r using (select org, id from record m where entity = 'Message' and changed_at < $1 and not exists (select 1 from operation o where o.org = m.org and o.id = m.id) limit ${CHUNK}) f where r.org = f.org and r.entity = 'Message' and r.id = f.id`,
    old,
  );
  await sweep(
    'event',
    `delete from event e using (select org, id from event where at < $1 and no is not null limit ${CHUNK}) f where e.org = f.org and e.id = f.id`,
    before(settings.eventsDays),
  );
  await sweep(
    'inbound',
    `delete from inbound i using (select org, instance, dedupe_key from inbound where received_at < $1 limit ${CHUNK}) f where i.org = f.org and i.instance = f.instance and i.dedupe_key = f.dedupe_key`,
    before(settings.eventsDays),
  );
  await sweep(
    'idempotency',
    `delete from idempotency i using (select org, client, kind, key from idempotency where created_at < $1 limit ${CHUNK}) f where i.org = f.org and i.client = f.client and i.kind = f.kind and i.key = f.key`,
    before(settings.idempotencyDays),
  );
  // Longer than any window of a limit, and with it the proof of when somebody was contacted goes with the operations.
  await sweep(
    'contact',
    `delete from contact c using (select org, operation from contact where day < ($1::timestamptz - interval '1 day')::date limit ${CHUNK}) f where c.org = f.org and c.operation = f.operation`,
    before(Math.max(settings.operationsDays, LONGEST_WINDOW_DAYS)),
  );
  await sweep(
    'contact_recipient',
    `delete from contact_recipient r using (select org, grp, recipient from contact_recipient where touched_at < $1 limit ${CHUNK}) f where r.org = f.org and r.grp = f.grp and r.recipient = f.recipient and r.touched_at < $1`,
    before(LONGEST_WINDOW_DAYS),
  );
  await sweep(
    'brake_counter',
    `delete from brake_counter b using (select org, kind, span, start from brake_counter where start < $1 limit ${CHUNK}) f where b.org = f.org and b.kind = f.kind and b.span = f.span and b.start = f.start`,
    before(LONGEST_WINDOW_DAYS),
  );
  await sweep(
    'approval',
    `delete from approval a using (select x.org, x.operation from approval x where x.decided_at < $1 and not exists (select 1 from operation o where o.org = x.org and o.id = x.operation) limit ${CHUNK}) f where a.org = f.org and a.operation = f.operation`,
    old,
  );
  for (const [purpose, days] of Object.entries(settings.contentDays ?? {}))
    if (days !== undefined)
      removed[`content.${purpose}`] =
        (removed[`content.${purpose}`] ?? 0) + (await emptyOld(db, purpose, before(days), now));
  if (settings.trafficDays !== undefined)
    await sweep(
      'traffic',
      `update attempt a set traffic = null from (select org, operation, no from attempt where ended_at < $1 and traffic is not null limit ${CHUNK}) f where a.org = f.org and a.operation = f.operation and a.no = f.no`,
      before(settings.trafficDays),
    );
  if (settings.quarantineDays !== undefined)
    await sweep(
      'quarantine',
      `delete from quarantine q using (select org, instance, entity, native_key from quarantine where last_at < $1 limit ${CHUNK}) f where q.org = f.org and q.instance = f.instance and q.entity = f.entity and q.native_key = f.native_key`,
      before(settings.quarantineDays),
    );
  await sweep(
    'task_mail',
    `delete from task_mail m using (select org, id from task_mail where created_at < $1 and due_at is null limit ${CHUNK}) f where m.org = f.org and m.id = f.id`,
    before(settings.eventsDays),
  );
  await sweep(
    'alert_notice',
    `delete from alert_notice m using (select org, id from alert_notice where created_at < $1 and due_at is null limit ${CHUNK}) f where m.org = f.org and m.id = f.id`,
    before(settings.eventsDays),
  );
  await sweep(
    'alert',
    `delete from alert a using (select org, name, target from alert where resolved_at < $1 and status = 'resolved' limit ${CHUNK}) f where a.org = f.org and a.name = f.name and a.target = f.target and a.status = 'resolved'`,
    before(settings.eventsDays),
  );
  await sweep(
    'drift',
    `delete from drift d using (select org, instance, place, kind, what from drift where last_at < $1 limit ${CHUNK}) f where d.org = f.org and d.instance = f.instance and d.place = f.place and d.kind = f.kind and d.what = f.what`,
    before(settings.eventsDays),
  );
  await sweep(
    'task',
    `delete from task t using (select org, id from task where updated_at < $1 and status <> 'open' and not is_pending limit ${CHUNK}) f where t.org = f.org and t.id = f.id`,
    old,
  );
  for (const [span, keptMs] of [
    ['minute', MINUTES_KEPT_MS],
    ['hour', HOURS_KEPT_MS],
  ] as const)
    await sweep(
      'operation_stat',
      `delete from operation_stat s using (select org, span, start, kind, instance, status from operation_stat where span = '${span}' and start < $1 limit ${CHUNK}) f
       where (s.org, s.span, s.start, s.kind, s.instance, s.status) = (f.org, f.span, f.start, f.kind, f.instance, f.status)`,
      new Date(now.getTime() - keptMs),
    );
  await sweep(
    'bulk_item',
    `delete from bulk_item i using (select x.org, x.job, x.operation from bulk_item x join bulk_job j on j.org = x.org and j.id = x.job where j.finished_at < $1 limit ${CHUNK}) f where i.org = f.org and i.job = f.job and i.operation = f.operation`,
    old,
  );
  await sweep(
    'bulk_job',
    `delete from bulk_job j using (select org, id from bulk_job where finished_at < $1 limit ${CHUNK}) f where j.org = f.org and j.id = f.id`,
    old,
  );
  await sweep(
    'upstream_file',
    `delete from upstream_file f using (select org, instance, key from upstream_file where noted_at <= $1 limit ${CHUNK}) o where f.org = o.org and f.instance = o.instance and f.key = o.key and f.noted_at <= $1`,
    new Date(now.getTime() - UPLOADS_KEPT_MS),
  );
  removed.file_chunk = await removeOrphanChunks(db, before(1));
  return removed;
}

/** Takes phone and text out of messages whose purpose has been served. Returns how many. */
async function emptyOld(db: Database, purpose: string, at: Date, now: Date): Promise<number> {
  let emptied = 0;
  for (;;) {
    const { rows } = await db.query<{ org: string; ids: string[] }>(
      `select org, array_agg(id) as ids from (
         select org, id from operation where kind = 'messages.send' and payload->>'purpose' = $1 and personal is not null
           and finished_at < $2 and status in ${OVER} limit ${CONTENTS}) o group by org`,
      [purpose, at],
    );
    for (const { org, ids } of rows)
      emptied += (await db.transact(emptyContents(org, ids, 'RETENTION', now))).at(-1)?.count ?? 0;
    if (rows.reduce((sum, r) => sum + r.ids.length, 0) < CONTENTS) return emptied;
  }
}
