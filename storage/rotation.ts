import type { Cipher } from './cipher.ts';
import { identifier } from './encode.ts';
import { activate, releaseOldKeys } from './master-key.ts';
import { putMeta, readMeta } from './meta.ts';
import type { Database, Row, SqlValue } from './port.ts';
import { type SealedColumn, sealedColumns } from './sealed-columns.ts';

/** How far a rotation is. */
export interface RotationProgress {
  /** Version that everything is being sealed with. */
  to: number;
  startedAt: string;
  /** Null while it runs, and after a kill until it is started again. */
  finishedAt: string | null;
  /** Column that is being worked on. */
  column: string | null;
  /** Values sealed anew since this start. */
  done: number;
  /** Values that were left at this start. */
  total: number;
}

export interface RotationOptions {
  db: Database;
  cipher: Cipher;
  /** A version that every process knows. */
  to: number;
  now(): number;
  /** Time after which no process seals with an older key any more, milliseconds. */
  settleMs: number;
  signal: AbortSignal;
  sleep(ms: number): Promise<void>;
  /** Called when the new key is in use and the progress can be asked for. */
  onBegun?(): void;
}

const META = 'rotation';

/**
 * Seals everything anew under another master key while the hub runs: new data get the new key at once, readers know both,
 * and a value that changes meanwhile is left to the next pass. Killed and started again it goes on, since what is done
 * is told by the first byte of each value. Old keys are released only when a pass that began after every process had
 * changed over found nothing.
 *
 * The key of blind indexes and digests stays (decision 0026): it is only sealed anew.
 */
export async function rotateMaster(o: RotationOptions): Promise<RotationProgress> {
  const { db, cipher, to, now, signal } = o;
  const began = now();
  await activate(db, cipher, to);
  const progress: RotationProgress = {
    to,
    startedAt: new Date(began).toISOString(),
    finishedAt: null,
    column: null,
    done: 0,
    total: await countOld(db, to),
  };
  await keep(db, progress);
  o.onBegun?.();
  const settled = began + o.settleMs;
  for (;;) {
    const passBegan = now();
    let found = 0;
    for (const column of sealedColumns) {
      progress.column = `${column.table}.${column.column}`;
      for await (const n of sealAnew(db, cipher, column, to)) {
        signal.throwIfAborted();
        found += n;
        progress.done += n;
        await keep(db, progress);
      }
    }
    if (found === 0 && passBegan >= settled) break;
    signal.throwIfAborted();
    if (found === 0) await o.sleep(Math.max(50, settled - now()));
  }
  await releaseOldKeys(db, to);
  progress.column = null;
  progress.finishedAt = new Date(now()).toISOString();
  await keep(db, progress);
  return progress;
}

export async function rotationProgress(db: Database): Promise<RotationProgress | undefined> {
  return readMeta<RotationProgress>(db, META);
}

async function keep(db: Database, progress: RotationProgress): Promise<void> {
  await db.transact([putMeta(META, progress)]);
}

/** Values that are sealed with another version. */
async function countOld(db: Database, to: number): Promise<number> {
  let total = 0;
  for (const { table, column } of sealedColumns) {
    const { rows } = await db.query<{ n: number }>(
      `select count(*) as n from ${identifier(table)} where get_byte(${identifier(column)}, 0) <> $1`,
      [to],
    );
    total += Number(rows[0]?.n ?? 0);
  }
  return total;
}

async function* sealAnew(db: Database, cipher: Cipher, c: SealedColumn, to: number): AsyncIterable<number> {
  const [table, column] = [identifier(c.table), identifier(c.column)];
  const names = c.key.map(([name]) => identifier(name));
  const columns = [...names, ...(c.also ?? []).map(identifier), column].join(', ');
  let after: SqlValue[] | undefined;
  for (;;) {
    const beyond = after
      ? `and (${names.join(', ')}) > (${c.key.map(([, type], i) => `$${i + 3}::${type}`).join(', ')})`
      : '';
    const { rows } = await db.query<Row>(
      `select ${columns} from ${table} where get_byte(${column}, 0) <> $1 ${beyond} order by ${names.join(', ')} limit $2`,
      [to, c.page, ...(after ?? [])],
    );
    const last = rows.at(-1);
    if (!last) return;
    after = c.key.map(([name]) => last[name] as SqlValue);
    const n = c.key.length;
    const { count } = await db.query(
      `update ${table} t set ${column} = u.fresh
       from unnest(${c.key.map(([, type], i) => `$${i + 1}::${type}[]`).join(', ')}, $${n + 1}::bytea[], $${n + 2}::bytea[]) as u(${names.join(', ')}, old, fresh)
       where ${names.map((name) => `t.${name} = u.${name}`).join(' and ')} and t.${column} = u.old`,
      [
        ...c.key.map(([name]) => rows.map((r) => r[name] as SqlValue)),
        rows.map((r) => r[c.column] as Uint8Array),
        rows.map((r) => cipher.seal(cipher.open(r[c.column] as Uint8Array, c.context(r)), c.context(r))),
      ],
    );
    // What changed meanwhile counts as found: it is looked at again.
    yield Math.max(count, 1);
    if (rows.length < c.page) return;
  }
}
