import type { Connector, Context, Health, NativeObject, NativeRecord, SourceFault, VersionPage } from '../../port.ts';

/** What the scenario needs of a mapping. */
export interface ReadMapping {
  name: string;
  source: Readonly<Record<string, unknown>>;
  uses: readonly string[];
  lookups: Readonly<Record<string, { set: string; key: string; by: string; select: readonly string[] }>>;
  parts(key: string, native: NativeObject): readonly { native: NativeObject }[];
}

export interface ReadOfMapping {
  mapping: string;
  faults: readonly SourceFault[];
  records: readonly NativeRecord[];
  /** First page of keys and versions, where the source has them. */
  versions?: VersionPage['records'];
  /** The first records once more, by their keys. */
  again?: readonly NativeRecord[];
  /** Keys asked for and rows found, by lookup. */
  lookups: ReadonlyMap<string, { asked: number; found: number }>;
}

export interface ReadFindings {
  health: Health;
  mappings: readonly ReadOfMapping[];
}

const ROWS = 20;
const AGAIN = 3;

/**
 * Reads a little of everything that a connector can read and changes nothing: `hub record` keeps its traffic, and the
 * contract tests run it against a simulator, a recording or a live system. The same scenario makes the same requests.
 */
export async function readScenario<Config>(
  connector: Connector<Config>,
  ctx: Context<Config>,
  mappings: readonly ReadMapping[],
): Promise<ReadFindings> {
  const health = await connector.probe(ctx);
  const { pull } = connector;
  const findings: ReadOfMapping[] = [];
  for (const mapping of pull ? mappings : []) {
    if (!pull) break;
    const { source } = mapping;
    const faults = (await pull.check?.(ctx, source, mapping.uses)) ?? [];
    if (faults.length > 0) {
      findings.push({ mapping: mapping.name, faults, records: [], lookups: new Map() });
      continue;
    }
    const records: NativeRecord[] = [];
    for await (const page of pull.pages(ctx, source, null, { limit: ROWS }))
      records.push(...page.records.slice(0, ROWS));
    const objects = pull.changes?.comparable(source) === true;
    const versions = objects ? await firstVersions(pull.versions?.(ctx, source, null)) : undefined;
    const keys = records.slice(0, AGAIN).map((r) => r.key);
    const again = objects && keys.length > 0 ? await pull.byKeys?.(ctx, source, keys) : undefined;
    const lookups = new Map<string, { asked: number; found: number }>();
    for (const [name, spec] of Object.entries(mapping.lookups)) {
      const natives = records.flatMap((r) => mapping.parts(r.key, r.data)).map((p) => p.native);
      const wanted = [...new Set(natives.map((n) => valueAt(n, spec.by)))].filter(isReference).slice(0, ROWS);
      const found = wanted.length > 0 ? await pull.lookup?.(ctx, spec, wanted) : undefined;
      lookups.set(name, { asked: wanted.length, found: found?.size ?? 0 });
    }
    findings.push({
      mapping: mapping.name,
      faults,
      records,
      lookups,
      ...(versions ? { versions } : {}),
      ...(again ? { again } : {}),
    });
  }
  return { health, mappings: findings };
}

async function firstVersions(
  pages: AsyncIterable<VersionPage> | undefined,
): Promise<VersionPage['records'] | undefined> {
  for await (const page of pages ?? []) return page.records;
  return undefined;
}

function valueAt(native: NativeObject, path: string): unknown {
  return path.split('.').reduce<unknown>((at, step) => (at as NativeObject | undefined)?.[step], native);
}

const isReference = (key: unknown): key is string =>
  typeof key === 'string' && key !== '' && !key.startsWith('00000000-0000');
