import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { encodeCopy, encodeParameter } from '../encode.ts';
import {
  type Database,
  ExpectationFailed,
  type Result,
  type Row,
  type SqlValue,
  type Statement,
  StoreFull,
  StoreInDoubt,
} from '../port.ts';
import { type DirectoryLock, lockDirectory } from './lock.ts';
import type { EncodedStatement, Ready, Reply, Request } from './protocol.ts';
import { spawnWorker } from './spawn.ts';
import { syncDirectory } from './synced-fs.ts';

export interface PgliteOptions {
  /** Directory of the hub's data; the store lives in its folder `store`. */
  dataDir: string;
  /** `none` only for tests that may lose everything. */
  durability?: 'fsync' | 'none';
  /** Milliseconds a call may take before the thread is replaced; PGlite's own statement_timeout never fires. */
  callTimeoutMs?: number;
}

export interface EmbeddedDatabase extends Database {
  readonly kind: 'pglite';
  /** fsync calls since the thread started. */
  syncs(): Promise<number>;
}

/** Rows of one COPY statement; larger ones gain nothing and hold the only session longer. */
const COPY_ROWS = 5_000;

/**
 * The SQL door of the embedded store.
 * @throws DataDirectoryLocked when another process uses the directory
 */
export async function openPglite(options: PgliteOptions): Promise<EmbeddedDatabase> {
  const dataDir = resolve(options.dataDir);
  const lock = await lockDirectory(dataDir);
  try {
    const durability = options.durability ?? 'fsync';
    const store = join(dataDir, 'store');
    if (!existsSync(store)) await createStore(store, durability);
    const database = new PgliteDatabase(store, durability, lock, options.callTimeoutMs ?? 120_000);
    await database.open();
    return database;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** A half-made store must never be opened: it is built aside, made durable, and renamed. */
async function createStore(store: string, durability: 'fsync' | 'none'): Promise<void> {
  const temporary = `${store}.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const { worker, call } = await startThread(temporary, durability);
  await call({ op: 'transact', single: true, statements: [{ sql: 'checkpoint', params: [] }] });
  await call({ op: 'close' });
  await worker.terminate();
  if (durability === 'fsync') syncDirectory(temporary);
  renameSync(temporary, store);
  if (durability === 'fsync') syncDirectory(dirname(store));
}

type Unnumbered<T> = T extends { id: number } ? Omit<T, 'id'> : never;
interface Thread {
  worker: Worker;
  call(request: Unnumbered<Request>): Promise<Extract<Reply, { ok: true }>>;
  alive(): boolean;
  /** Ends the thread; calls under way are in doubt. */
  kill(reason: string): void;
  /** Resolves when a thread that was ended no longer touches the files. */
  ended(): Promise<unknown>;
}

async function startThread(dataDir: string, durability: 'fsync' | 'none'): Promise<Thread> {
  const worker = spawnWorker({ dataDir, durability });
  const waiting = new Map<
    number,
    { resolve: (reply: Extract<Reply, { ok: true }>) => void; reject: (error: unknown) => void }
  >();
  let next = 1;
  let dead: string | undefined;
  let termination: Promise<unknown> = Promise.resolve();
  const fail = (reason: string): void => {
    dead ??= reason;
    for (const { reject } of waiting.values())
      reject(new StoreInDoubt(`The embedded store stopped while a statement was under way (${dead}).`));
    waiting.clear();
  };
  await new Promise<void>((ready, failed) => {
    worker.once('message', (message: Ready) => (message.ready ? ready() : failed(storeError(message.message))));
    worker.once('error', failed);
    worker.once('exit', (code) => failed(new Error(`The embedded store's thread ended at its start (code ${code}).`)));
  });
  worker.on('error', (error) => fail(error.message));
  worker.on('exit', (code) => fail(`thread ended, code ${code}`));
  worker.on('message', (reply: Reply) => {
    const entry = waiting.get(reply.id);
    if (!entry) return;
    waiting.delete(reply.id);
    if (reply.ok) entry.resolve(reply);
    else entry.reject(errorOf(reply.error));
  });
  return {
    worker,
    alive: () => dead === undefined,
    call: (request) =>
      new Promise((resolve, reject) => {
        if (dead) return reject(new StoreInDoubt(`The embedded store has stopped (${dead}).`));
        const id = next++;
        waiting.set(id, { resolve, reject });
        worker.postMessage({ ...request, id });
      }),
    kill: (reason) => {
      fail(reason);
      termination = worker.terminate();
    },
    ended: () => termination,
  };
}

/** Room that is kept for ending what is under way: two segments of the log and a checkpoint. */
const RESERVE_BYTES = 48 * 1024 * 1024;
/** How long a look at the file system is believed. */
const LOOK_MS = 250;

