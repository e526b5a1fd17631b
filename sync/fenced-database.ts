import { type Database, ExpectationFailed, type Result, type Row, type Statement } from '../storage/port.ts';
import { SYNC_LEASE } from './run-lease.ts';

/**
 * A store that takes writes only while a lease lasts: every change is made in one transaction with the fence. What is
 * only read is not held up by it.
 *
 * @param fence statement whose expectation {@link SYNC_LEASE} fails when the lease was lost
 * @param onLost told before the error is thrown
 */
export function fencedDatabase(db: Database, fence: () => Statement, onLost: () => void): Database {
  const watched = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ExpectationFailed && error.expectation === SYNC_LEASE) onLost();
      throw error;
    }
  };
  const transact = (statements: readonly Statement[]): Promise<Result[]> =>
    watched(async () => (await db.transact([fence(), ...statements])).slice(1));
  const { ensureRoom } = db;
  return {
    kind: db.kind,
    query: async <R extends Row = Row>(
      ...[sql, params, options]: Parameters<Database['query']>
    ): Promise<Result<R>> => {
      if (/^\s*select\b/i.test(sql)) return db.query<R>(sql, params, options);
      const [result] = await transact([{ sql, ...(params ? { params } : {}), ...options }]);
      return (result ?? { rows: [], count: 0 }) as Result<R>;
    },
    transact,
    copy: (table, columns, rows, then = []) => watched(() => db.copy(table, columns, rows, [fence(), ...then])),
    ...(ensureRoom ? { ensureRoom: () => ensureRoom.call(db) } : {}),
    close: () => db.close(),
  };
}
