import { Cron } from 'croner';
import type { Clock, Logger } from '../connectors/port.ts';
import type { Breakers } from '../queues/breakers.ts';
import type { Instances } from '../queues/instances.ts';
import type { Role } from '../queues/membership.ts';
import type { Database } from '../storage/port.ts';
import { readCanaries } from './canary-record.ts';

/** What is planned for one connector: when the hub means to pull it. */
export interface PullPlan {
  organisation: string;
  connector: string;
  entities: readonly string[];
  /** Cron expressions of five fields. */
  crons: readonly string[];
  timezone: string;
}

export interface Certificate {
  /** What it is for, e.g. `server`, or the name that requests know it by. */
  certificate: string;
  /** Whose; absent for those of the hub itself. */
  organisation?: string;
  notAfter: Date;
}

/** How the whole hub stands, as the store and the state that all processes share tell it. */
export interface Figures {
  operations: readonly { organisation: string; kind: string; status: string; count: number }[];
  approvals: readonly { organisation: string; kind: string; count: number }[];
  tasks: readonly { organisation: string; kind: string; open: number; overdue: number }[];
  connectors: readonly {
    organisation: string;
    connector: string;
    /** Age of the oldest operation that is due and that nobody works on, seconds. */
    lagSeconds: number;
    breakerOpen: boolean;
    pausedBy: 'hub' | 'person' | null;
    /** Unknown things that an upstream has said and nobody has looked at. */
    drift: number;
    /** Outcome of the daily look; undefined before the first. */
    canary: { ok: boolean; at: Date } | undefined;
  }[];
  pulls: readonly {
    organisation: string;
    connector: string;
    entity: string;
    /** Since the end of the last good pull; undefined before the first. */
    lagSeconds: number | undefined;
    /** Since the first planned pull that has not led to a good one; 0 when none is missing. */
    overdueSeconds: number;
    failed: boolean;
  }[];
  quarantine: readonly { organisation: string; connector: string; entity: string; count: number }[];
  flows: readonly {
    organisation: string;
    flow: string;
    /** Age of the oldest published event that it has not taken, seconds. */
    lagSeconds: number;
    /** Things that it could not go on with, and tries again. */
    failing: number;
  }[];
  debtInquiries: readonly {
    organisation: string;
    /** Without an answer. */
    open: number;
    /** Of those, with a term that ends soon. */
    atRisk: number;
    /** Of those, with a term that has passed within the last days. */
    late: number;
  }[];
  processes: Readonly<Record<Role, number>>;
  /** Everything, of all organisations. */
  paused: boolean;
  certificates: readonly Certificate[];
  /** Notices about alerts that wait too long or were given up. */
  noticesOverdue: number;
}

export interface FigureOptions {
  db: Database;
  clock: Clock;
  log: Logger;
  instances: Instances;
  breakers: Breakers;
  organisations: readonly string[];
  pulls: readonly PullPlan[];
  certificates(): readonly Certificate[];
}

/** A figure is no older than this; asking costs a pass over the operations that are not final. Milliseconds. */
const FRESH_MS = 5_000;
/** And no more than this share of the time of the store is taken: a reading that took 200 ms is kept for at least 4 s. */
const SHARE = 20;
/** Silence after which a process counts as gone; queues/membership.ts has the same. Seconds. */
const GONE_S = 10;
const NOTICE_LATE_MS = 15 * 60_000;
const DAY_MS = 24 * 3_600_000;
const living = `('accepted', 'running', 'waiting', 'retrying', 'uncertain', 'dead')`;

const FLOWS = `
  select f.org, f.name, (select e.at from event e where e.org = f.org and e.no > f.cursor order by e.no limit 1) as oldest,
    (select count(*) from flow_item i where i.org = f.org and i.flow = f.name and i.tries > 0) as failing
  from flow f where f.updated_at <= $1`;
/** One that nobody has answered stands as late for a week; then it is history. */
const DEBT_INQUIRIES = `
  select org, count(*) filter (where term > $1) as open, count(*) filter (where term > $1 and risk_at <= $1) as at_risk,
    count(*) filter (where term <= $1 and term > $1::timestamptz - interval '7 days') as late
  from flow_item where flow = 'debt-inquiries' and state in ('new', 'person', 'answering', 'refused', 'left') group by 1`;

/** The figures of the whole hub, read from the store when somebody asks and the last reading is too old. */
export class FigureBook {
  readonly #o: FigureOptions;
  readonly #startedAt: Date;
  readonly #plans: readonly (Omit<PullPlan, 'crons'> & { crons: readonly Cron[] })[];
  #last: { figures: Figures; until: number } | undefined;
  #reading: Promise<Figures> | undefined;

