import { Cron } from 'croner';
import { isHubError } from '../canonical/errors.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import type { Database } from '../storage/port.ts';

export interface Schedule {
  name: string;
  /** Five fields. */
  cron: string;
  timezone: string;
  run(): Promise<void>;
}

/**
 * Fires by the calendar. The last firing is stored: after a stop the missed ones are made up for once, and of several
 * processes only the one that moves the row fires.
 */
export class Schedules {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #list: { schedule: Schedule; cron: Cron }[];
  readonly #running = new Set<string>();

  /** @throws Error naming the schedule whose expression can't be read */
  constructor(options: { db: Database; clock: Clock; log: Logger; schedules: readonly Schedule[] }) {
    this.#db = options.db;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#list = options.schedules.map((schedule) => ({ schedule, cron: parseCron(schedule) }));
  }

  /** What is planned, with the last firing and the next. */
  async list(): Promise<{ name: string; cron: string; timezone: string; lastAt: Date | null; nextAt: Date | null }[]> {
    const { rows } = await this.#db.query<{ name: string; last_at: Date | null; next_at: Date | null }>(
      'select name, last_at, next_at from schedule',
    );
    const known = new Map(rows.map((r) => [r.name, r]));
    return this.#list.map(({ schedule: { name, cron, timezone } }) => {
      const row = known.get(name);
      return { name, cron, timezone, lastAt: row?.last_at ?? null, nextAt: row?.next_at ?? null };
    });
  }

  /** Starts what is due; call it every second or so. Resolves when the due ones have begun. */
  async tick(): Promise<void> {
    const now = new Date(this.#clock.now());
    for (const { schedule, cron } of this.#list) {
      if (this.#running.has(schedule.name)) continue;
      const next = cron.nextRun(now);
      const { rows } = await this.#db.query<{ next_at: Date | null }>('select next_at from schedule where name = $1', [
        schedule.name,
      ]);
      const planned = rows[0]?.next_at;
      if (planned && planned > now) {
        // A changed expression may come sooner than what was planned by the old one.
        if (next && next < planned)
          await this.#db.query('update schedule set next_at = $2 where name = $1', [schedule.name, next]);
        continue;
      }
      const { count } = await this.#db.query(
        `insert into schedule (name, last_at, next_at) values ($1, null, $2)
         on conflict (name) do update set last_at = $3, next_at = $2 where schedule.next_at is not distinct from $4`,
        [schedule.name, next, now, planned ?? null],
      );
      if (count === 1 && planned) this.#fire(schedule);
    }
  }

  #fire(schedule: Schedule): void {
    this.#running.add(schedule.name);
    schedule
      .run()
      .catch((error: unknown) => {
        // A hub that stops interrupts what runs; it goes on after the next start.
        if (isHubError(error) && error.code === 'SYNC_STOPPED') return;
        this.#log.error('a scheduled run failed', { schedule: schedule.name, error });
      })
      .finally(() => this.#running.delete(schedule.name));
  }
}

function parseCron({ name, cron, timezone }: Schedule): Cron {
  try {
    return new Cron(cron, { timezone, paused: true, mode: '5-part' });
  } catch (error) {
    throw new Error(
      `The schedule '${name}' has an expression that can't be read: ${error instanceof Error ? error.message : ''}`,
      { cause: error },
    );
  }
}
