/** Messages between the hub's thread and the thread that owns the embedded store. */
export interface WorkerSettings {
  dataDir: string;
  durability: 'fsync' | 'none';
}

export interface EncodedStatement {
  sql: string;
  params: readonly (null | string | number | boolean | Uint8Array)[];
  expect?: { rows: number; name: string };
}

export type Request =
  | { id: number; op: 'transact'; statements: readonly EncodedStatement[]; single: boolean }
  | {
      id: number;
      op: 'copy';
      table: string;
      columns: readonly string[];
      chunks: readonly string[];
      closing: readonly EncodedStatement[];
    }
  | { id: number; op: 'syncs' }
  | { id: number; op: 'close' };

export type Reply =
  | { id: number; ok: true; results: { rows: Record<string, unknown>[]; count: number }[]; syncs?: number }
  | { id: number; ok: false; error: { message: string; code?: string; expectation?: string; detail?: string } };

/** First message of the worker. */
export type Ready = { ready: true } | { ready: false; message: string };
