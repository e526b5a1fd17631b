import { beforeEach, expect, test } from '@jest/globals';
import { onEachDatabase } from '../../storage/testing/databases.ts';
import { log } from '../testing/workbench.ts';
import { DriftBook, driftKnown } from './book.ts';
import { formOf, safeName } from './form.ts';
import { noteUnknownCodes } from './unknown-codes.ts';

onEachDatabase('what upstreams have changed', [], (store) => {
  beforeEach(async () => {
    await store.db.query('delete from drift');
  });
  const clock = { at: Date.UTC(2026, 10, 26), now: () => clock.at };
  const book = (onChange = () => {}) => new DriftBook({ db: store.db, clock, log, onChange });
  const rows = async () =>
    (
      await store.db.query(
        'select instance, place, kind, what, sample, count, known_by from drift order by place, what',
      )
    ).rows;

  test('is one row with a count, however often and by whomever it is seen', async () => {
    let told = 0;
    const books = [book(() => told++), book(() => told++)];
    for (let n = 0; n < 1_000; n++)
      books[n % 2]?.note('uk', 'sms-main', { place: 'status', kind: 'code', what: '77', sample: 77 });
    await Promise.all(books.map((b) => b.round()));
    clock.at += 1_000;
    books[0]?.note('uk', 'sms-main', { place: 'status', kind: 'code', what: '77' });
    await books[0]?.round();
    expect(await rows()).toEqual([
      { instance: 'sms-main', place: 'status', kind: 'code', what: '77', sample: '00', count: 1_001, known_by: null },
    ]);
    expect(told).toBeGreaterThanOrEqual(1);
    expect(told).toBeLessThanOrEqual(2);
  });

  test('does not come again once a person knows of it, and what is new there does', async () => {
    const b = book();
    const see = async (what: string) => {
      b.note('uk', 'onec-main', { place: 'Catalog_X', kind: 'field', what, sample: 'Edm.String' });
      await b.round();
      clock.at += 1_000;
    };
    await see('Первое');
    const at = new Date(clock.at - 1);
    await see('Второе');
    expect(await driftKnown(store.db, { org: 'uk', instance: 'onec-main', place: 'Catalog_X', by: 'anna', at })).toBe(
      1,
    );
    await see('Первое');
    expect((await rows()).map((r) => [r.what, r.known_by])).toEqual([
      ['Второе', null],
      ['Первое', 'anna'],
    ]);
  });

  test('stays a list that a person can look through, and small in memory, whatever an upstream sends', async () => {
    const b = book();
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 2_000; n++)
        b.note('uk', 'onec-main', { place: `S${n % 40}`, kind: 'field', what: `f${round}x${n}` });
      await b.round();
    }
    const kept = await rows();
    expect(kept.length).toBeLessThanOrEqual(201);
    expect(kept.reduce((sum, r) => sum + Number(r.count), 0)).toBe(6_000);
    expect(kept.find((r) => r.place === '…')).toMatchObject({ what: '…' });
  });

  test('holds no value', async () => {
    const b = book();
    for (const value of ['+79031112233', 'Загребайло Евлампия', 'evlampia@example.ru', '9205 771133'])
      b.note('uk', 'onec-main', { place: 'Catalog_X', kind: 'code', what: value, sample: { phone: value } });
    await b.round();
    const text = JSON.stringify(await rows());
    expect(text).not.toMatch(/9031112233|Загребайло|evlampia|771133/);
    expect((await rows())[0]?.sample).toMatch(/^[Aa0 "{}:+@,.]*$/);
  });

  test('a store that refuses costs nothing but time', async () => {
    const warned: string[] = [];
    let refuses = true;
    const b = new DriftBook({
      db: {
        ...store.db,
        query: (...args: Parameters<typeof store.db.query>) =>
          refuses ? Promise.reject(new Error('no store')) : store.db.query(...args),
      } as never,
      clock,
      log: { ...log, warn: (message) => warned.push(message) },
      onChange: () => {},
    });
    for (let n = 0; n < 3; n++) {
      b.note('uk', 'sms-main', { place: 'status', kind: 'code', what: '77' });
      await b.round();
    }
    expect(warned).toHaveLength(3);
    refuses = false;
    await b.round();
    expect(await rows()).toMatchObject([{ what: '77', count: 3 }]);
  });
});

test('a name stays as it is, and what may be a value becomes its form', () => {
  expect(['Catalog_КВП_Счета', '-77', 'Edm.String', 'Поле (gone)', '0x45'].map(safeName)).toEqual([
    'Catalog_КВП_Счета',
    '-77',
    'Edm.String',
    'Поле (gone)',
    '0x45',
  ]);
  expect(safeName('Иванов Иван')).toBe('Aaaaaa Aaaa');
  expect(safeName('89031112233')).toBe('00000000000');
  expect(formOf('x'.repeat(1_000))).toHaveLength(60);
});

test('an unknown code of an answer is noted, a known one is not', () => {
  const noted: unknown[] = [];
  const entry = (kind: string, code: string | undefined) => ({
    op: { org: 'uk', instance: 'sms-main' },
    attempt: { error: { kind, code: 'SMSC_UNKNOWN', facts: code === undefined ? {} : { upstream: { code } } } },
  });
  noteUnknownCodes({ note: (...args) => noted.push(args) }, [
    entry('unexpected', '99'),
    entry('rejected', '7'),
    entry('unexpected', undefined),
  ] as never);
  expect(noted).toEqual([['uk', 'sms-main', { place: 'SMSC_UNKNOWN', kind: 'code', what: '99' }]]);
});
