/**
 * The one door to SQL, the same for the embedded store (PGlite in a worker thread) and for a PostgreSQL server.
 *
 * A transaction is a list of statements sent as one message: nothing is interactive, so a lost connection can never
 * leave half of it open, and the embedded store (one session) needs no locks between callers. Decisions that depend on
 * data are written in SQL (`WITH …`, `WHERE`, `ON CONFLICT`), or as `expect`.
 *
 * Dialect: PostgreSQL 15. `int8` comes back as number (bigint past 2^53), `timestamptz` as Date, `bytea` as Uint8Array,
 * `jsonb` parsed, `numeric` as string, on both back ends.
 */
export interface Database {
  readonly kind: 'pglite' | 'postgres';
  /** One statement, committed when the promise resolves. */
  query<R extends Row = Row>(sql: string, params?: readonly SqlValue[], options?: StatementOptions): Promise<Result<R>>;
  /** All statements in one transaction, in order; all or nothing. Results in the order of the statements. */
  transact(statements: readonly Statement[]): Promise<Result[]>;
  /** Bulk load by COPY, inside one transaction with `then` (checkpoint rows). Values must be null, string, number, boolean, Date, Uint8Array or JSON. */
  copy(
    table: string,
    columns: readonly string[],
    rows: readonly (readonly SqlValue[])[],
    then?: readonly Statement[],
  ): Promise<void>;
  /**
   * Asked before new work is taken. What is under way may still be ended afterwards: some room is kept for that.
   * @throws StoreFull when the room that is left is needed for it
   */
  ensureRoom?(): Promise<void>;
  close(): Promise<void>;
}

export type Row = Record<string, unknown>;
export type SqlValue =
  | null
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | readonly SqlValue[]
  | { readonly [key: string]: unknown };

export interface StatementOptions {
  /** The text is fixed and runs often: a server parses and plans it once a connection. */
  prepare?: boolean;
  /** It may take hours (the build of an index); only for a statement that runs outside a transaction. */
  unlimited?: boolean;
}

export interface Statement extends StatementOptions {
  sql: string;
  params?: readonly SqlValue[];
  /** Rolls the whole transaction back with ExpectationFailed(name) unless exactly so many rows were touched. */
  expect?: { rows: number; name: string };
}

export interface Result<R extends Row = Row> {
  rows: R[];
  /** Rows returned or changed. */
  count: number;
}

/** A statement's `expect` did not hold; the transaction had no effect. */
export class ExpectationFailed extends Error {
  readonly expectation: string;
  constructor(expectation: string) {
    super(`Expectation '${expectation}' did not hold; the transaction was rolled back.`);
    this.name = 'ExpectationFailed';
    this.expectation = expectation;
  }
}

/**
 * The store failed or was cut while a statement was under way: whether it committed is not known. Callers read back
 * before they tell anyone that it failed.
 */
export class StoreInDoubt extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StoreInDoubt';
  }
}

/** The disk is full or the store refuses writes; nothing was written. */
export class StoreFull extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StoreFull';
  }
}
