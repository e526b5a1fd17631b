import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream, renameSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { identifier } from './encode.ts';
import type { Database, SqlValue, Statement } from './port.ts';
import { afterRestore } from './restored.ts';

/** The file is cut, altered, or from another schema; nothing was restored. */
export class BackupError extends Error {}

/** Tables in an order in which they can be filled; what a store can make again by itself is {@link leftOut}. */
const TABLES = [
  'hub_meta',
  'operation',
  'idempotency',
  'attempt',
  'exchange',
  'exchange_element',
  'tracking',
  'upstream_ref',
  'inbound',
  'instance_state',
  'proof',
  'upstream_sequence',
  'upstream_claim',
  'upstream_file',
  'schedule',
  'record',
  'xref',
  'sync_state',
  'sync_request',
  'change_feed',
  'quarantine',
  'foreign_record',
  'reconciliation',
  'reconciliation_item',
  'event',
  'event_counter',
  'contact',
  'opt_out',
  'brake_counter',
  'approval',
  'operation_stat',
  'operation_stat_position',
  'bulk_job',
  'bulk_item',
  'task',
  'task_mail',
  'alert',
  'alert_notice',
  'drift',
  'api_key',
  'audit',
  'audit_head',
  'erasure',
  'suppression',
  'webhook',
  'certificate',
  'certificate_notice',
  'flow',
  'flow_item',
  'certificate_watch',
  'power_of_attorney',
  'file',
  'file_chunk',
] as const;
export const backedUp: readonly string[] = TABLES;
/** Tables that say something about the schema or about processes that live, or that only serve as locks. */
export const leftOut: readonly string[] = ['call_place', 'contact_recipient', 'hub_migration', 'process', 'sync_lease'];
const FORMAT = 1;
const ROWS = 2_000;

interface Line {
  t?: string;
  r?: Record<string, unknown>[];
  manifest?: { format: number; schema: number; at: string };
  end?: { rows: Record<string, number>; sha256: string };
}

/** Writes all rows as compressed NDJSON with a manifest and a checksum. Returns rows by table. */
export async function backupStore(db: Database, file: string, now: Date): Promise<Record<string, number>> {
  const rows: Record<string, number> = {};
  const hash = createHash('sha256');
  const temporary = `${file}.tmp`;
  await pipeline(
    Readable.from(lines(db, now, rows, hash)),
    createGzip({ level: 6 }),
    createWriteStream(temporary, { mode: 0o600, flush: true }),
  );
  renameSync(temporary, file);
  return rows;
}

async function* lines(db: Database, now: Date, counts: Record<string, number>, hash: Hash): AsyncIterable<string> {
  const line = (value: Line): string => {
    const text = `${JSON.stringify(value)}\n`;
    hash.update(text);
    return text;
  };
  yield line({ manifest: { format: FORMAT, schema: await schemaOf(db), at: now.toISOString() } });
  for (const table of TABLES) {
    const columns = await columnsOf(db, table);
    const key = await keyOf(db, table);
    counts[table] = 0;
    let after: SqlValue[] | undefined;
    for (;;) {
      const order = key.map((k) => `${identifier(k.name)}`).join(', ');
      const where = after ? `where (${order}) > (${key.map((k, i) => `$${i + 1}::${k.type}`).join(', ')})` : '';
      const { rows } = await db.query(
        `select ${columns.map((c) => `${identifier(c.name)}::text as ${identifier(c.name)}`).join(', ')} from ${identifier(table)} ${where} order by ${key.map((k) => `${identifier(table)}.${identifier(k.name)}`).join(', ')} limit ${ROWS}`,
        after ?? [],
      );
      if (rows.length === 0) break;
      counts[table] += rows.length;
      yield line({ t: table, r: rows });
      const last = rows.at(-1) ?? {};
      after = key.map((k) => last[k.name] as string);
      if (rows.length < ROWS) break;
    }
  }
  yield `${JSON.stringify({ end: { rows: counts, sha256: hash.digest('hex') } } satisfies Line)}\n`;
}

interface Column {
  name: string;
  type: string;
}

async function columnsOf(db: Database, table: string): Promise<Column[]> {
  const { rows } = await db.query<{ name: string; type: string }>(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type from pg_attribute a where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [table],
  );
  return rows;
}

