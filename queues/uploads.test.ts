import { expect, test } from '@jest/globals';
import { onEachDatabase, testCipher } from '../storage/testing/databases.ts';
import { applyRetention } from './retention.ts';
import { UPLOADS_KEPT_MS, uploadsOf } from './uploads.ts';

const NAME = 'Судебный приказ Иванова.pdf';
const key = JSON.stringify(['debtreq', 'a1'.repeat(32), NAME]);
const settings = { operationsDays: 9999, eventsDays: 9999, idempotencyDays: 9999 };
let n = 0;

onEachDatabase('uploads', [], (store) => {
  const setUp = () => {
    const clock = { offset: 0, now: () => Date.now() + clock.offset };
    const instance = { name: `uploads-${++n}`, organisation: 'uk' };
    /** As another process sees them. */
    const open = (more: Partial<typeof instance> = {}) =>
      uploadsOf({ db: store.db, cipher: testCipher, clock }, { ...instance, ...more });
    const rows = async () =>
      (await store.db.query('select * from upstream_file where instance = $1', [instance.name])).rows;
    return { clock, instance, open, rows };
  };

  test('what one process has noted another one goes on with; there is one row a file', async () => {
    const { open, rows } = setUp();
    expect(await open().find(key)).toBeUndefined();
    await open().note(key, { ref: 'begun' });
    expect(await open().find(key)).toEqual({ ref: 'begun' });
    await open().note(key, { ref: 'whole', digest: 'b2' });
    expect(await open().find(key)).toEqual({ ref: 'whole', digest: 'b2' });
    // It is begun anew.
    await open().note(key, { ref: 'again' });
    expect(await open().find(key)).toEqual({ ref: 'again' });
    expect(await rows()).toHaveLength(1);
  });

  test('two processes that note the same file at once leave one of the notes', async () => {
    const { open, rows } = setUp();
    await Promise.all(['a', 'b', 'c'].map((ref) => open().note(key, { ref })));
    expect(['a', 'b', 'c']).toContain((await open().find(key))?.ref);
    expect(await rows()).toHaveLength(1);
  });

  test('neither another instance nor another organisation sees a file, and forgetting is of the instance alone', async () => {
    const { open, instance } = setUp();
    const other = { name: `${instance.name}-b` };
    await open().note(key, { ref: 'mine', digest: 'b2' });
    await open(other).note(key, { ref: 'other' });
    expect(await open({ organisation: 'tsj' }).find(key)).toBeUndefined();
    await open({ organisation: 'tsj' }).forget();
    await open(other).forget();
    expect(await open(other).find(key)).toBeUndefined();
    expect(await open().find(key)).toEqual({ ref: 'mine', digest: 'b2' });
    await open().forget();
    expect(await open().find(key)).toBeUndefined();
  });

  test('the store holds neither the name of a file nor a digest that somebody could compute', async () => {
    const { open, rows, instance } = setUp();
    await open().note(key, { ref: 'r' });
    await open({ name: `${instance.name}-b` }).note(key, { ref: 'r' });
    const text = JSON.stringify(await rows());
    for (const part of ['Иванова', 'pdf', 'debtreq', 'a1a1']) expect(text).not.toContain(part);
    const { rows: keys } = await store.db.query<{ key: string }>(
      'select distinct key from upstream_file where instance like $1',
      [`${instance.name}%`],
    );
    expect(keys).toHaveLength(2);
  });

  test('after seven days a note is not believed, and retention removes it', async () => {
    const { open, clock, rows } = setUp();
    await open().note(key, { ref: 'old' });
    clock.offset = UPLOADS_KEPT_MS - 60_000;
    await open().note(`${key}2`, { ref: 'young' });
    expect(await open().find(key)).toEqual({ ref: 'old' });
    clock.offset = UPLOADS_KEPT_MS + 1_000;
    expect(await open().find(key)).toBeUndefined();
    expect((await applyRetention(store.db, settings, new Date(clock.now()))).upstream_file).toBeGreaterThanOrEqual(1);
    expect((await rows()).map((row) => row.ref)).toEqual(['young']);
    expect(await open().find(`${key}2`)).toEqual({ ref: 'young' });
  });
});
