import { beforeEach, expect, test } from '@jest/globals';
import { openBefore, openTestPglite } from '../storage/testing/databases.ts';
import { removalsAccepter } from './sync-starter.ts';

const store = openBefore(() => openTestPglite(), []);
const wanted = { org: 'uk', instance: 'onec-main', entity: 'Meter' };
const hold = (since: string) =>
  store.db.query(
    `insert into sync_state (org, instance, entity, held, updated_at) values ('uk', 'onec-main', 'Meter', jsonb_build_object('wouldRemove', 9, 'of', 10, 'since', $1::text), now())
     on conflict (org, instance, entity) do update set held = excluded.held`,
    [since],
  );
const isHeld = async (): Promise<boolean> =>
  (await store.db.query('select 1 from sync_state where held is not null')).count > 0;
const clock = { now: () => Date.parse('2026-11-24T10:00:00Z') };
const accepter = (o: { run?: () => Promise<unknown>; ask?: () => Promise<void> }) =>
  removalsAccepter({
    db: store.db,
    clock,
    sync: { run: o.run } as never,
    requests: o.ask ? ({ ask: o.ask } as never) : undefined,
  });

beforeEach(async () => {
  await store.db.query('delete from sync_state');
  await hold('2026-11-24T09:00:00Z');
});

test('a run that was under way without the permission is followed by one that has it', async () => {
  let runs = 0;
  await accepter({
    run: async () => {
      if (++runs === 2) await store.db.query('update sync_state set held = null');
    },
  })(wanted);
  expect([runs, await isHeld()]).toEqual([2, false]);
});

test('what a later sweep holds is not answered by it', async () => {
  await accepter({ run: () => hold('2026-11-24T10:05:00Z') })(wanted);
  expect(await isHeld()).toBe(true);
});

test('where processes share the store it is asked for, and the question is settled', async () => {
  const asked: unknown[] = [];
  await accepter({ ask: async (...args: unknown[]) => void asked.push(...args) })(wanted);
  expect(asked).toEqual([{ ...wanted, full: true, acceptRemovals: true }]);
  expect(await isHeld()).toBe(false);
});

test('a pull that fails leaves the question as it was', async () => {
  const failing = accepter({ run: () => Promise.reject(new Error('1C is down')) });
  await expect(failing(wanted)).rejects.toThrow('1C is down');
  expect(await isHeld()).toBe(true);
});
