import { userInfo } from 'node:os';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { encodeCopy, encodeParameter, identifier } from '../encode.ts';
import {
  type Database,
  ExpectationFailed,
  type Result,
  type Row,
  type SqlValue,
  type Statement,
  type StatementOptions,
  StoreFull,
  StoreInDoubt,
} from '../port.ts';

export interface PostgresOptions {
  url: string;
  /** Schema that holds the hub's tables; created when absent. */
  schema?: string;
  /** Connections of this process. */
  maxConnections?: number;
  /** Milliseconds a statement may take before it is cancelled. */
  statementTimeoutMs?: number;
}

/** Longest wait for a connection, new or free, milliseconds. */
const CONNECT_MS = 15_000;
/** Copies of this process at once. */
const COPIES = 2;
/** Longest that a timer can wait. */
const UNLIMITED_MS = 2 ** 31 - 1;
const INT8 = 20;
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8) return parseInt8;
    return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text');
  }) as typeof pg.types.getTypeParser,
};

/** The SQL door of a PostgreSQL server (15 or later), through a small pool. */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const { statementTimeoutMs = 60_000 } = options;
  const schema = options.schema ?? 'public';
  const settings: pg.PoolConfig = {
    connectionString: withUser(options.url),
    max: options.maxConnections ?? 10,
    types,
    application_name: 'connector-hub',
    statement_timeout: statementTimeoutMs,
    // A server that is gone without a word answers neither; the connection is then given up.
    query_timeout: statementTimeoutMs + 15_000,
    connectionTimeoutMillis: CONNECT_MS,
    options: `-c search_path=${identifier(schema)}`,
  };
  const db = new PostgresDatabase(
    // The statements of a transaction travel together.
    poolOf({ ...settings, pipeline: true }),
    // A copy can't share its connection so; few of them run at once, and their connections go when they are idle.
    poolOf({ ...settings, max: Math.min(COPIES, settings.max ?? COPIES) }),
  );
  try {
    if (schema !== 'public') await db.query(`create schema if not exists ${identifier(schema)}`);
  } catch (error) {
    await db.close();
    throw error;
  }
  return db;
}

function poolOf(settings: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(settings);
  // An idle connection that the server closed is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => {});
  // So is one that breaks while it is used; whoever uses it gets the error from the statement.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

class PostgresDatabase implements Database {
  readonly kind = 'postgres' as const;
  readonly #pool: pg.Pool;
  readonly #copies: pg.Pool;
  readonly #prepared = new Map<string, number>();
  #generation = 0;

  constructor(pool: pg.Pool, copies: pg.Pool) {
    this.#pool = pool;
    this.#copies = copies;
  }

  async query<R extends Row = Row>(
    sql: string,
    params: readonly SqlValue[] = [],
    options: StatementOptions = {},
  ): Promise<Result<R>> {
    if (options.unlimited) return this.#unlimited<R>({ sql, params });
    return this.#repeated(async (client) => asResult<R>(await this.#send(client, { sql, params, ...options })));
  }

  async #unlimited<R extends Row>({ sql, params = [] }: Statement): Promise<Result<R>> {
    return this.#repeated(async (client) => {
      await client.query('set statement_timeout = 0');
      try {
        const statement = { text: sql, values: params.map(encodeParameter), query_timeout: UNLIMITED_MS };
        return asResult<R>(await client.query(statement));
      } finally {
        await client.query('reset statement_timeout');
      }
    });
  }

  async transact(statements: readonly Statement[]): Promise<Result[]> {
    const [first] = statements;
    // One statement is a transaction by itself; nothing has to be looked at before it commits.
    if (first && statements.length === 1 && !first.expect)
      return this.#repeated(async (client) => [asResult(await this.#send(client, first))]);
    return this.#repeated((client) => this.#inTransaction(client, () => this.#runAll(client, statements)));
  }

  async copy(
    table: string,
    columns: readonly string[],
    rows: readonly (readonly SqlValue[])[],
    then: readonly Statement[] = [],
  ): Promise<void> {
    await this.#repeated(
      (client) =>
        this.#inTransaction(client, async () => {
          if (rows.length > 0) {
            const stream = client.query(
              copyFrom(`copy ${identifier(table)} (${columns.map(identifier).join(', ')}) from stdin`),
            );
            await pipeline(Readable.from(chunks(rows)), stream);
          }
          await this.#runEach(client, then);
        }),
      this.#copies,
    );
  }

  async close(): Promise<void> {
    for (const pool of [this.#pool, this.#copies]) if (!pool.ended) await pool.end();
  }

  async #connect(pool: pg.Pool): Promise<pg.PoolClient> {
    try {
      return await pool.connect();
    } catch (error) {
      throw new StoreInDoubt('PostgreSQL does not answer; nothing was written by this call.', { cause: error });
    }
  }

  /** Runs work that is all or nothing; again when the server asks for it or when a prepared statement has grown old. */
  async #repeated<T>(work: (client: pg.PoolClient) => Promise<T>, pool = this.#pool): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const client = await this.#connect(pool);
      let broken: Error | undefined;
      try {
        return await work(client);
      } catch (error) {
        if (error instanceof Aborted) broken = error.broken;
        const cause = error instanceof Aborted ? error.cause : error;
        if (isStale(cause)) this.#generation++;
        if (attempt < 5 && (isConflict(cause) || isStale(cause))) continue;
        const known = classify(cause);
        // Whatever the connection still carries is not for its next user.
        if (known instanceof StoreInDoubt) broken ??= known;
        throw known;
      } finally {
        client.release(broken);
      }
    }
  }

  async #inTransaction<T>(client: pg.PoolClient, work: () => Promise<T>): Promise<T> {
    try {
      // Awaited by itself: what ran behind a `begin` that failed would commit each for itself.
      await client.query('begin');
      const result = await work();
      await client.query('commit');
      return result;
    } catch (error) {
      throw new Aborted(error, await rollback(client));
    }
  }

  /** Sends all of them before the first has answered; after one that fails the server refuses the rest. */
  async #runAll(client: pg.PoolClient, statements: readonly Statement[]): Promise<Result[]> {
    const queries = statements.map((statement) => this.#queryOf(statement));
    const answers = await Promise.allSettled(queries.map((query) => client.query(query)));
    return answers.map((answer, n) => {
      if (answer.status === 'rejected') throw answer.reason;
      return asExpected(answer.value, statements[n]);
    });
  }

  /** One after the other, on a connection that can't have several under way. */
  async #runEach(client: pg.PoolClient, statements: readonly Statement[]): Promise<void> {
    for (const statement of statements) asExpected(await this.#send(client, statement), statement);
  }

  #send(client: pg.PoolClient, statement: Statement): Promise<pg.QueryResult> {
    return client.query(this.#queryOf(statement));
  }

  #queryOf({ sql, params = [], prepare }: Statement): pg.QueryConfig {
    return { text: sql, values: params.map(encodeParameter), ...(prepare ? { name: this.#nameOf(sql) } : {}) };
  }

  /** Name of a prepared statement; another one after the tables have changed under it. */
  #nameOf(sql: string): string {
    let number = this.#prepared.get(sql);
    if (number === undefined) {
      number = this.#prepared.size;
      this.#prepared.set(sql, number);
    }
    return `hub_${this.#generation}_${number}`;
  }
}