async function keyOf(db: Database, table: string): Promise<Column[]> {
  const { rows } = await db.query<{ name: string; type: string }>(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type from pg_index i join lateral unnest(i.indkey) with ordinality as k(n, o) on true join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.n
     where i.indrelid = to_regclass($1) and i.indisprimary order by k.o`,
    [table],
  );
  return rows;
}

async function schemaOf(db: Database): Promise<number> {
  const { rows } = await db.query<{ v: number }>('select max(version) as v from hub_migration');
  return Number(rows[0]?.v ?? 0);
}

/**
 * Fills an empty, migrated store from a backup.
 *
 * @param mode `restore`: between the backup and now its operations may have been carried out, see {@link afterRestore};
 * `move`: nobody has worked on the store since, so only what was under way becomes uncertain
 * @throws BackupError before anything is written when the file is not whole
 */
export async function restoreStore(
  db: Database,
  file: string,
  now: Date,
  mode: 'restore' | 'move' = 'restore',
): Promise<Record<string, number>> {
  await verify(db, file);
  const { rows } = await db.query<{ n: number }>(
    'select (select count(*) from operation) + (select count(*) from record) + (select count(*) from api_key) as n',
  );
  if (Number(rows[0]?.n) > 0)
    throw new BackupError('The store holds data already; restore into an empty data directory.');
  await db.transact([{ sql: 'delete from hub_meta' }]);
  const counts: Record<string, number> = {};
  for await (const line of read(file)) {
    if (!line.t || !line.r) continue;
    if (!(TABLES as readonly string[]).includes(line.t))
      throw new BackupError(`The backup holds an unknown table '${line.t}'.`);
    const columns = await columnsOf(db, line.t);
    const names = columns.map((c) => identifier(c.name)).join(', ');
    const unnest = columns.map((_c, i) => `$${i + 1}::text[]`).join(', ');
    const casts = columns.map((c) => `u.${identifier(c.name)}::${c.type}`).join(', ');
    const chunk = line.r;
    await db.query(
      `insert into ${identifier(line.t)} (${names}) overriding system value select ${casts} from unnest(${unnest}) as u(${names})`,
      columns.map((c) => chunk.map((r) => (r[c.name] ?? null) as string | null)),
    );
    counts[line.t] = (counts[line.t] ?? 0) + chunk.length;
  }
  await db.transact([
    {
      sql: `select setval(pg_get_serial_sequence('operation', 'seq'), (select coalesce(max(seq), 0) + 1 from operation), false)`,
    },
    {
      sql: `select setval(pg_get_serial_sequence('event', 'ord'), (select coalesce(max(ord), 0) + 1 from event), false)`,
    },
    {
      sql: `select setval(pg_get_serial_sequence('audit', 'ord'), (select coalesce(max(ord), 0) + 1 from audit), false)`,
    },
    ...(mode === 'restore' ? afterRestore(now) : [underWay(now)]),
  ]);
  return counts;
}

/** Attempts that nobody saw the end of: the upstream is asked about them first. */
function underWay(now: Date): Statement {
  return {
    sql: `update operation set status = 'uncertain', waiting_for = 'settle', uncertain_since = coalesce(uncertain_since, attempt_deadline, $1),
            due_at = $1, lease_no = lease_no + 1, leased_by = null, lease_until = null, attempt_deadline = null
          where status = 'running'`,
    params: [now],
  };
}

/** Rows of a store by table. */
export async function countRows(db: Database): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of TABLES) {
    const { rows } = await db.query<{ n: number }>(`select count(*) as n from ${identifier(table)}`);
    counts[table] = Number(rows[0]?.n);
  }
  return counts;
}

async function verify(db: Database, file: string): Promise<void> {
  const hash = createHash('sha256');
  let end: Line['end'];
  let manifest: Line['manifest'];
  try {
    for await (const [line, text] of readRaw(file)) {
      if (line.end) end = line.end;
      else hash.update(`${text}\n`);
      manifest ??= line.manifest;
    }
  } catch (cause) {
    throw new BackupError(`${file} is not a whole backup (${cause instanceof Error ? cause.message : ''}).`, { cause });
  }
  if (!end || end.sha256 !== hash.digest('hex'))
    throw new BackupError(`${file} is cut or was altered; its checksum does not fit.`);
  const schema = await schemaOf(db);
  if (manifest?.format !== FORMAT || manifest.schema !== schema)
    throw new BackupError(
      `${file} has schema ${manifest?.schema}, this hub has ${schema}. Restore with the version that made it, then upgrade.`,
    );
}

async function* read(file: string): AsyncIterable<Line> {
  for await (const [line] of readRaw(file)) yield line;
}

async function* readRaw(file: string): AsyncIterable<[Line, string]> {
  const gunzip = createGunzip();
  const source = createReadStream(file);
  source.on('error', (error) => gunzip.destroy(error));
  for await (const text of createInterface({ input: source.pipe(gunzip), crlfDelay: Number.POSITIVE_INFINITY }))
    yield [JSON.parse(text) as Line, text];
}
