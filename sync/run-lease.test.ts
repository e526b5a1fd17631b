import { expect, test } from '@jest/globals';
import { ExpectationFailed } from '../storage/port.ts';
import { onEachDatabase } from '../storage/testing/databases.ts';
import { fencedDatabase } from './fenced-database.ts';
import { RunLease } from './run-lease.ts';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
let instances = 0;

onEachDatabase('the lease of a pull', [], (store) => {
  const clock = { offset: 0, now: () => Date.now() + clock.offset };
  const take = (process: string, instance: string, onLost = () => {}) =>
    RunLease.take({ db: store.db, clock, log, process, org: 'uk', instance, request: {}, onLost });

  test('one process at a time pulls an instance, and the next one when it has ended', async () => {
    const instance = `i-${instances++}`;
    const racing = await Promise.all(['a', 'b', 'c'].map((process) => take(process, instance)));
    expect(racing.filter((lease) => lease !== undefined)).toHaveLength(1);
    expect(await take('d', instance)).toBeUndefined();
    await racing.find((lease) => lease !== undefined)?.release();
    const next = await take('d', instance);
    expect(next).toBeDefined();
    await next?.release();
  });

  test('a process that was silent too long is replaced, told so, and can write nothing more', async () => {
    const instance = `i-${instances++}`;
    let told = 0;
    const sleeper = await take('sleeper', instance, () => {
      told++;
    });
    clock.offset += 21_000;
    const heir = await take('heir', instance);
    if (!sleeper || !heir) throw new Error('both had the lease in turn');
    const fenced = fencedDatabase(
      store.db,
      () => sleeper.fence(),
      () => {
        told++;
      },
    );
    const write = `insert into proof (instance, kind, hash, evidence, proven_at) values ($1, 'k', 'h', 'late', now())`;
    await expect(fenced.query(write, [instance])).rejects.toBeInstanceOf(ExpectationFailed);
    await expect(fenced.transact([{ sql: write, params: [instance] }])).rejects.toBeInstanceOf(ExpectationFailed);
    await expect(
      fenced.copy(
        'proof',
        ['instance', 'kind', 'hash', 'evidence', 'proven_at'],
        [[instance, 'k', 'h', 'e', new Date()]],
      ),
    ).rejects.toBeInstanceOf(ExpectationFailed);
    expect((await fenced.query('select 1 from proof where instance = $1', [instance])).count).toBe(0);
    expect(told).toBe(3);
    const own = fencedDatabase(
      store.db,
      () => heir.fence(),
      () => {},
    );
    expect((await own.query(write, [instance])).count).toBe(1);
    await sleeper.release();
    // The late end of the old run does not end the new one.
    expect(await take('third', instance)).toBeUndefined();
    await heir.release();
  });
});
