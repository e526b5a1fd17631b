import { identifier } from './encode.ts';
import type { Database } from './port.ts';

/** What the read model needs to know about a canonical entity. */
export interface StoredEntity {
  name: string;
  filters: readonly { path: string; blind: boolean }[];
}

/** Name of an entity's partition: PersonalAccount → record_personal_account. */
export function partitionOf(entity: string): string {
  return `record${entity.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}

/** Makes the partition and the filter indexes of each entity that has none yet, so a new entity needs no migration. */
export async function ensureEntities(db: Database, entities: readonly StoredEntity[]): Promise<void> {
  const { rows } = await db.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = current_schema()`,
  );
  const existing = new Set(rows.map((r) => r.name));
  const statements: string[] = [];
  for (const entity of entities) {
    const table = partitionOf(entity.name);
    if (!/^[A-Za-z]+$/.test(entity.name)) throw new Error(`Entity name '${entity.name}' may hold Latin letters only.`);
    if (!existing.has(table)) {
      statements.push(
        `create table if not exists ${identifier(table)} partition of record for values in ('${entity.name}')`,
      );
      statements.push(
        `create index if not exists ${identifier(`${table}_native`)} on ${identifier(table)} (org, instance, native_key collate "C")`,
      );
    }
    if (entity.filters.some((f) => f.blind) && !existing.has(`${table}_blind`)) {
      statements.push(
        `create index if not exists ${identifier(`${table}_blind`)} on ${identifier(table)} using gin (blind jsonb_path_ops)`,
      );
    }
    for (const { path, blind } of entity.filters) {
      if (path === 'id' || blind) continue;
      if (!/^[A-Za-z0-9.]+$/.test(path))
        throw new Error(`Filter path '${path}' of ${entity.name} may hold letters, digits and dots only.`);
      const index = `${table}_f_${path.replace(/[A-Z.]/g, (c) => `_${c === '.' ? '' : c.toLowerCase()}`)}`.slice(0, 60);
      if (existing.has(index)) continue;
      statements.push(
        `create index if not exists ${identifier(index)} on ${identifier(table)} (org, (${filterExpression(path)}), id)`,
      );
    }
  }
  if (statements.length > 0) await db.transact(statements.map((sql) => ({ sql })));
}

/** SQL text of the value that an open filter compares; the same expression as in the index, or the index isn't used. */
export function filterExpression(path: string): string {
  if (!/^[A-Za-z0-9.]+$/.test(path)) throw new Error(`'${path}' is not a path of a canonical field.`);
  const steps = path.split('.');
  return steps.length === 1 ? `canonical->>'${path}'` : `canonical#>>'{${steps.join(',')}}'`;
}
