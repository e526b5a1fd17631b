import { beforeAll, describe, expect, test } from '@jest/globals';
import { entities, entity } from '../canonical/registry.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import { storedEntities } from '../storage/entities.ts';
import { newRowColumns, RecordRepository } from '../storage/repositories/records.ts';
import { testCipher as cipher, onEachDatabase } from '../storage/testing/databases.ts';
import { WordIndex } from '../storage/word-index.ts';
import { Lookup } from './lookup.ts';

const NOW = new Date('2026-11-24T10:00:00Z');
const ORG = 'uk';
const money = (amount: string) => ({ amount, currency: 'RUB' });

onEachDatabase('the lookup of the desk', storedEntities(entities.values()), (store) => {
  let records: RecordRepository;
  let lookup: Lookup;
  let tick = NOW.getTime();
  const ids: Record<string, string> = {};

  /** By COPY, as a first load stores records. */
  const put = async (name: string, canonical: Record<string, unknown>, org = ORG): Promise<string> => {
    const id = uuidv7(tick++);
    const record = { id, nativeKey: `key-${id}`, version: '1', nativeHash: null, canonical, native: { x: 1 } };
    await store.db.copy('record', newRowColumns, records.newRows(org, entity(name), 'onec-main', 'm1', [record], NOW));
    return id;
  };
  const person = (name: string, phone: string): Promise<string> => {
    const [lastName = null, firstName = null, middleName = null] = name.split(' ');
    return put('Customer', {
      name,
      lastName,
      firstName,
      middleName,
      birthDate: '1980-05-17',
      phones: [phone],
      emails: [],
    });
  };
  const house = (text: string, city: string): Promise<string> =>
    put('Building', {
      name: text.replace(/^г\. [^,]+, /, ''),
      timezone: 'Europe/Moscow',
      address: { text, city, gar: null },
    });
  /** A flat with its account and who answers for it. */
  const flat = async (building: string, number: string, account: string, holder: string): Promise<[string, string]> => {
    const premises = await put('Premises', { building, number, purpose: 'residential' });
    const id = await put('PersonalAccount', {
      number: account,
      state: 'open',
      premises,
      holder,
      unifiedNumber: null,
      serviceId: null,
    });
    return [premises, id];
  };
  const names = async (q: string): Promise<string[]> =>
    (await lookup.find(ORG, q)).candidates.flatMap((c) => c.names).sort();
  const accounts = async (q: string): Promise<string[]> =>
    (await lookup.find(ORG, q)).candidates.flatMap((c) => c.accounts.map((a) => a.number)).sort();

  beforeAll(async () => {
    records = new RecordRepository(store.db, cipher);
    lookup = new Lookup({ db: store.db, cipher, clock: { now: () => NOW.getTime() }, records });
    const [b5, b52, march, kirov] = [
      await house('г. Казань, ул. Баумана, д. 5', 'Казань'),
      await house('г. Казань, ул. Баумана, д. 5, корп. 2', 'Казань'),
      await house('г. Казань, ул. 8 Марта, д. 12', 'Казань'),
      await house('г. Набережные Челны, пр-т Кирова, д. 7А', 'Набережные Челны'),
    ];
    ids.anna = await person('Семёнова Анна Петровна', '+79161234567');
    ids.ivan = await person('Кирова Мария Ивановна', '+78432001020');
    const petr = await person('Петров Пётр Петрович', '+79160000003');
    const yan = await person('Ян Ли', '+79160000004');
    [ids.flat, ids.account] = await flat(b5, '12', '000012345', ids.anna);
    await flat(b52, '12', '777', petr);
    await flat(b5, '13', '778', petr);
    await flat(march, '5', '000900', ids.ivan);
    await flat(kirov, 'кв. 3', '10000001', yan);
    await put('PersonalAccount', { number: '12345', state: 'open', premises: null, holder: null }, 'other');
    await put('Customer', { name: 'Семёнова Анна Петровна', phones: ['+79161234567'], emails: [] }, 'other');
    // A house of many flats, and a name that many bear.
    const big = await house('г. Казань, ул. Зелёная, д. 1', 'Казань');
    for (let n = 1; n <= 30; n++)
      await flat(big, String(n), `5000${n}`, await person(`Иванов Иван Иванович${n}`, `+7917000${1000 + n}`));
    const tenant = await person('Жилец Глеб Олегович', '+79160000009');
    await put('Residence', {
      account: ids.account,
      customer: tenant,
      status: 'tenant',
      share: null,
      since: '2020-01-01',
    });
  });

  describe('finds a person', () => {
    test.each([
      '8 (916) 123-45-67',
      '+7 916 123 45 67',
      '9161234567',
      'Семёнова Анна',
      'семенова',
      'АННА СЕМЕНОВА',
      'Анна Петровна Семёнова',
      'Семен Ан',
      'Семенова А. П.',
      'Семёнова, ул. Баумана, д. 5, кв. 12',
      'баумана 5 12 семенова',
      'Казань Семенова',
      'Семёнова кв 12',
    ])('by %s, in their own organisation alone', async (q) => {
      const { candidates, found } = await lookup.find(ORG, q);
      expect(candidates.map((c) => c.id)).toEqual([ids.anna]);
      expect(found?.customers.items[0]).toMatchObject({
        id: ids.anna,
        name: 'Семёнова Анна Петровна',
        isAskedFor: true,
      });
    });
    test('whose name is that of a street as well', async () => {
      expect(await names('Кирова Мария')).toEqual(['Кирова Мария Ивановна']);
      expect(await names('Ян')).toEqual(['Ян Ли']);
    });
    test('and nobody whose name only begins alike', async () => {
      expect(await names('Семенович')).toEqual([]);
      expect(await names('Семенова Яна')).toEqual([]);
    });
  });

  describe('finds an account', () => {
    test.each(['000012345', '12345', '0012345', 'л/с 000012345', '№ 12345'])('by %s', async (q) => {
      const { found } = await lookup.find(ORG, q);
      expect(found).toMatchObject({ entity: 'PersonalAccount', id: ids.account });
    });
  });

  describe('finds premises', () => {
    test.each([
      ['ул. Баумана, д. 5, кв. 13', ['778']],
      ['улица баумана дом 5 квартира 13', ['778']],
      ['Баумана 5-13', ['778']],
      ['13 кв, 5 дом, Баумана', ['778']],
      ['г.Казань,Баумана ул.,д5к2кв12', ['777']],
      ['Баумана 5/2 12', ['777']],
      ['Баумана 5 2 12', ['777']],
      ['Баум 5 корпус 2 кв 12', ['777']],
      ['8 марта 12 5', ['000900']],
      ['восьмого марта 12', []],
      ['проспект Кирова 7а 3', ['10000001']],
      ['КИРОВА 7А-3', ['10000001']],
      ['Набережные Челны, Кирова, д. 7 а, кв. 3', ['10000001']],
      ['зеленая 1 кв 7', ['50007']],
      ['Баумана 55 12', []],
    ])('at %s', async (q, expected) => expect(await accounts(q)).toEqual(expected));

    test('names those to choose from, with what tells them apart', async () => {
      const { candidates, found } = await lookup.find(ORG, 'Баумана 5 кв 12');
      expect(found).toBeNull();
      expect(candidates.map((c) => [c.address, c.names, c.accounts.map((a) => a.number)])).toEqual([
        ['г. Казань, ул. Баумана, д. 5, кв. 12', ['Семёнова Анна Петровна', 'Жилец Глеб Олегович'], ['000012345']],
        ['г. Казань, ул. Баумана, д. 5, корп. 2, кв. 12', ['Петров Пётр Петрович'], ['777']],
      ]);
      expect(JSON.stringify(candidates)).not.toContain('+79161234567');
    });
  });

  test.each([
    ['Зелёная 1', ['flat', 'last-name']],
    ['Иванов Иван', ['middle-name', 'street', 'house', 'flat', 'phone', 'account-number']],
    ['Казань', ['street', 'house', 'flat', 'last-name']],
  ])('says what to add to %s', async (q, add) => {
    await expect(lookup.find(ORG, q)).rejects.toMatchObject({
      code: 'LOOKUP_TOO_BROAD',
      facts: { details: { add: add.join(',') } },
    });
  });

  test('asks for more than one letter', async () => {
    await expect(lookup.find(ORG, ' . я')).rejects.toMatchObject({ code: 'LOOKUP_TOO_SHORT' });
  });

  test('tells how a balance came about, what has not ended, and how fresh each part is', async () => {
    const { account, flat: premises } = ids as { account: string; flat: string };
    for (const [period, amount, recalculation] of [
      ['2026-09', '1000.00', null],
      ['2026-10', '1100.00', '-50.00'],
    ] as const)
      await put('Charge', {
        account,
        period,
        service: 'Отопление',
        amount: money(amount),
        recalculation: recalculation && money(recalculation),
        benefits: null,
        volume: null,
        rate: null,
      });
    await put('Payment', {
      account,
      amount: money('400.00'),
      paidOn: '2026-10-10',
      source: 'Сбербанк',
      paymentId: null,
      registryNumber: null,
    });
    await put('Debt', {
      account,
      principal: money('2150.00'),
      penalty: money('3.10'),
      total: money('2153.10'),
      asOf: '2026-11-24T09:00:00Z',
    });
    const meter = await put('Meter', {
      premises,
      building: null,
      name: 'ХВС',
      serialNumber: '1',
      kind: 'individual',
      verifyBy: '2026-01-01',
      removed: false,
      tariffs: 1,
    });
    await put('Meter', {
      premises,
      building: null,
      name: 'снятый',
      serialNumber: '2',
      kind: 'individual',
      verifyBy: null,
      removed: true,
      tariffs: 1,
    });
    for (const [readAt, value] of [
      ['2026-09-20T00:00:00Z', '10'],
      ['2026-10-20T00:00:00+03:00', '12'],
      ['2026-08-20T00:00:00Z', '9'],
    ])
      await put('MeterReading', { meter, readAt, values: [value], consumption: null });
    const message = await put('Message', {
      channel: 'sms',
      to: '+79161234567',
      text: 'Долг',
      purpose: 'debt',
      status: 'sent',
      statusReason: null,
      account: null,
      deliveredAt: null,
    });
    const operation = async (id: string, subject: string | null, status: string): Promise<void> => {
      await store.db.query(
        `insert into operation (org, id, kind, client, instance, subject, payload, status, accepted_at, updated_at) values ($1, $2, 'messages.send', 'c', 'sms', $3, '{}', $4, $5, $5)`,
        [ORG, id, subject, status, NOW],
      );
    };
    const open = [uuidv7(tick++), uuidv7(tick++)];
    await operation(message, null, 'retrying');
    await operation(open[0] as string, `account:${account}`, 'waiting');
    await operation(open[1] as string, `meter:${meter}`, 'dead');
    await operation(uuidv7(tick++), `account:${account}`, 'succeeded');
    await operation(uuidv7(tick++), `account:${uuidv7(1)}`, 'waiting');
    await store.db.query(
      `insert into task (org, id, cause, kind, status, operation, subject, deadline, created_at, updated_at) values
         ($1, $2, 'a', 'dead', 'open', $3, null, $5, $5, $5), ($1, $4, 'b', 'dead', 'closed', $3, null, $5, $5, $5)`,
      [ORG, uuidv7(tick++), open[1] as string, uuidv7(tick++), NOW],
    );
    await store.db.query(
      `insert into sync_state (org, instance, entity, first_load_done, delta_at, updated_at, error) values
         ($1, 'onec-main', 'Debt', true, $2, $2, null), ($1, 'onec-main', 'Charge', true, $3, $3, '{"code":"ONEC_BUSY"}'), ($1, 'onec-main', 'Payment', false, null, $2, null)`,
      [ORG, NOW, new Date(NOW.getTime() - 5 * 3_600_000)],
    );

    const found = await lookup.open(ORG, ids.anna as string);
    const [shown] = found.accounts.items;
    expect(shown?.balance).toMatchObject({
      principal: money('2150.00'),
      total: money('2153.10'),
      asOf: '2026-11-24T09:00:00Z',
      stage: 'overdue',
      monthsOwed: 2.1,
      sources: [{ instance: 'onec-main', problem: null }],
    });
    const months = shown?.explanation?.months.map((m) =>
      [m.period, m.opening, m.charged, m.recalculated, m.paid, m.closing].map((v) =>
        typeof v === 'string' ? v : v.amount,
      ),
    );
    expect(months).toEqual([
      ['2026-10', '1500.00', '1100.00', '-50.00', '400.00', '2150.00'],
      ['2026-09', '500.00', '1000.00', '0.00', '0.00', '1500.00'],
    ]);
    expect(shown?.explanation?.charges.sources).toEqual([
      { instance: 'onec-main', asOf: '2026-11-24T05:00:00.000Z', isLoading: false, problem: 'ONEC_BUSY' },
    ]);
    expect(shown?.explanation?.payments).toMatchObject({ asOf: null, sources: [{ isLoading: true }] });
    expect(found.notices).toEqual(['DIFFERENT_TIMES']);
    expect(found.meters.items).toMatchObject([
      { name: 'ХВС', isOverdue: true, readings: [{ values: ['12'] }, { values: ['10'] }] },
    ]);
    expect(found.operations.items.map((o) => o.id).sort()).toEqual([message, ...open].sort());
    expect(found.tasks.items.map((t) => t.operation)).toEqual([open[1]]);
    expect(found.messages.items).toMatchObject([{ to: '+79161234567', text: 'Долг', status: 'sent' }]);
    // Others of the flat are named, and their contacts are not shown of whom nobody asked for.
    expect(found.customers.items.map((p) => [p.name, p.phones.length, p.birthDate, p.roles[0]?.role])).toEqual([
      ['Семёнова Анна Петровна', 1, '1980-05-17', 'holder'],
      ['Жилец Глеб Олегович', 0, null, 'tenant'],
    ]);
  });

  test('opens nothing of another organisation', async () => {
    await expect(lookup.open('other', ids.anna as string)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  describe('words of records', () => {
    const wordsOf = async (id: string): Promise<unknown> =>
      (await store.db.query('select blind from record where id = $1', [id])).rows[0]?.blind;

    test('that an older version has stored without are given to them, and a reader sees no change', async () => {
      const id = ids.anna as string;
      const before = await wordsOf(id);
      await store.db.query(`update record set blind = blind - 'words' where org = $1`, [ORG]);
      expect(await names('Семёнова')).toEqual([]);
      const [{ revision, changed_at } = {}] = (
        await store.db.query('select revision, changed_at from record where id = $1', [id])
      ).rows;
      const index = new WordIndex(records, entities.values());
      const stopped = new AbortController();
      stopped.abort();
      expect(await index.round(stopped.signal)).toBe(0);
      expect(await index.round()).toBeGreaterThan(60);
      expect(await index.round()).toBe(0);
      expect(await wordsOf(id)).toEqual(before);
      expect((await store.db.query('select revision, changed_at from record where id = $1', [id])).rows).toEqual([
        { revision, changed_at },
      ]);
      expect(await names('Семёнова')).toEqual(['Семёнова Анна Петровна']);
    });

    test('follow a change of the name', async () => {
      const canonical = {
        name: 'Волкова Анна Петровна',
        lastName: 'Волкова',
        firstName: 'Анна',
        middleName: 'Петровна',
        birthDate: null,
        phones: [],
        emails: [],
      };
      const record = {
        id: ids.anna as string,
        nativeKey: `key-${ids.anna}`,
        version: '2',
        nativeHash: null,
        canonical,
        native: {},
      };
      await store.db.transact([
        records.upsertStatement(ORG, entity('Customer'), 'onec-main', 'm1', [record], NOW, NOW),
      ]);
      expect([await names('Семёнова'), await names('Волкова')]).toEqual([[], ['Волкова Анна Петровна']]);
    });

    test('are digests: neither a name nor a number stands in the store', async () => {
      const { rows } = await store.db.query(
        `select blind::text as blind from record where entity in ('Customer', 'PersonalAccount')`,
      );
      expect(rows.map((r) => r.blind).join()).not.toMatch(/[а-я]|12345/i);
    });
  });
});
