import { expect, test } from '@jest/globals';
import { commands } from '../../canonical/commands/registry.ts';
import { entities, entity } from '../../canonical/registry.ts';
import { uuidv7 } from '../../canonical/values/uuid.ts';
import { Journal } from '../../queues/journal.ts';
import { storedEntities } from '../../storage/entities.ts';
import { foreignContext } from '../../storage/repositories/foreign-records.ts';
import { RecordRepository } from '../../storage/repositories/records.ts';
import { onEachDatabase, testCipher } from '../../storage/testing/databases.ts';
import { type ApplyRequest, applyReconciliation } from './apply.ts';
import { differences, masked } from './compare.ts';
import type { Item, Scope } from './model.ts';
import { Reconciliations } from './reconciliations.ts';

let organisations = 0;
const newOrg = (): string => `rec-${process.pid}-${organisations++}`;
const money = (amount: string) => ({ amount, currency: 'RUB' });
const clock = { now: Date.now };

test('fields are compared by what they mean, and personal values are masked', () => {
  const accounts = entity('PersonalAccount');
  const ours = { number: '000012345', area: '54.30', residents: 2, serviceId: null, state: 'open' };
  expect(differences(accounts, ours, { number: '12345', area: '54.3', residents: 2, serviceId: 'x' })).toEqual([]);
  expect(differences(accounts, ours, { number: '12346', area: '54.31', residents: null })).toEqual([
    { field: 'number', ours: '•••45', theirs: '•••46' },
    { field: 'area', ours: '54.30', theirs: '54.31' },
    { field: 'residents', ours: 2, theirs: null },
  ]);
  const bills = entity('PaymentDocument');
  expect(differences(bills, { total: money('10.00') }, { total: money('10.00') })).toEqual([]);
  expect(differences(bills, { total: money('10.00') }, { total: money('10.01') })).toHaveLength(1);
  expect([masked('1234'), masked(null)]).toEqual(['•••', null]);
});

