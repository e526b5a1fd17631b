import { type Database, StoreInDoubt } from '../../storage/port.ts';

/**
 * A store whose transactions are cut now and then, before they begin or after they have committed, as a kill or a lost
 * connection does.
 * @param random uniform in [0, 1) @param share of the transactions that are cut
 */
export function failingStore(db: Database, random: () => number, share: number): Database {
  return {
    kind: db.kind,
    query: (sql, params, options) => db.query(sql, params, options),
    copy: (...args) => db.copy(...args),
    close: () => db.close(),
    transact: async (statements) => {
      const cut = random();
      if (cut < share / 2) throw new StoreInDoubt('cut before');
      const results = await db.transact(statements);
      if (cut < share) throw new StoreInDoubt('cut after');
      return results;
    },
  };
}
