import type { Clock, DriftNote, Logger } from '../../connectors/port.ts';
import type { Database } from '../../storage/port.ts';
import { formOf, safeName } from './form.ts';

export interface DriftBookOptions {
  db: Database;
  clock: Clock;
  log: Logger;
  /** New things were written down. */
  onChange(): void;
}

/** Different things that wait to be written; more of them are counted under one name. */
const MOST_WAITING = 500;
/** Different things that nobody has looked at yet, per connector; more of them are one. */
const MOST_OPEN = 200;
/** Stands for what is beyond the limits. */
const MORE = '…';

interface Waiting extends Omit<DriftNote, 'sample'> {
  org: string;
  instance: string;
  sample: string;
  count: number;
}

/**
 * What upstreams say and nobody here knows: once per connector, place and name, with a count. Noting never fails and
 * never waits, since the record or the operation in which it was seen is good otherwise.
 */
export class DriftBook {
  readonly #o: DriftBookOptions;
  #waiting = new Map<string, Waiting>();
  #writing: Promise<void> | undefined;

  constructor(options: DriftBookOptions) {
    this.#o = options;
  }

  note(org: string, instance: string, seen: DriftNote): void {
    this.#keep({
      org,
      instance,
      place: safeName(seen.place),
      kind: seen.kind,
      what: safeName(seen.what),
      // Of a code a value is shown, of everything else a type, which is a name too.
      sample: seen.kind === 'code' ? formOf(seen.sample ?? seen.what) : safeName(String(seen.sample ?? '')),
      count: 1,
    });
  }

  /** Writes what was noted; call it every second or so. */
  round(): Promise<void> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  #keep(note: Waiting): void {
    const { org, instance, kind, count } = note;
    const key = JSON.stringify([org, instance, note.place, kind, note.what]);
    const known = this.#waiting.get(key);
    if (known) known.count += count;
    else if (this.#waiting.size < MOST_WAITING || note.place === MORE) this.#waiting.set(key, note);
    // One for each connector and kind at most, so this too is bounded.
    else this.#keep({ org, instance, kind, place: MORE, what: MORE, sample: '', count });
  }

  async #write(): Promise<void> {
    if (this.#waiting.size === 0) return;
    const { db, clock, log, onChange } = this.#o;
    const taken = [...this.#waiting.values()];
    this.#waiting = new Map();
    try {
      const rows = await this.#withinLimits(taken);
      const { rows: written } = await db.query<{ isNew: boolean }>(
        `insert into drift as d (org, instance, place, kind, what, sample, count, first_at, last_at)
         select u.org, u.instance, u.place, u.kind, u.what, u.sample, u.count, $8, $8
         from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[]) as u(org, instance, place, kind, what, sample, count)
         on conflict (org, instance, place, kind, what) do update set count = d.count + excluded.count, last_at = excluded.last_at
         returning d.first_at = d.last_at as "isNew"`,
        [
          rows.map((r) => r.org),
          rows.map((r) => r.instance),
          rows.map((r) => r.place),
          rows.map((r) => r.kind),
          rows.map((r) => r.what),
          rows.map((r) => r.sample),
          rows.map((r) => r.count),
          new Date(clock.now()),
        ],
      );
      const found = written.filter((r) => r.isNew).length;
      if (found === 0) return;
      log.warn('an upstream says things that nothing here knows', {
        instances: [...new Set(rows.map((r) => r.instance))],
        found,
      });
      onChange();
    } catch (error) {
      for (const note of taken) this.#keep(note);
      log.warn('what an upstream has changed could not be written down yet', { error });
    }
  }

  /** Of what is not written down yet, only so much as a person can look through. */
  async #withinLimits(taken: readonly Waiting[]): Promise<Waiting[]> {
    const instances = [...new Set(taken.map((t) => t.instance))];
    const { rows } = await this.#o.db.query<{ instance: string; place: string; kind: string; what: string }>(
      'select instance, place, kind, what from drift where instance = any($1::text[])',
      [instances],
    );
    const keyOf = (r: { instance: string; place: string; kind: string; what: string }): string =>
      JSON.stringify([r.instance, r.place, r.kind, r.what]);
    const there = new Set(rows.map(keyOf));
    const counts = new Map(instances.map((name) => [name, rows.filter((r) => r.instance === name).length]));
    const kept = new Map<string, Waiting>();
    for (const note of taken) {
      const count = counts.get(note.instance) ?? 0;
      const isMore = !there.has(keyOf(note)) && note.place !== MORE && count >= MOST_OPEN;
      const row = isMore ? { ...note, place: MORE, what: MORE, sample: '' } : note;
      const before = kept.get(keyOf(row));
      if (before) before.count += row.count;
      else kept.set(keyOf(row), { ...row });
      if (!isMore && !there.has(keyOf(note))) counts.set(note.instance, count + 1);
    }
    return [...kept.values()];
  }
}

/** A person knows of what was seen at a place until now. Returns how many. */
export async function driftKnown(
  db: Database,
  { org, instance, place, by, at }: { org: string; instance: string; place: string; by: string; at: Date },
): Promise<number> {
  const { count } = await db.query(
    'update drift set known_at = $4, known_by = $5 where org = $1 and instance = $2 and place = $3 and known_at is null and first_at <= $4',
    [org, instance, place, at, by],
  );
  return count;
}