onEachDatabase('reconciliation', storedEntities(entities.values()), (store) => {
  function company() {
    const org = newOrg();
    const { db } = store;
    const records = new RecordRepository(db, testCipher);
    const journal = new Journal({ db, cipher: testCipher, clock, random: Math.random, onAccepted: () => {} });
    const process = `p-${organisations}`;
    const reconciliations = new Reconciliations({
      db,
      cipher: testCipher,
      records,
      clock,
      random: Math.random,
      process,
    });
    /** A house that the other system has too. */
    const house = async (name: string): Promise<string> =>
      linked('Building', await own('Building', { name, timezone: 'Europe/Moscow' }));
    /** The other system knows one of ours by now. */
    const linked = async (name: string, id: string, key = id): Promise<string> => {
      await db.query(`insert into xref (org, entity, instance, native_key, id) values ($1, $2, 'gis', $3, $4)`, [
        org,
        name,
        key,
        id,
      ]);
      return id;
    };
    const own = async (name: string, canonical: Record<string, unknown>): Promise<string> => {
      const id = uuidv7(Date.now());
      const whole = entity(name).schema.parse(canonical);
      const row = { id, nativeKey: id, version: '1', nativeHash: null, canonical: whole, native: {} };
      await db.transact([records.upsertStatement(org, entity(name), 'onec', 'h', [row], new Date(), new Date())]);
      return id;
    };
    const theirs = async (
      name: string,
      key: string,
      canonical: Record<string, unknown>,
      match: { record?: string; candidates?: string[]; archived?: boolean; house?: string } = {},
    ): Promise<void> => {
      const id = uuidv7(Date.now());
      const state = match.record ? 'matched' : match.candidates ? 'ambiguous' : 'unmatched';
      await db.query(
        `insert into foreign_record (org, instance, entity, native_key, id, record, state, candidates, archived, house, canonical, native_enc, changed_at, pulled_at)
         values ($1, 'gis', $2, $3, $4, $5, $6, $7::jsonb, $8, $11, $9::jsonb, $10, now(), now())`,
        [
          org,
          name,
          key,
          id,
          match.record ?? null,
          state,
          match.candidates ? JSON.stringify(match.candidates) : null,
          match.archived ?? false,
          JSON.stringify(canonical),
          testCipher.seal('{}', foreignContext(org, id)),
          match.house ?? 'house-1',
        ],
      );
    };
    const wasRead = async (...names: string[]): Promise<void> => {
      for (const name of names)
        await db.query(
          `insert into sync_state (org, instance, entity, first_load_done, full_at, updated_at) values ($1, 'gis', $2, true, now(), now())`,
          [org, name],
        );
    };
    const compare = async (scope: Scope): Promise<{ id: string; items: Item[] }> => {
      const { id } = await reconciliations.create(org, 'gis', scope, 'tester');
      await reconciliations.round();
      return { id, items: await reconciliations.items(org, id, {}, { limit: 100 }) };
    };
    const apply = (id: string, supplement = {}, more: Partial<ApplyRequest> = {}) =>
      applyReconciliation({ db, records, reconciliations, journal, commands }, org, id, {
        supplement,
        by: 'tester',
        ...more,
      });
    const operations = async () =>
      (
        await db.query<{ kind: string; payload: Record<string, unknown> }>(
          'select kind, payload from operation where org = $1 order by seq',
          [org],
        )
      ).rows;
    return { org, own, house, linked, theirs, wasRead, compare, apply, operations, reconciliations };
  }

  async function accounts() {
    const c = company();
    await c.wasRead('PersonalAccount');
    const building = await c.house('Дом 1');
    const flat = await c.linked('Premises', await c.own('Premises', { building, number: '1' }));
    const account = (number: string, more = {}) =>
      c.own('PersonalAccount', { number, state: 'open', premises: flat, ...more });
    return { ...c, building, flat, account };
  }

  test('accounts: missing, extra, different and ambiguous, and nothing else', async () => {
    const c = await accounts();
    const [missing, equal, other, doubted] = [
      await c.account('1'),
      await c.account('2', { residents: 2 }),
      await c.account('3', { residents: 2 }),
      await c.account('4'),
    ];
    await c.account('5', { state: 'closed' });
    await c.theirs('PersonalAccount', 'k2', { state: 'open', residents: 2 }, { record: equal });
    await c.theirs('PersonalAccount', 'k3', { state: 'open', residents: 3 }, { record: other });
    await c.theirs('PersonalAccount', 'k3-old', { state: 'closed', residents: 1 }, { record: other, archived: true });
    await c.theirs('PersonalAccount', 'k4', { state: 'open' }, { candidates: [doubted, equal] });
    await c.theirs('PersonalAccount', 'k9', { state: 'open' });
    await c.theirs('PersonalAccount', 'k9-closed', { state: 'closed' }, { archived: true });
    const { id, items } = await c.compare({ entities: ['PersonalAccount'] });
    const shown = items.map((i) => [i.kind, i.record, i.nativeKey, i.differences.map((d) => d.field).join()]);
    expect(shown).toEqual(
      expect.arrayContaining([
        ['missing-there', missing, null, ''],
        ['different', other, 'k3', 'residents'],
        ['ambiguous', doubted, 'k4', ''],
        ['ambiguous', null, 'k4', ''],
        ['extra-there', null, 'k9', ''],
      ]),
    );
    expect(shown).toHaveLength(5);
    const report = await c.reconciliations.get(c.org, id);
    expect(report).toMatchObject({
      status: 'done',
      counts: { PersonalAccount: { 'missing-there': 1, 'extra-there': 1, different: 1, ambiguous: 2 } },
    });
    expect(report.compared).toBe(report.total);
  });

  test('the missing are imported once, however often and in how many reports it is asked for', async () => {
    const c = await accounts();
    const missing = await c.account('17', { residents: 3, area: '54.30' });
    const { id } = await c.compare({ entities: ['PersonalAccount'] });
    const [a, b] = await Promise.all([c.apply(id), c.apply(id)]);
    expect(a.made.length + b.made.length).toBe(1);
    expect((await c.apply(id)).made).toEqual([]);
    const again = await c.compare({ entities: ['PersonalAccount'] });
    expect((await c.apply(again.id)).refused).toMatchObject([{ reason: expect.stringMatching(/under way/) }]);
    const made = await c.operations();
    expect(made).toHaveLength(1);
    expect(made[0]).toMatchObject({
      kind: 'accounts.publish',
      payload: {
        account: missing,
        building: c.building,
        premises: [{ premises: c.flat }],
        residents: 3,
        area: '54.30',
      },
    });
  });

  test('what was linked since the comparison is not imported', async () => {
    const c = await accounts();
    const missing = await c.account('17');
    const { id } = await c.compare({ entities: ['PersonalAccount'] });
    await c.linked('PersonalAccount', missing);
    expect((await c.apply(id)).made).toEqual([]);
    expect(await c.operations()).toEqual([]);
  });

  test('a house only, or the houses that the other system has; and what was never read is refused instead of missing', async () => {
    const c = await accounts();
    const account = await c.account('1');
    const another = await c.own('Premises', { building: await c.house('Дом 2'), number: '1' });
    const second = await c.own('PersonalAccount', { number: '2', state: 'open', premises: another });
    const unserved = await c.own('Building', { name: 'Дом 3', timezone: 'Europe/Moscow' });
    const third = await c.own('Premises', { building: unserved, number: '1' });
    await c.own('PersonalAccount', { number: '3', state: 'open', premises: third });
    const all = await c.compare({ entities: ['PersonalAccount'] });
    expect(all.items.map((i) => i.record).sort()).toEqual([account, second].sort());
    const { items } = await c.compare({ entities: ['PersonalAccount'], building: c.building });
    expect(items.map((i) => i.record)).toEqual([account]);
    await expect(c.compare({ entities: ['Meter'] })).rejects.toMatchObject({ code: 'RECONCILIATION_NOT_READ' });
  });

  test('payment documents of a month: sums of the charges against what is exposed', async () => {
    const c = await accounts();
    await c.wasRead('PaymentDocument');
    const period = '2026-10';
    const [missing, equal, other] = [await c.account('1'), await c.account('2'), await c.account('3')];
    const charge = (account: string, amount: string, recalculation: string | null = null) =>
      c.own('Charge', {
        account,
        period,
        service: 'Отопление',
        amount: money(amount),
        recalculation: recalculation === null ? null : money(recalculation),
      });
    await charge(missing, '100.10', '-0.10');
    await charge(missing, '50.00');
    await charge(equal, '10.00');
    await charge(other, '10.00');
    const bill = (account: string, total: string) => ({ account, period, state: 'exposed', total: money(total) });
    await c.theirs('PaymentDocument', 'd2', bill(equal, '10.00'));
    await c.theirs('PaymentDocument', 'd3', bill(other, '11.00'));
    await c.theirs('PaymentDocument', 'd1', { ...bill(missing, '1.00'), state: 'withdrawn' }, { archived: true });
    await c.theirs('PaymentDocument', 'd9', { period, state: 'exposed', total: money('1.00') });
    const { id, items } = await c.compare({ entities: ['PaymentDocument'], period });
    expect(items.map((i) => [i.kind, i.record, i.nativeKey]).sort()).toEqual(
      [
        ['missing-there', missing, null],
        ['different', other, 'd3'],
        ['extra-there', null, 'd9'],
      ].sort(),
    );
    expect(items.find((i) => i.kind === 'different')?.differences).toEqual([
      { field: 'total', ours: money('10.00'), theirs: money('11.00') },
    ]);
    expect((await c.apply(id)).refused).toMatchObject([{ reason: expect.stringMatching(/payee/) }]);
    const payee = { bik: '044525225', account: '40702810000000000001' };
    const unknown = await c.apply(id, { paymentDocuments: { payee, services: {} } });
    expect(unknown.refused).toMatchObject([{ reason: expect.stringMatching(/Отопление/) }]);
    const services = { Отопление: { kind: 'municipal', service: { code: '4', registry: '51' } } };
    const unlinked = await c.apply(id, { paymentDocuments: { payee, services } }, { dryRun: true });
    expect(unlinked.refused).toMatchObject([{ code: 'ACCOUNT_NOT_THERE' }]);
    await c.linked('PersonalAccount', missing);
    const applied = await c.apply(id, { paymentDocuments: { payee, services } });
    expect(applied).toMatchObject({ made: [{}], refused: [] });
    const [operation] = await c.operations();
    expect(operation).toMatchObject({
      kind: 'payment-documents.publish',
      payload: { account: missing, period, total: money('150.00'), payee },
    });
  });

  test('findings are counted and filtered by house, and say what they are about without its personal part', async () => {
    const c = await accounts();
    const [missing, second] = [await c.account('000012345'), await c.account('2')];
    const other = await c.house('Дом 2');
    const elsewhere = await c.own('PersonalAccount', {
      number: '777',
      state: 'open',
      premises: await c.own('Premises', { building: other, number: '7' }),
    });
    await c.theirs('PersonalAccount', 'k9', { state: 'open' }, { house: other });
    await c.theirs('PersonalAccount', 'k10', { state: 'open' }, { house: 'unknown there' });
    const { id, items } = await c.compare({ entities: ['PersonalAccount'] });
    expect(await c.reconciliations.houses(c.org, id)).toEqual(
      expect.arrayContaining([
        { building: c.building, counts: { PersonalAccount: { 'missing-there': 2 } } },
        { building: other, counts: { PersonalAccount: { 'missing-there': 1, 'extra-there': 1 } } },
        { building: null, counts: { PersonalAccount: { 'extra-there': 1 } } },
      ]),
    );
    const keysOf = async (building: string | null) =>
      (await c.reconciliations.items(c.org, id, { building }, { limit: 9 })).map((i) => i.record ?? i.nativeKey).sort();
    expect(await keysOf(c.building)).toEqual([missing, second].sort());
    expect(await keysOf(other)).toEqual([elsewhere, 'k9'].sort());
    expect(await keysOf(null)).toEqual(['k10']);
    const found = items.find((i) => i.record === missing) as Item;
    expect((await c.reconciliations.subjects(c.org, 'gis', items)).get(found.id)).toEqual({
      number: '•••45',
      premises: '1',
      house: 'Дом 1',
    });
    const job = await c.reconciliations.get(c.org, id);
    const shown = async (isClear: boolean) =>
      (await c.reconciliations.bothSides(c.org, job, found, isClear)).find((f) => f.field === 'number')?.ours;
    expect([await shown(false), await shown(true)]).toEqual(['•••45', '000012345']);
    const { made } = await c.apply(id, {}, { building: c.building });
    expect(made.map((m) => items.find((i) => i.id === m.item)?.record).sort()).toEqual([missing, second].sort());
    expect(await c.reconciliations.imports(c.org, id)).toEqual({ PersonalAccount: { 'under-way': 2, left: 1 } });
  });

  test('a dry run makes nothing and says the same as the apply; its parts go on where the last ended, past what is refused', async () => {
    const c = await accounts();
    await c.wasRead('Meter');
    const account = await c.account('1');
    for (const serialNumber of ['m1', 'm2', 'm3'])
      await c.own('Meter', { serialNumber, premises: c.flat, resource: 'electricity', tariffs: 1 });
    await c.own('Meter', { serialNumber: 'm4', premises: c.flat });
    const { id } = await c.compare({ entities: ['PersonalAccount', 'Meter'] });
    const all = async (more: Partial<ApplyRequest>) => {
      const kinds: Record<string, number> = {};
      const refused: string[] = [];
      let after: string | null | undefined;
      do {
        const part = await c.apply(id, {}, { limit: 2, ...more, ...(after ? { after } : {}) });
        expect(part.refused.length + Object.values(part.kinds).reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(2);
        for (const [kind, n] of Object.entries(part.kinds)) kinds[kind] = (kinds[kind] ?? 0) + n;
        refused.push(...part.refused.map((r) => r.code));
        after = part.next;
      } while (after !== null);
      return { kinds, refused: refused.sort() };
    };
    // A meter names its accounts, which the other system has to know first.
    const first = {
      kinds: { 'accounts.publish': 1 },
      refused: ['ACCOUNT_NOT_THERE', 'ACCOUNT_NOT_THERE', 'ACCOUNT_NOT_THERE', 'RESOURCE_UNKNOWN'],
    };
    expect(await all({ dryRun: true })).toEqual(first);
    expect(await c.operations()).toEqual([]);
    expect(await c.reconciliations.imports(c.org, id)).toEqual({
      Meter: { left: 4 },
      PersonalAccount: { left: 1 },
    });
    expect(await all({})).toEqual(first);
    expect(await c.reconciliations.imports(c.org, id)).toEqual({
      Meter: { refused: 4 },
      PersonalAccount: { 'under-way': 1 },
    });
    const refused = await c.reconciliations.items(c.org, id, { imports: 'refused' }, { limit: 9 });
    expect(refused.map((i) => i.refusal?.code).sort()).toEqual(first.refused);
    await c.linked('PersonalAccount', account);
    const second = { kinds: { 'meters.publish': 3 }, refused: ['RESOURCE_UNKNOWN'] };
    expect(await all({ dryRun: true })).toEqual(second);
    expect(await all({})).toEqual(second);
    expect((await c.operations()).map((o) => o.kind).sort()).toEqual([
      'accounts.publish',
      'meters.publish',
      'meters.publish',
      'meters.publish',
    ]);
    expect(await all({ dryRun: true })).toEqual({ kinds: {}, refused: ['RESOURCE_UNKNOWN'] });
  });

  test('a process that dies leaves a comparison that the next one ends, with each finding once', async () => {
    const c = await accounts();
    for (let n = 0; n < 12; n++) await c.account(String(n));
    const { id } = await c.reconciliations.create(c.org, 'gis', { entities: ['PersonalAccount'] }, 'tester');
    // One that has claimed it and died: its lease ends, and its late commit must not count.
    await store.db.query(
      `update reconciliation set leased_by = 'dead', lease_until = now() - interval '1 second', lease_no = 7 where org = $1 and id = $2`,
      [c.org, id],
    );
    await c.reconciliations.round();
    expect(await c.reconciliations.get(c.org, id)).toMatchObject({ status: 'done', total: 12, compared: 12 });
    const items = await c.reconciliations.items(c.org, id, {}, { limit: 100 });
    expect(new Set(items.map((i) => i.record)).size).toBe(12);
    expect(items).toHaveLength(12);
    const paged = await c.reconciliations.items(c.org, id, {}, { limit: 5, after: items[4]?.id as string });
    expect(paged.map((i) => i.id)).toEqual(items.slice(5, 10).map((i) => i.id));
  });
});
