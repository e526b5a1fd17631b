import type { TaskKind } from '../../canonical/task-kinds.ts';
import { PersonConfig } from '../../config/people.ts';
import type { Database } from '../../storage/port.ts';
import { testCipher } from '../../storage/testing/databases.ts';
import { operationGroups } from '../operation-causes.ts';
import { People } from '../people.ts';
import { Round } from '../round.ts';
import { type Task, taskOf } from '../task.ts';

export const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export interface BenchOptions {
  people?: readonly (Partial<PersonConfig> & { id: string })[];
  escalate?: { afterOverdueHours: number; to: string };
}

/** Empties what tasks are made of. */
export async function truncate(db: Database): Promise<void> {
  for (const table of [
    'task',
    'task_mail',
    'bulk_item',
    'bulk_job',
    'event',
    'operation',
    'sync_state',
    'instance_state',
    'webhook',
    'quarantine',
    'drift',
    'certificate_watch',
    'flow_item',
    'flow',
  ])
    await db.query(`delete from ${table}`);
}

export function peopleOf(people: BenchOptions['people'] = []): People {
  return new People({
    people: people.map((p) => PersonConfig.parse({ name: p.id, ...p })),
    timezone: () => 'Europe/Moscow',
  });
}

/** A round whose tasks are due an hour after they were opened, and a clock that can be moved. */
export function roundOn(db: Database, options: BenchOptions = {}) {
  const clock = { offset: 0, now: () => Date.now() + clock.offset };
  const people = peopleOf(options.people);
  const round = new Round({
    db,
    clock,
    random: Math.random,
    log,
    people,
    deadline: (_org: string, _kind: TaskKind, from: Date) => new Date(from.getTime() + 3_600_000),
    organisationOf: (instance) => (instance === 'sms-main' ? 'uk' : undefined),
    escalate: options.escalate,
    onChange: () => {},
  });
  const causes: Readonly<Record<string, { cause: string; on: string; off: string }>> = {
    held: {
      cause: 'uk removals/onec-main/Meter',
      on: `insert into sync_state (org, instance, entity, held, updated_at) values ('uk', 'onec-main', 'Meter', '{"wouldRemove":50,"of":100}', now()) on conflict do nothing`,
      off: `delete from sync_state`,
    },
    paused: {
      cause: 'uk instance-paused/sms-main',
      on: `insert into instance_state (instance, paused, paused_by, pause_code) values ('sms-main', true, 'hub', 'SMSC_CREDENTIALS') on conflict do nothing`,
      off: `delete from instance_state`,
    },
    webhook: {
      cause: 'uk webhook-disabled/0192f0c4-0000-7000-8000-000000000001',
      on: `insert into webhook (org, id, description, types, ordered, sealed, cursor, disabled_at, disabled_by, created_at, updated_at)
           values ('uk', '0192f0c4-0000-7000-8000-000000000001', '', '{}', false, '', 0, now(), 'failing', now(), now()) on conflict do nothing`,
      off: `delete from webhook`,
    },
    drift: {
      cause: 'uk drift/onec-main/Catalog_X',
      on: `insert into drift (org, instance, place, kind, what, sample, first_at, last_at) values ('uk', 'onec-main', 'Catalog_X', 'field', 'Новое', 'Edm.String', now(), now()) on conflict do nothing`,
      off: `delete from drift`,
    },
    'debt-inquiry': {
      cause: 'uk flow/debt-inquiries/0192f0c4-0000-7000-8000-000000000002',
      on: `insert into flow_item (org, flow, subject, task, reason, created_at, updated_at) values ('uk', 'debt-inquiries', '0192f0c4-0000-7000-8000-000000000002', 'debt-inquiry', 'DEBT_CASES_SEVERAL', now(), now()) on conflict do nothing`,
      off: `delete from flow_item`,
    },
    'debt-answer': {
      cause: 'uk flow/debt-inquiries/0192f0c4-0000-7000-8000-000000000003',
      on: `insert into flow_item (org, flow, subject, task, reason, created_at, updated_at) values ('uk', 'debt-inquiries', '0192f0c4-0000-7000-8000-000000000003', 'debt-answer', 'DEBT_PROPOSED', now(), now()) on conflict do nothing`,
      off: `delete from flow_item`,
    },
    flow: {
      cause: 'uk flow-feed/meter-readings',
      on: `insert into flow (org, name, cursor, failures, error, started_at, updated_at) values ('uk', 'meter-readings', 0, 5, 'FLOW_FEED_FAILED', now(), now()) on conflict do nothing`,
      off: `delete from flow`,
    },
    certificate: {
      cause: 'uk certificate/certificate/director',
      on: `insert into certificate_watch (org, kind, name, thumbprint, ends_at, warned, seen_at) values ('uk', 'certificate', 'director', 'ab', now(), 30, now()) on conflict do nothing`,
      off: `delete from certificate_watch`,
    },
    quarantine: {
      cause: 'uk quarantine/onec-main/Meter/',
      on: `insert into quarantine (org, instance, entity, native_key, reason, field, native_enc, first_at, last_at)
           values ('uk', 'onec-main', 'Meter', 'a', 'f: bad (value: 1)', 'f', '', now(), now()), ('uk', 'onec-main', 'Meter', 'b', 'f: bad (value: 2)', 'f', '', now(), now()) on conflict do nothing`,
      off: `delete from quarantine`,
    },
  };
  return {
    clock,
    people,
    round,
    tasks: async (): Promise<Task[]> =>
      (await db.query('select * from task order by created_at, id')).rows.map((r) => taskOf(r, testCipher)),
    mails: async (): Promise<string[]> =>
      (await db.query('select person, about from task_mail order by created_at, id')).rows.map(
        (r) => `${r.person} ${r.about}`,
      ),
    /** Makes a cause appear or vanish; returns what its task is called. */
    setCause: async (name: string, isThere: boolean): Promise<string> => {
      const known = causes[name];
      if (!known) throw new Error(name);
      await db.query(isThere ? known.on : known.off);
      return name === 'quarantine' ? `${known.cause}${QUARANTINE_HASH}` : known.cause;
    },
    /** Rows of operations that a look at the groups reads, as the planner's executor counts them. */
    rowsReadByGroups: async (): Promise<number> => {
      const asked: string[] = [];
      const ear = {
        query: async (text: string) => {
          asked.push(text);
          return { rows: [], count: 0 };
        },
      };
      await operationGroups(ear as never);
      const { rows } = await db.query(`explain (analyze, format json) ${asked[0]}`);
      return readRows(rows[0]?.['QUERY PLAN']);
    },
  };
}

/** First signs of the digest of the reason's digest, as the cause has them. */
const QUARANTINE_HASH = 'f7934aded0fef314';

function readRows(plan: unknown): number {
  if (Array.isArray(plan)) return plan.reduce((sum: number, part) => sum + readRows(part), 0);
  if (typeof plan !== 'object' || plan === null) return 0;
  const node = plan as Record<string, unknown>;
  const own =
    node['Relation Name'] === 'operation'
      ? (Number(node['Actual Rows']) + Number(node['Rows Removed by Filter'] ?? 0)) * Number(node['Actual Loops'])
      : 0;
  return (
    own + Object.values(node).reduce((sum: number, part) => sum + (typeof part === 'object' ? readRows(part) : 0), 0)
  );
}
