import type { Context, Pull } from '../connectors/port.ts';
import type { DriftBook } from '../queues/drift/book.ts';
import type { Instance } from '../queues/ports.ts';
import { putMeta, readMeta } from '../storage/meta.ts';
import type { Database } from '../storage/port.ts';

/** Attributes by set, as they were when a look last told of them. */
type Shape = Record<string, readonly string[]>;

/** Attributes of one set that are remembered. */
const MOST_FIELDS = 2_000;

/**
 * Compares what an upstream publishes of the mapped sets with what it published at the last look: a set that is gone, an
 * attribute that is new, one that is gone although a mapping reads it.
 *
 * @param mappings with the native paths that each uses
 * @throws HubError when the upstream can't be asked
 */
export async function watchShape(o: {
  db: Database;
  drift: Pick<DriftBook, 'note'>;
  instance: Instance;
  ctx: Context<never>;
  mappings: readonly { source: unknown; uses: readonly string[] }[];
}): Promise<void> {
  const { db, drift, instance, ctx, mappings } = o;
  const published = (instance.connector.pull as Pull<never> | undefined)?.published?.bind(instance.connector.pull);
  if (!published || mappings.length === 0) return;
  const sets = await published(
    ctx,
    mappings.map((m) => m.source),
  );
  const name = `shape:${instance.name}`;
  const before = await readMeta<Shape>(db, name);
  const note = (note: Parameters<DriftBook['note']>[2]): void => drift.note(instance.organisation, instance.name, note);
  const after: Shape = { ...before };
  // Several mappings may read the same set.
  const uses = new Map<string, string[]>();
  for (const [n, { set }] of sets.entries()) uses.set(set, [...(uses.get(set) ?? []), ...(mappings[n]?.uses ?? [])]);
  for (const { set, fields } of new Map(sets.map((s) => [s.set, s])).values()) {
    if (!fields) {
      note({ place: set, kind: 'set', what: set, sample: 'gone' });
      continue;
    }
    const known = before?.[set];
    if (known) {
      for (const [field, type] of fields)
        if (!known.includes(field)) note({ place: set, kind: 'field', what: field, sample: type });
      for (const field of known.filter(
        (f) => !fields.has(f) && uses.get(set)?.some((path) => path.split('.')[0] === f),
      ))
        note({ place: set, kind: 'field', what: `${field} (gone)`, sample: 'gone' });
    }
    after[set] = [...fields.keys()].slice(0, MOST_FIELDS);
  }
  const { sql, params } = putMeta(name, after);
  await db.query(sql, params);
}