  constructor(options: FigureOptions) {
    this.#o = options;
    this.#startedAt = new Date(options.clock.now());
    this.#plans = options.pulls.map((plan) => ({
      ...plan,
      crons: plan.crons.map((cron) => new Cron(cron, { timezone: plan.timezone, paused: true, mode: '5-part' })),
    }));
  }

  /** Callers at the same time share one reading. @throws StoreInDoubt and the like */
  read(): Promise<Figures> {
    if (this.#last && performance.now() < this.#last.until) return Promise.resolve(this.#last.figures);
    this.#reading ??= this.#readNow().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readNow(): Promise<Figures> {
    const began = performance.now();
    const figures = await this.#ask();
    const ended = performance.now();
    this.#last = { figures, until: ended + Math.max(FRESH_MS, (ended - began) * SHARE) };
    return figures;
  }

  async #ask(): Promise<Figures> {
    const { db, clock, instances, breakers, organisations } = this.#o;
    const now = new Date(clock.now());
    const [
      operations,
      approvals,
      lags,
      tasks,
      pulls,
      quarantine,
      drift,
      canaries,
      flows,
      inquiries,
      processes,
      notices,
      endings,
    ] = await Promise.all([
      db.query(
        `select org, kind, status, count(*) as n from operation where org = any($1::text[]) and status in ${living} group by 1, 2, 3`,
        [organisations],
      ),
      db.query(
        `select org, kind, count(*) as n from operation where waiting_for = 'approval' and status = 'waiting' group by 1, 2`,
      ),
      db.query<{ instance: string; at: Date }>(
        `select instance, min(due_at) as at from operation where due_at <= $1 and (lease_until is null or lease_until <= $1) group by 1`,
        [now],
      ),
      db.query(
        `select org, kind, count(*) as n, count(*) filter (where deadline <= $1) as late from task where status = 'open' group by 1, 2`,
        [now],
      ),
      db.query('select org, instance, entity, delta_at, error is not null as failed from sync_state'),
      db.query('select org, instance, entity, count(*) as n from quarantine where noted_at is null group by 1, 2, 3'),
      db.query<{ instance: string; n: number }>(
        'select instance, count(*) as n from drift where known_at is null group by 1',
      ),
      readCanaries(db),
      db.query(FLOWS, [now]),
      db.query(DEBT_INQUIRIES, [now]),
      db.kind === 'postgres'
        ? db.query<{ role: Role; n: number }>(
            'select role, count(*) as n from process where beat_at > now() - make_interval(secs => $1) group by 1',
            [GONE_S],
          )
        : { rows: [{ role: 'all' as Role, n: 1 }] },
      db.query<{ n: number }>(
        'select count(*) as n from alert_notice where sent_at is null and created_at > $1 and ((due_at is not null and created_at <= $2) or (due_at is null and error is not null))',
        [new Date(now.getTime() - DAY_MS), new Date(now.getTime() - NOTICE_LATE_MS)],
      ),
      db.query('select org, kind, name, ends_at from certificate_watch where org = any($1::text[])', [organisations]),
    ]);
    const oldest = new Map(lags.rows.map((r) => [r.instance, r.at]));
    const drifted = new Map(drift.rows.map((r) => [r.instance, Number(r.n)]));
    const counted = (rows: readonly Record<string, unknown>[]) =>
      rows.map((r) => ({ organisation: r.org as string, kind: r.kind as string, count: Number(r.n) }));
    return {
      operations: operations.rows.map((r) => ({
        organisation: r.org as string,
        kind: r.kind as string,
        status: r.status as string,
        count: Number(r.n),
      })),
      approvals: counted(approvals.rows),
      tasks: tasks.rows.map((r) => ({
        organisation: r.org as string,
        kind: r.kind as string,
        open: Number(r.n),
        overdue: Number(r.late),
      })),
      connectors: instances.all().map(({ name, organisation }) => {
        const at = oldest.get(name);
        const own = instances.pauseState(name);
        return {
          organisation,
          connector: name,
          lagSeconds: at ? Math.max(0, (now.getTime() - at.getTime()) / 1000) : 0,
          breakerOpen: breakers.state(name) !== 'closed',
          pausedBy: !instances.isPaused(name) ? null : own.paused && own.by !== 'operator' ? 'hub' : 'person',
          drift: drifted.get(name) ?? 0,
          canary: canaries.get(name),
        };
      }),
      pulls: this.#pulls(pulls.rows, now),
      quarantine: quarantine.rows.map((r) => ({
        organisation: r.org as string,
        connector: r.instance as string,
        entity: r.entity as string,
        count: Number(r.n),
      })),
      flows: flows.rows.map((r) => ({
        organisation: r.org as string,
        flow: r.name as string,
        lagSeconds: r.oldest ? Math.max(0, (now.getTime() - (r.oldest as Date).getTime()) / 1000) : 0,
        failing: Number(r.failing),
      })),
      debtInquiries: inquiries.rows.map((r) => ({
        organisation: r.org as string,
        open: Number(r.open),
        atRisk: Number(r.at_risk),
        late: Number(r.late),
      })),
      processes: {
        api: 0,
        worker: 0,
        all: 0,
        ...Object.fromEntries(processes.rows.map((r) => [r.role, Number(r.n)])),
      },
      paused: instances.pausedAll().paused,
      certificates: [
        ...this.#o.certificates(),
        ...endings.rows.map((r) => ({
          certificate: r.kind === 'certificate' ? (r.name as string) : `${r.kind}:${r.name}`,
          organisation: r.org as string,
          notAfter: r.ends_at as Date,
        })),
      ],
      noticesOverdue: Number(notices.rows[0]?.n ?? 0),
    };
  }

  /** Only of what is pulled by the clock: nothing can be late that nobody has planned. */
  #pulls(rows: readonly Record<string, unknown>[], now: Date): Figures['pulls'] {
    const known = new Map(rows.map((r) => [JSON.stringify([r.instance, r.entity]), r]));
    return this.#plans.flatMap(({ organisation, connector, entities, crons }) =>
      entities.map((entity) => {
        const row = known.get(JSON.stringify([connector, entity]));
        const good = (row?.delta_at ?? null) as Date | null;
        const next = crons
          .flatMap((cron) => cron.nextRun(good ?? this.#startedAt) ?? [])
          .reduce((first: Date | undefined, at) => (first && first <= at ? first : at), undefined);
        return {
          organisation,
          connector,
          entity,
          lagSeconds: good ? Math.max(0, (now.getTime() - good.getTime()) / 1000) : undefined,
          overdueSeconds: next ? Math.max(0, (now.getTime() - next.getTime()) / 1000) : 0,
          failed: row?.failed === true,
        };
      }),
    );
  }
}
