import type { EntityDefinition } from '../canonical/entity.ts';
import { buildIndex } from './build-index.ts';
import { identifier } from './encode.ts';
import type { Database, Statement } from './port.ts';

/** What the read model needs to know about a canonical entity. */
export interface StoredEntity {
  name: string;
  filters: readonly { path: string; blind: boolean }[];
  /** Its records are found by words too. */
  words?: boolean;
}

/** What the read model needs to know of these entities. */
export function storedEntities(definitions: Iterable<EntityDefinition>): StoredEntity[] {
  return [...definitions].map((e) => ({
    name: e.name,
    filters: Object.values(e.filters).map((f) => ({ path: f.path, blind: f.blind === true })),
    words: e.words !== undefined,
  }));
}

/** Name of an entity's partition: PersonalAccount → record_personal_account. */
export function partitionOf(entity: string): string {
  return `record${entity.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}

/** Records that no version of the hub has given their words yet; the same text as in the index, or the index isn't used. */
export const WITHOUT_WORDS = `deleted_at is null and blind->'words' is null`;

/** Of several processes that start together one makes the partitions. */
const LOCK: Statement = { sql: 'select pg_advisory_xact_lock(7424102)' };

/**
 * Makes the partition and the filter indexes of each entity that has none yet, so a new entity needs no migration. A new
 * index of a partition that holds records is built while readers and writers go on.
 */
export async function ensureEntities(db: Database, entities: readonly StoredEntity[]): Promise<void> {
  const { rows } = await db.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = current_schema()`,
  );
  const existing = new Set(rows.map((r) => r.name));
  const fresh: string[] = [];
  const later: string[] = [];
  for (const entity of entities) {
    if (!/^[A-Za-z]+$/.test(entity.name)) throw new Error(`Entity name '${entity.name}' may hold Latin letters only.`);
    const table = partitionOf(entity.name);
    const isNew = !existing.has(table);
    if (isNew)
      fresh.push(
        `create table if not exists ${identifier(table)} partition of record for values in ('${entity.name}')`,
      );
    for (const { name, on } of indexesOf(entity)) {
      if (existing.has(name)) continue;
      const sql = (how: string): string =>
        `create index ${how}if not exists ${identifier(name)} on ${identifier(table)} ${on}`;
      if (isNew) fresh.push(sql(''));
      else later.push(sql('concurrently '));
    }
  }
  if (fresh.length > 0) await db.transact([LOCK, ...fresh.map((sql) => ({ sql }))]);
  for (const sql of later) await buildIndex(db, sql);
}

function indexesOf(entity: StoredEntity): { name: string; on: string }[] {
  const table = partitionOf(entity.name);
  const indexes = [{ name: `${table}_native`, on: '(org, instance, native_key collate "C")' }];
  if (entity.words) indexes.push({ name: `${table}_unworded`, on: `(org, id) where ${WITHOUT_WORDS}` });
  if (entity.words || entity.filters.some((f) => f.blind))
    indexes.push({ name: `${table}_blind`, on: 'using gin (blind jsonb_path_ops)' });
  for (const { path, blind } of entity.filters) {
    if (path === 'id' || blind) continue;
    if (!/^[A-Za-z0-9.]+$/.test(path))
      throw new Error(`Filter path '${path}' of ${entity.name} may hold letters, digits and dots only.`);
    indexes.push({
      name: `${table}_f_${path.replace(/[A-Z.]/g, (c) => `_${c === '.' ? '' : c.toLowerCase()}`)}`.slice(0, 60),
      on: `(org, (${filterExpression(path)}), id)`,
    });
  }
  return indexes;
}

/** SQL text of the value that an open filter compares; the same expression as in the index, or the index isn't used. */
export function filterExpression(path: string): string {
  if (!/^[A-Za-z0-9.]+$/.test(path)) throw new Error(`'${path}' is not a path of a canonical field.`);
  const steps = path.split('.');
  return steps.length === 1 ? `canonical->>'${path}'` : `canonical#>>'{${steps.join(',')}}'`;
}
