import { expect, test } from '@jest/globals';
import type { Outcome } from '../connectors/port.ts';
import { type Database, StoreInDoubt } from '../storage/port.ts';
import { openBefore, openTestPglite } from '../storage/testing/databases.ts';
import { workbench } from './testing/workbench.ts';

const store = openBefore(() => openTestPglite(), []);

/** A store whose transactions about own numbers fail so many times, as those of a server that is being restarted do. */
function failing(db: Database, times: number): Database {
  let left = times;
  return {
    kind: db.kind,
    query: (...args) => db.query(...args),
    copy: (...args) => db.copy(...args),
    close: () => db.close(),
    transact: async (statements) => {
      if (left > 0 && statements.some((s) => s.sql.includes('upstream_sequence'))) {
        left--;
        throw new StoreInDoubt('terminating connection due to administrator command');
      }
      return db.transact(statements);
    },
  };
}

test('case 0201: a store that fails before anything was sent costs neither the operation nor an attempt', async () => {
  const sent: string[] = [];
  const db = failing(store.db, 2);
  const t = workbench(
    { db },
    {
      effect: 'once',
      ownId: { min: 1, max: 1_000_000 },
      send: async (_ctx, op): Promise<Outcome> => {
        sent.push(op.id);
        return { status: 'done', result: {} };
      },
      reconcile: async () => ({ status: 'absent' }),
    },
  );
  const { id } = await t.journal.accept(t.request(1));
  t.worker.start();
  expect(await t.settled(id)).toMatchObject({ status: 'succeeded', attempts: 1 });
  expect(sent).toEqual([id]);
  expect((await t.journal.attempts('uk', id)).map((a) => a.code)).toEqual([
    'STORE_UNAVAILABLE',
    'STORE_UNAVAILABLE',
    null,
  ]);
  expect(t.breakers.state(t.name)).toBe('closed');
  await t.worker.stop();
});
