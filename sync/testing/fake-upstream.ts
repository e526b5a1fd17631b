import { commands } from '../../canonical/commands/registry.ts';
import { entities } from '../../canonical/registry.ts';
import type { NativeRecord, Page, Pull, VersionPage } from '../../connectors/port.ts';
import { type CompiledMapping, compileMapping } from '../../mappings/compile.ts';
import type { Database } from '../../storage/port.ts';
import { RecordRepository } from '../../storage/repositories/records.ts';
import { XrefRepository } from '../../storage/repositories/xref.ts';
import { testCipher } from '../../storage/testing/databases.ts';
import type { EntityRun } from '../entity-run.ts';

/** A mapping of the smallest entity; `name` and further fields can be written otherwise. */
export function complexMapping(fields = 'name: Name | required', delta = 'DataVersion'): CompiledMapping {
  return compileMapping(
    `mapping: test/complex
canonical: ResidentialComplex
source: { set: Complexes, delta: { by: ${delta} } }
fields:
  code: Code
  ${fields}
examples:
  - native: { Code: "1", Name: a, Other: b }
    canonical: { code: "1" }
`,
    'complex.yaml',
    { entities, commands },
  );
}

const PAGE = 3;

/** An upstream in memory: pages by offset in the order of keys, like a live base, so that changes shift them. */
export class FakeUpstream {
  readonly records = new Map<string, { version: string; name: string | null; deleted?: boolean }>();
  /** Called before each page is answered. */
  beforePage: (skip: number) => void = () => {};
  readonly calls: string[] = [];

  #list(): NativeRecord[] {
    return [...this.records].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key]) => this.native(key) as NativeRecord);
  }

  /** An object as it is now. */
  native(key: string): NativeRecord | undefined {
    const record = this.records.get(key);
    return (
      record && {
        key,
        version: record.version,
        data: { Code: key, ...(record.name === null ? {} : { Name: record.name }), Other: `other ${key}` },
        ...(record.deleted ? { deleted: true } : {}),
      }
    );
  }

  pull(): Pull<never> {
    const upstream = this;
    return {
      async *pages(_ctx, _source, cursor): AsyncIterable<Page> {
        for (let skip = Number(cursor ?? 0); ; ) {
          upstream.calls.push('page');
          upstream.beforePage(skip);
          const records = upstream.#list().slice(skip, skip + PAGE);
          skip += records.length;
          const last = records.length < PAGE;
          yield { records, cursor: last ? null : String(skip) };
          if (last) return;
        }
      },
      async *versions(): AsyncIterable<VersionPage> {
        upstream.calls.push('versions');
        yield {
          records: upstream.#list().map(({ key, version, deleted }) => ({
            key,
            ...(version === undefined ? {} : { version }),
            ...(deleted ? { deleted } : {}),
          })),
          cursor: null,
        };
      },
      byKeys: async (_ctx, _source, keys) => {
        upstream.calls.push('byKeys');
        return keys.flatMap((key) => upstream.native(key) ?? []);
      },
    };
  }
}

/** A run over the fake upstream for one organisation. */
export function runOn(
  db: Database,
  org: string,
  upstream: FakeUpstream,
  more: Partial<EntityRun> & { mapping?: CompiledMapping } = {},
): EntityRun {
  const definition = entities.get('ResidentialComplex');
  if (!definition) throw new Error('The canonical model has complexes.');
  const clock = { now: Date.now };
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  return {
    db,
    cipher: testCipher,
    clock,
    log,
    records: new RecordRepository(db, testCipher),
    xrefs: new XrefRepository(db, clock.now),
    org,
    instance: 'i',
    definition,
    mapping: complexMapping(),
    pull: upstream.pull(),
    ctx: {} as never,
    timezone: 'Europe/Moscow',
    full: false,
    acceptRemovals: true,
    linked: new Set(),
    signal: new AbortController().signal,
    onProgress: () => {},
    ...more,
  };
}

/** What the read model and the feed hold of an organisation, by native key. */
export async function stateOf(db: Database, org: string): Promise<Record<string, unknown>> {
  const { rows } = await db.query(
    `select native_key, canonical, version, deleted_at is not null as gone, missed from record where org = $1 order by 1`,
    [org],
  );
  const events = await db.query(
    `select e.type, coalesce(r.native_key, '') as key, count(*) as n from event e left join record r on r.org = e.org and r.entity = e.entity and r.id = e.entity_id
     where e.org = $1 group by 1, 2 order by 1, 2`,
    [org],
  );
  const quarantine = await db.query('select native_key from quarantine where org = $1 order by 1', [org]);
  return {
    records: rows,
    events: events.rows.map((e) => `${e.type as string} ${e.key as string} ${Number(e.n)}`),
    quarantine: quarantine.rows.map((q) => q.native_key),
  };
}
