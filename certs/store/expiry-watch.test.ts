import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Row } from '../../storage/port.ts';
import { onEachDatabase } from '../../storage/testing/databases.ts';
import { type Ending, ExpiryWatch, type Inventory, readEndings } from './expiry-watch.ts';

const DAY = 86_400_000;
const start = Date.parse('2026-11-24T10:00:00Z');

onEachDatabase('the watch over certificates', [], (store) => {
  let now = start;
  let things: Inventory;
  const ending = (name: string, days: number, more: Partial<Ending> = {}): Ending => ({
    org: 'uk',
    kind: 'certificate',
    name,
    thumbprint: `of ${name}`,
    endsAt: start + days * DAY,
    ...more,
  });
  const watch = () =>
    new ExpiryWatch({
      db: store.db,
      clock: { now: () => now },
      random: Math.random,
      log: { warn: () => {} },
      organisations: ['uk'],
      warnDays: [60, 30, 14, 7, 1],
      inventory: async () => things,
      onChange: () => {},
    });
  const events = async (): Promise<string[]> => {
    const { rows } = await store.db.query<Row>('select type, data from event order by ord');
    return rows.map((r) => {
      const { name, warnedAt } = r.data as { name: string; warnedAt: number };
      return `${name} ${r.type} ${warnedAt}`;
    });
  };
  beforeEach(() => {
    now = start;
    things = { endings: [], unreadable: [] };
  });
  afterEach(async () => {
    for (const table of ['event', 'certificate_watch', 'certificate_notice'])
      await store.db.query(`delete from ${table}`);
  });

  test('tells at each threshold, once, through restarts', async () => {
    things = { endings: [ending('director', 61)], unreadable: [] };
    for (let day = 0; day <= 63; day++) {
      now = start + day * DAY + 1000;
      // Each day another process, and twice.
      await watch().look();
      await watch().look();
    }
    expect(await events()).toEqual([
      'director certificate.expires 60',
      'director certificate.expires 30',
      'director certificate.expires 14',
      'director certificate.expires 7',
      'director certificate.expires 1',
      'director certificate.expired 0',
    ]);
    expect((await readEndings(store.db)).map((e) => e.warned)).toEqual([0]);
  });

  test('tells once when several processes look at the same time', async () => {
    things = { endings: [ending('a', 5), ending('b', -3), ending('c', 300)], unreadable: [] };
    const given = await Promise.all(Array.from({ length: 8 }, () => watch().look()));
    expect(given.reduce((sum, n) => sum + n, 0)).toBe(2);
    expect((await events()).sort()).toEqual(['a certificate.expires 7', 'b certificate.expired 0']);
  });

  test('a certificate that takes the place of another is one of its own, and what is gone is forgotten', async () => {
    things = { endings: [ending('a', 5), ending('b', 5, { kind: 'power-of-attorney' })], unreadable: [] };
    await watch().look();
    await store.db.query('update certificate_watch set noted = warned');
    things = { endings: [ending('a', 6, { thumbprint: 'another' })], unreadable: [] };
    await watch().look();
    expect(await events()).toEqual([
      'a certificate.expires 7',
      'b power-of-attorney.expires 7',
      'a certificate.expires 7',
    ]);
    const { rows } = await store.db.query('select name, noted from certificate_watch');
    expect(rows).toEqual([{ name: 'a', noted: null }]);
  });

  test('what can not be read just now is not forgotten', async () => {
    things = { endings: [ending('a', 5)], unreadable: [] };
    await watch().look();
    things = {
      endings: [],
      unreadable: [{ org: 'uk', kind: 'certificate', name: 'a', error: new Error('no such file') }],
    };
    await watch().look();
    expect((await readEndings(store.db)).map((e) => e.name)).toEqual(['a']);
  });

  test('looks again after five minutes, or when it is asked to', async () => {
    let looks = 0;
    const one = new ExpiryWatch({
      db: store.db,
      clock: { now: () => now },
      random: Math.random,
      log: { warn: () => {} },
      organisations: ['uk'],
      warnDays: [60],
      inventory: async () => {
        looks++;
        return things;
      },
      onChange: () => {},
    });
    await one.beat();
    await one.beat();
    expect(looks).toBe(1);
    one.ask();
    await one.beat();
    now += 5 * 60_000;
    await one.beat();
    expect(looks).toBe(3);
  });
});