/** A transaction that was rolled back, and whether its connection is gone. */
class Aborted extends Error {
  readonly broken: Error | undefined;
  constructor(cause: unknown, broken: Error | undefined) {
    super('The transaction was rolled back.', { cause });
    this.broken = broken;
  }
}

async function rollback(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query('rollback');
    return undefined;
  } catch (error) {
    // The connection is gone; releasing it with the error makes the pool drop it.
    return error as Error;
  }
}

function* chunks(rows: readonly (readonly SqlValue[])[]): Generator<Buffer> {
  for (let i = 0; i < rows.length; i += 1_000) yield Buffer.from(encodeCopy(rows.slice(i, i + 1_000)));
}

function asResult<R extends Row>(result: pg.QueryResult): Result<R> {
  return { rows: result.rows as R[], count: result.rowCount ?? result.rows.length };
}

/** @throws ExpectationFailed */
function asExpected(answer: pg.QueryResult, statement: Statement | undefined): Result {
  const result = asResult(answer);
  const expect = statement?.expect;
  if (expect && result.count !== expect.rows) throw new ExpectationFailed(expect.name);
  return result;
}

/** Numbers where they are exact, bigint past 2^53. */
export function parseInt8(text: string): number | bigint {
  const n = Number(text);
  return Number.isSafeInteger(n) ? n : BigInt(text);
}

function isConflict(error: unknown): boolean {
  const code = (error as { code?: string }).code;
  return code === '40001' || code === '40P01';
}

/** "cached plan must not change result type": a migration has changed a table since the statement was prepared; it did not run. */
function isStale(error: unknown): boolean {
  return (error as { code?: string }).code === '0A000' && /cached plan/.test((error as Error).message);
}

/** SQLSTATE classes: 53100 disk_full; 08* and 57P0* lost connections, whose outcome is unknown. */
function classify(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ExpectationFailed) return error;
  const code = (error as { code?: string }).code;
  if (code === '53100' || code === '53200' || code === '25006')
    return new StoreFull('PostgreSQL takes no more writes (disk full, out of memory or read-only).', { cause: error });
  if (code === undefined || code.startsWith('08') || code.startsWith('57P0') || /^E[A-Z]+$/.test(code)) {
    return new StoreInDoubt('The connection to PostgreSQL was lost while a statement was under way.', { cause: error });
  }
  return error;
}

/** libpq falls back to the system user when the address names none; the driver needs it spelt out. */
export function withUser(url: string): string {
  const parsed = new URL(url);
  if (parsed.username === '') parsed.username = process.env.PGUSER ?? userInfo().username;
  return parsed.href;
}

/** True when a server answers at the address within the time; for tests that may be skipped. */
export async function answers(url: string, timeoutMs = 2_000): Promise<boolean> {
  const client = new pg.Client({ connectionString: withUser(url), connectionTimeoutMillis: timeoutMs });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}
