import type { Database } from '../storage/port.ts';

/** Where the records of an entity come from and how old they are. */
export interface Source {
  /** Connector, or `hub` for what the hub made itself. */
  instance: string;
  /** End of the last pull that brought everything in; null when there was none. */
  asOf: string | null;
  /** The first load is not complete: what is missing here may only not have come yet. */
  isLoading: boolean;
  /** Code of what ails the pulls since. */
  problem: string | null;
}

export interface Freshness {
  /** The oldest of the sources; null when one was never pulled. */
  asOf: string | null;
  sources: readonly Source[];
}

/** Says of each entity how fresh it is. */
export async function freshnessOf(db: Database, org: string): Promise<(...entities: string[]) => Freshness> {
  const { rows } = await db.query<{
    instance: string;
    entity: string;
    at: Date | null;
    loaded: boolean;
    code: string | null;
  }>(
    `select instance, entity, greatest(full_at, delta_at) as at, first_load_done as loaded, error->>'code' as code from sync_state where org = $1 order by instance`,
    [org],
  );
  return (...entities) => {
    const sources = new Map<string, Source>();
    for (const row of rows) {
      if (!entities.includes(row.entity)) continue;
      const before = sources.get(row.instance);
      const asOf = row.at?.toISOString() ?? null;
      sources.set(row.instance, {
        instance: row.instance,
        asOf: before ? oldest([before.asOf, asOf]) : asOf,
        isLoading: !row.loaded || before?.isLoading === true,
        problem: row.code ?? before?.problem ?? null,
      });
    }
    const list = [...sources.values()];
    return { asOf: oldest(list.map((s) => s.asOf)), sources: list };
  };
}

/** What the hub knows itself is of this moment. */
export function ownFreshness(now: Date): Freshness {
  const asOf = now.toISOString();
  return { asOf, sources: [{ instance: 'hub', asOf, isLoading: false, problem: null }] };
}

function oldest(moments: readonly (string | null)[]): string | null {
  return moments.length === 0 || moments.includes(null) ? null : ([...moments].sort()[0] ?? null);
}