class PgliteDatabase implements EmbeddedDatabase {
  readonly kind = 'pglite' as const;
  readonly #store: string;
  readonly #durability: 'fsync' | 'none';
  readonly #lock: DirectoryLock;
  readonly #timeoutMs: number;
  #thread: Promise<Thread> | undefined;
  #closed = false;
  /** Free bytes of the file system at the last look. */
  #room = Number.POSITIVE_INFINITY;
  #lookedAt = 0;

  constructor(store: string, durability: 'fsync' | 'none', lock: DirectoryLock, timeoutMs: number) {
    this.#store = store;
    this.#durability = durability;
    this.#lock = lock;
    this.#timeoutMs = timeoutMs;
  }

  async open(): Promise<void> {
    this.#thread = startThread(this.#store, this.#durability);
    await this.#thread;
  }

  async query<R extends Row = Row>(sql: string, params: readonly SqlValue[] = []): Promise<Result<R>> {
    const reply = await this.#call({ op: 'transact', single: true, statements: [encode({ sql, params })] });
    return reply.results[0] as Result<R>;
  }

  async transact(statements: readonly Statement[]): Promise<Result[]> {
    const reply = await this.#call({ op: 'transact', single: false, statements: statements.map(encode) });
    return reply.results;
  }

  async copy(
    table: string,
    columns: readonly string[],
    rows: readonly (readonly SqlValue[])[],
    then: readonly Statement[] = [],
  ): Promise<void> {
    const chunks: string[] = [];
    for (let i = 0; i < rows.length; i += COPY_ROWS) chunks.push(encodeCopy(rows.slice(i, i + COPY_ROWS)));
    await this.#call({ op: 'copy', table, columns, chunks, closing: then.map(encode) });
  }

  async syncs(): Promise<number> {
    return (await this.#call({ op: 'syncs' })).syncs ?? 0;
  }

  async ensureRoom(): Promise<void> {
    if (Date.now() - this.#lookedAt > LOOK_MS) {
      const { bavail, bsize } = await statfs(this.#store);
      this.#room = bavail * bsize;
      this.#lookedAt = Date.now();
    }
    if (this.#room < RESERVE_BYTES)
      throw full(`${Math.round(this.#room / 1024 / 1024)} MB are left, ${RESERVE_BYTES / 1024 / 1024} MB are reserved`);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const thread = await this.#thread?.catch(() => undefined);
    if (thread) {
      await thread.call({ op: 'close' }).catch(() => {
        // It stopped before; the store recovers from its log at the next opening.
      });
      await thread.worker.terminate();
    }
    await this.#lock.release();
  }

  async #call(request: Unnumbered<Request>): Promise<Extract<Reply, { ok: true }>> {
    if (this.#closed) throw new Error('The store is closed.');
    const thread = await this.#running().catch(async (error: unknown) => {
      // It stopped before and can't come up again; a full disk is the usual reason.
      await this.ensureRoom();
      throw new StoreInDoubt('The embedded store could not be restarted; it is tried again with the next call.', {
        cause: error,
      });
    });
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        thread.kill(`no answer within ${this.#timeoutMs} ms`);
        reject(
          new StoreInDoubt(`The embedded store did not answer within ${this.#timeoutMs} ms and is being restarted.`),
        );
      }, this.#timeoutMs);
    });
    try {
      return await Promise.race([thread.call(request), deadline]);
    } catch (error) {
      // Without an SQLSTATE the session itself broke: start over from the log, and let the caller read back.
      if (error instanceof BrokenSession) {
        thread.kill(error.message);
        throw new StoreInDoubt('The embedded store failed inside a statement and is being restarted.', {
          cause: error,
        });
      }
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #running(): Promise<Thread> {
    const before = this.#thread;
    const current = await before?.catch(() => undefined);
    if (current?.alive()) return current;
    // Another caller may have restarted it while this one waited: two threads on one store would corrupt it.
    if (this.#thread !== before) return this.#running();
    const starting = (current?.ended() ?? Promise.resolve()).then(() => startThread(this.#store, this.#durability));
    this.#thread = starting;
    return starting;
  }
}

function encode(statement: Statement): EncodedStatement {
  const { sql, params = [], expect } = statement;
  return { sql, params: params.map(encodeParameter), ...(expect ? { expect } : {}) };
}

class BrokenSession extends Error {}

function errorOf(error: Extract<Reply, { ok: false }>['error']): Error {
  if (error.expectation !== undefined) return new ExpectationFailed(error.expectation);
  if (error.code === undefined) return storeError(error.message);
  if (error.code === '53100' || error.code === '53200' || /no space left|ENOSPC/i.test(error.message))
    return full(error.message);
  return Object.assign(new Error(error.message), {
    code: error.code,
    ...(error.detail ? { detail: error.detail } : {}),
  });
}

function storeError(message: string): Error {
  return /ENOSPC|no space left/i.test(message) ? full(message) : new BrokenSession(message);
}

function full(message: string): StoreFull {
  return new StoreFull('The disk of the data directory is full; free some space.', { cause: new Error(message) });
}
