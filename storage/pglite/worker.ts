import { parentPort, workerData } from 'node:worker_threads';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { identifier } from '../encode.ts';
import type { EncodedStatement, Reply, Request, WorkerSettings } from './protocol.ts';
import { SyncedNodeFS } from './synced-fs.ts';

const settings = workerData as WorkerSettings;
const port = parentPort;
if (!port) throw new Error('This file runs as a worker thread only.');

let syncs = 0;
const fs =
  settings.durability === 'fsync' ? new SyncedNodeFS(settings.dataDir, () => syncs++) : new NodeFS(settings.dataDir);
// The defaults of PGlite 0.5.16 without -F (no fsync), with room for deeply nested JSON within the thread's stack.
const startParams = PGlite.defaultStartParams
  .filter((parameter) => parameter !== '-F' || settings.durability === 'none')
  .concat(['-c', 'wal_sync_method=fsync', '-c', 'max_stack_depth=1MB', '-c', 'timezone=UTC']);

const INT8 = 20;
const parsers = {
  [INT8]: (text: string): number | bigint => {
    const n = Number(text);
    return Number.isSafeInteger(n) ? n : BigInt(text);
  },
};

try {
  const db = await PGlite.create({ fs, startParams, parsers });
  port.postMessage({ ready: true });
  let queue: Promise<void> = Promise.resolve();
  port.on('message', (request: Request) => {
    // One session: requests run strictly in order.
    queue = queue.then(async () => port.postMessage(await answer(db, request)));
  });
} catch (error) {
  port.postMessage({ ready: false, message: error instanceof Error ? error.message : String(error) });
}

async function answer(db: PGlite, request: Request): Promise<Reply> {
  try {
    switch (request.op) {
      case 'transact': {
        const results = request.single
          ? [await run(db, request.statements[0] as EncodedStatement)]
          : await db.transaction((tx) => runAll(tx, request.statements));
        return { id: request.id, ok: true, results };
      }
      case 'copy': {
        const { table, columns, chunks, closing } = request;
        const results = await db.transaction(async (tx) => {
          for (const chunk of chunks) {
            await tx.query(`copy ${identifier(table)} (${columns.map(identifier).join(', ')}) from '/dev/blob'`, [], {
              blob: new Blob([chunk]),
            });
          }
          return runAll(tx, closing);
        });
        return { id: request.id, ok: true, results };
      }
      case 'syncs':
        return { id: request.id, ok: true, results: [], syncs };
      case 'close':
        await db.close();
        return { id: request.id, ok: true, results: [] };
    }
  } catch (error) {
    return { id: request.id, ok: false, error: describe(error) };
  }
}

async function runAll(tx: Transaction, statements: readonly EncodedStatement[]) {
  const results = [];
  for (const statement of statements) {
    const result = await run(tx, statement);
    if (statement.expect && result.count !== statement.expect.rows) throw new Expectation(statement.expect.name);
    results.push(result);
  }
  return results;
}

async function run(on: PGlite | Transaction, { sql, params }: EncodedStatement) {
  const result = await on.query<Record<string, unknown>>(sql, [...params], { parsers });
  // PGlite counts changed rows only; a server also counts returned ones.
  return { rows: result.rows, count: result.rows.length > 0 ? result.rows.length : (result.affectedRows ?? 0) };
}

class Expectation extends Error {
  readonly expectation: string;
  constructor(expectation: string) {
    super(expectation);
    this.expectation = expectation;
  }
}

function describe(error: unknown): Extract<Reply, { ok: false }>['error'] {
  if (error instanceof Expectation) return { message: 'expectation', expectation: error.expectation };
  const e = error as { message?: string; code?: string; detail?: string };
  return {
    message: e.message ?? String(error),
    ...(e.code ? { code: e.code } : {}),
    ...(e.detail ? { detail: e.detail } : {}),
  };
}
