import { uuidv7 } from '../../canonical/values/uuid.ts';
import type { Database, Statement } from '../../storage/port.ts';

/** Something that an organisation signs by and that ends one day. */
export interface Ending {
  org: string;
  kind: 'certificate' | 'power-of-attorney';
  /** What requests call it. */
  name: string;
  /** What makes it another one under the same name: the thumbprint of a certificate, the number of a power of attorney. */
  thumbprint: string;
  /** Epoch milliseconds. */
  endsAt: number;
}

/** What there is, and the names that could not be looked at just now. */
export interface Inventory {
  endings: readonly Ending[];
  unreadable: readonly { org: string; kind: Ending['kind']; name: string; error: unknown }[];
}

export interface ExpiryWatchOptions {
  db: Database;
  clock: { now(): number };
  random(): number;
  log: { warn(message: string, fields?: Readonly<Record<string, unknown>>): void };
  organisations: readonly string[];
  /** Days before an end on which somebody is told. */
  warnDays: readonly number[];
  inventory(org: string): Promise<Inventory>;
  /** Events were written. */
  onChange(): void;
}

const DAY_MS = 86_400_000;
/** Days of the warning that something is over. */
const OVER = 0;
/** How often it is looked, by each process. */
const LOOK_EVERY_MS = 5 * 60_000;

/**
 * Looks at what the organisations sign by and warns before it ends: an event for each threshold, once for each certificate,
 * whatever process looks and however often it restarts. Tasks and figures are made of what it writes down.
 */
export class ExpiryWatch {
  readonly #o: ExpiryWatchOptions;
  #lookAt = Number.NEGATIVE_INFINITY;
  #complained = new Set<string>();

  constructor(options: ExpiryWatchOptions) {
    this.#o = options;
  }

  /** The next beat looks at once: something was imported or removed. */
  ask(): void {
    this.#lookAt = Number.NEGATIVE_INFINITY;
  }

  /** For a loop that comes often. */
  async beat(): Promise<void> {
    const now = this.#o.clock.now();
    if (now < this.#lookAt) return;
    this.#lookAt = now + LOOK_EVERY_MS;
    try {
      await this.look();
    } catch (error) {
      this.ask();
      throw error;
    }
  }

  /** @returns how many warnings were given */
  async look(): Promise<number> {
    const { db, clock, log, organisations, inventory, onChange } = this.#o;
    let given = 0;
    for (const org of organisations) {
      const { endings, unreadable } = await inventory(org);
      for (const { name, error } of unreadable) {
        const key = `${org}/${name}`;
        if (!this.#complained.has(key))
          log.warn('a certificate of hub.yaml can not be read', { organisation: org, certificate: name, error });
        this.#complained.add(key);
      }
      const now = clock.now();
      const [, , warnings] = await db.transact([
        this.#keep(endings, now),
        forget(org, [...endings, ...unreadable]),
        this.#warn(endings, now),
      ]);
      given += warnings?.count ?? 0;
    }
    if (given > 0) onChange();
    return given;
  }

  /** The least threshold that is reached; undefined before the first. */
  #reached({ endsAt }: Ending, now: number): number | undefined {
    if (endsAt <= now) return OVER;
    const reached = this.#o.warnDays.filter((days) => endsAt - now <= days * DAY_MS);
    return reached.length > 0 ? Math.min(...reached) : undefined;
  }

  #keep(endings: readonly Ending[], now: number): Statement {
    return {
      sql: `insert into certificate_watch as w (org, kind, name, thumbprint, ends_at, warned, seen_at)
            select u.*, $7::timestamptz from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::int[]) u
            on conflict (org, kind, name) do update set thumbprint = excluded.thumbprint, ends_at = excluded.ends_at,
              warned = excluded.warned, seen_at = excluded.seen_at,
              noted = case when w.thumbprint = excluded.thumbprint then w.noted end`,
      params: [
        endings.map((e) => e.org),
        endings.map((e) => e.kind),
        endings.map((e) => e.name),
        endings.map((e) => e.thumbprint),
        endings.map((e) => new Date(e.endsAt)),
        endings.map((e) => this.#reached(e, now) ?? null),
        new Date(now),
      ],
    };
  }

  #warn(endings: readonly Ending[], now: number): Statement {
    const due = endings.flatMap((e) => {
      const days = this.#reached(e, now);
      return days === undefined ? [] : [{ ...e, days }];
    });
    return {
      sql: `with due as (
              select * from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::uuid[], $6::text[], $7::jsonb[])
                u (org, name, thumbprint, days, event, type, data)
            ), given as (
              insert into certificate_notice (org, name, thumbprint, days, given_at)
              select org, name, thumbprint, days, $8::timestamptz from due on conflict do nothing returning org, name, thumbprint, days
            )
            insert into event (org, id, type, data, at)
            select due.org, event, type, data, $8::timestamptz from due join given using (org, name, thumbprint, days)`,
      params: [
        due.map((e) => e.org),
        due.map((e) => e.name),
        due.map((e) => e.thumbprint),
        due.map((e) => e.days),
        due.map(() => uuidv7(now, this.#o.random)),
        due.map((e) => `${e.kind}.${e.days === OVER ? 'expired' : 'expires'}`),
        due.map((e) =>
          JSON.stringify({
            name: e.name,
            ...(e.kind === 'certificate' ? { thumbprint: e.thumbprint } : { number: e.thumbprint }),
            endsAt: new Date(e.endsAt).toISOString(),
            daysLeft: Math.floor((e.endsAt - now) / DAY_MS),
            warnedAt: e.days,
          }),
        ),
        new Date(now),
      ],
    };
  }
}

/** What is gone needs nobody any more. */
function forget(org: string, kept: readonly Pick<Ending, 'kind' | 'name'>[]): Statement {
  return {
    sql: `delete from certificate_watch where org = $1 and (kind, name) not in (select * from unnest($2::text[], $3::text[]))`,
    params: [org, kept.map((e) => e.kind), kept.map((e) => e.name)],
  };
}

/** When things end that the watch has seen, for figures. */
export async function readEndings(db: Database): Promise<(Ending & { warned: number | null })[]> {
  const { rows } = await db.query('select org, kind, name, thumbprint, ends_at, warned from certificate_watch');
  return rows.map((r) => ({
    org: r.org as string,
    kind: r.kind as Ending['kind'],
    name: r.name as string,
    thumbprint: r.thumbprint as string,
    endsAt: (r.ends_at as Date).getTime(),
    warned: r.warned as number | null,
  }));
}
