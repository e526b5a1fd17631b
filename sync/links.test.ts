import { expect, test } from '@jest/globals';
import { commands } from '../canonical/commands/registry.ts';
import { entities, entity } from '../canonical/registry.ts';
import type { NativeObject, NativeRecord, Pull } from '../connectors/port.ts';
import { builtInFolder, loadMappings } from '../mappings/load.ts';
import { storedEntities } from '../storage/entities.ts';
import type { Row } from '../storage/port.ts';
import { foreignContext } from '../storage/repositories/foreign-records.ts';
import { RecordRepository } from '../storage/repositories/records.ts';
import { XrefRepository } from '../storage/repositories/xref.ts';
import { onEachDatabase, testCipher } from '../storage/testing/databases.ts';
import type { EntityRun } from './entity-run.ts';
import { runEntity } from './run-entity.ts';
import { FakeUpstream, runOn } from './testing/fake-upstream.ts';

const mappings = await loadMappings(builtInFolder('giszhkh'), { entities, commands });
const linked = new Set(
  mappings
    .all()
    .filter((m) => m.linking)
    .map((m) => m.entity),
);
let organisations = 0;
const newOrg = (): string => `link-${process.pid}-${organisations++}`;
const guid = (kind: number, n: number): string => `6b1c0c1e-8a0e-4${kind}ee-9f2a-${String(n).padStart(12, '0')}`;
const HOUSE = guid(1, 1);

/** A pull that gives what it holds, in one page. */
function holding(records: Map<string, NativeObject>): Pull<never> {
  return {
    async *pages() {
      yield {
        records: [...records].map(
          ([key, data]): NativeRecord => ({ key, version: JSON.stringify(data).length.toString(), data }),
        ),
        cursor: null,
      };
    },
  };
}

onEachDatabase('links to our records', storedEntities(entities.values()), (store) => {
  /** One organisation with records of its own from `onec`, and another system that holds the same. */
  function company() {
    const org = newOrg();
    const records = new RecordRepository(store.db, testCipher);
    const xrefs = new XrefRepository(store.db, Date.now);
    const foreign = new Map<string, Map<string, NativeObject>>();
    const theirs = (name: string): Map<string, NativeObject> => {
      const known = foreign.get(name) ?? new Map<string, NativeObject>();
      foreign.set(name, known);
      return known;
    };
    const own = async (name: string, key: string, canonical: Record<string, unknown>): Promise<string> => {
      const ids = await xrefs.resolve(org, 'onec', [{ entity: name, key }]);
      const id = ids.get(`${name}\0${key}`) as string;
      const definition = entity(name);
      const record = { id, nativeKey: key, version: '1', nativeHash: null, native: {} };
      const whole = definition.schema.parse(canonical);
      await store.db.transact([
        records.upsertStatement(
          org,
          definition,
          'onec',
          'h',
          [{ ...record, canonical: whole, version: JSON.stringify(whole) }],
          new Date(),
          new Date(),
        ),
      ]);
      return id;
    };
    const run = (name: string): EntityRun => {
      const mapping = mappings.get(name);
      if (!mapping) throw new Error(`no mapping of ${name}`);
      return runOn(store.db, org, new FakeUpstream(), {
        instance: 'gis',
        definition: entity(name),
        mapping,
        pull: holding(theirs(name)),
        records,
        xrefs,
        linked,
      });
    };
    const link = async (...names: string[]): Promise<void> => {
      for (const name of names) await runEntity(run(name));
    };
    const rows = async (name: string): Promise<Row[]> =>
      (
        await store.db.query(
          'select * from foreign_record where org = $1 and entity = $2 order by native_key collate "C"',
          [org, name],
        )
      ).rows;
    const keys = async (id: string): Promise<string[]> =>
      (
        await store.db.query<{ native_key: string }>(
          `select native_key from xref where org = $1 and instance = 'gis' and id = $2 order by 1`,
          [org, id],
        )
      ).rows.map((r) => r.native_key);
    return { org, own, theirs, link, rows, keys, run };
  }

  async function furnished() {
    const c = company();
    const building = await c.own('Building', 'b1', {
      name: 'Дом 1',
      timezone: 'Europe/Moscow',
      address: { text: 'Казань, дом 1', gar: HOUSE },
    });
    const flat = await c.own('Premises', 'p1', { building, number: '015' });
    const account = await c.own('PersonalAccount', 'a1', { number: '000012345', state: 'open', premises: flat });
    c.theirs('Building').set(HOUSE, { $house: HOUSE, ApartmentHouse: { BasicCharacteristicts: { UsedYear: '2014' } } });
    c.theirs('Premises').set(guid(2, 1), {
      $house: HOUSE,
      $inside: 'ApartmentHouse.ResidentialPremises',
      PremisesNum: 'кв. 15',
    });
    c.theirs('PersonalAccount').set(guid(3, 1), {
      $house: HOUSE,
      AccountNumber: '12345',
      UnifiedAccountNumber: '10AA000001',
      Accommodation: [{ PremisesGUID: guid(2, 1).toUpperCase() }],
      PayerInfo: { Ind: { Surname: 'Ахметова' } },
    });
    return { ...c, building, flat, account };
  }

  test('a house, its flat and its account are found among ours, and none of ours is changed', async () => {
    const c = await furnished();
    const before = await store.db.query('select * from record where org = $1 order by id', [c.org]);
    await c.link('Building', 'Premises', 'PersonalAccount');
    expect(await c.keys(c.building)).toEqual([HOUSE]);
    expect(await c.keys(c.flat)).toEqual([guid(2, 1)]);
    expect(await c.keys(c.account)).toEqual([guid(3, 1)]);
    const [row] = await c.rows('PersonalAccount');
    expect(row).toMatchObject({ state: 'matched', record: c.account, rule: 'premises, number', house: HOUSE });
    expect(JSON.stringify(row?.canonical)).not.toContain('12345');
    const sealed = testCipher.openText(row?.personal as Uint8Array, foreignContext(c.org, row?.id as string));
    expect(JSON.parse(sealed)).toEqual({ number: '12345', unifiedNumber: '10AA000001' });
    const native = testCipher.openText(row?.native_enc as Uint8Array, foreignContext(c.org, row?.id as string));
    expect(native).not.toContain('Ахметова');
    expect((await store.db.query('select * from record where org = $1 order by id', [c.org])).rows).toEqual(
      before.rows,
    );
    // No id is made for what is not ours.
    const stray = await store.db.query(
      `select 1 from xref x where org = $1 and not exists (select 1 from record r where r.org = x.org and r.id = x.id)`,
      [c.org],
    );
    expect(stray.rows).toEqual([]);
  });

  test('what has not come from 1C yet is matched by the next run, without a change there', async () => {
    const c = await furnished();
    c.theirs('PersonalAccount').set(guid(3, 2), { $house: HOUSE, AccountNumber: '777' });
    await c.link('Building', 'Premises', 'PersonalAccount');
    expect((await c.rows('PersonalAccount'))[1]).toMatchObject({ state: 'unmatched', record: null });
    const late = await c.own('PersonalAccount', 'a2', { number: '777', state: 'open' });
    await c.link('PersonalAccount');
    expect((await c.rows('PersonalAccount'))[1]).toMatchObject({ state: 'matched', record: late, rule: 'number' });
    expect(await c.keys(late)).toEqual([guid(3, 2)]);
  });

  test('several of ours that fit are nobody until a person decides', async () => {
    const c = await furnished();
    await c.own('PersonalAccount', 'a2', { number: '12345', state: 'closed', premises: c.flat });
    await c.link('Building', 'Premises', 'PersonalAccount');
    const [row] = await c.rows('PersonalAccount');
    expect(row).toMatchObject({ state: 'ambiguous', record: null });
    expect(row?.reason).toMatch(/2 of our records have the same premises, number/);
    expect(row?.reason).not.toContain('12345');
    expect(await c.keys(c.account)).toEqual([]);
  });

  test('of several there for one of ours the one in force is its key; without it the archived one is', async () => {
    const c = await furnished();
    const meter = await c.own('Meter', 'm1', { serialNumber: '00-77', premises: c.flat });
    const device = (status: string): NativeObject => ({
      $house: HOUSE,
      BasicChatacteristicts: { MeteringDeviceNumber: '0077', ResidentialPremiseDevice: { PremiseGUID: [guid(2, 1)] } },
      StatusRootDoc: status,
    });
    c.theirs('Meter').set(guid(4, 1), device('Archival'));
    await c.link('Building', 'Premises', 'Meter');
    expect(await c.keys(meter)).toEqual([guid(4, 1)]);
    c.theirs('Meter').set(guid(4, 2), device('Active'));
    await c.link('Meter');
    expect(await c.keys(meter)).toEqual([guid(4, 2)]);
    expect((await c.rows('Meter')).map((r) => [r.state, r.archived])).toEqual([
      ['matched', true],
      ['matched', false],
    ]);
  });

  test('what an operation has told stands though the number was changed; a match of the mapping does not', async () => {
    const c = await furnished();
    await c.link('Building', 'Premises');
    await store.db.query(
      `insert into xref (org, entity, instance, native_key, id) values ($1, 'PersonalAccount', 'gis', $2, $3)`,
      [c.org, guid(3, 1), c.account],
    );
    c.theirs('PersonalAccount').set(guid(3, 1), { $house: HOUSE, AccountNumber: 'other' });
    await c.link('PersonalAccount');
    expect((await c.rows('PersonalAccount'))[0]).toMatchObject({ state: 'matched', rule: 'identity' });
    await c.link('PersonalAccount');
    expect(await c.keys(c.account)).toEqual([guid(3, 1)]);

    const d = await furnished();
    await d.link('Building', 'Premises', 'PersonalAccount');
    d.theirs('PersonalAccount').set(guid(3, 1), { $house: HOUSE, AccountNumber: 'other' });
    await d.link('PersonalAccount');
    expect((await d.rows('PersonalAccount'))[0]).toMatchObject({ state: 'unmatched', record: null });
    expect(await d.keys(d.account)).toEqual([]);
  });

  test('what is gone there is no key any more, after two runs have missed it', async () => {
    const c = await furnished();
    await c.link('Building', 'Premises', 'PersonalAccount');
    c.theirs('PersonalAccount').clear();
    await c.link('PersonalAccount');
    expect(await c.keys(c.account)).toEqual([guid(3, 1)]);
    await c.link('PersonalAccount');
    expect(await c.keys(c.account)).toEqual([]);
    expect((await c.rows('PersonalAccount'))[0]?.deleted_at).not.toBeNull();
  });

  test('what the mapping cannot read goes to quarantine, and a change is news about our record', async () => {
    const c = await furnished();
    await c.link('Building', 'Premises', 'PersonalAccount');
    c.theirs('PersonalAccount').set(guid(3, 9), { AccountNumber: 'x'.repeat(21) });
    c.theirs('PersonalAccount').set(guid(3, 1), {
      ...c.theirs('PersonalAccount').get(guid(3, 1)),
      TotalSquare: '54.3',
    });
    await c.link('PersonalAccount');
    const { rows } = await store.db.query('select entity, native_key, field from quarantine where org = $1', [c.org]);
    expect(rows).toEqual([{ entity: 'PersonalAccount', native_key: guid(3, 9), field: 'number' }]);
    const news = await store.db.query(
      `select type, entity_id from event where org = $1 and entity = 'PersonalAccount' order by ord`,
      [c.org],
    );
    expect(news.rows).toEqual([
      { type: 'foreign-accounts.loaded', entity_id: null },
      { type: 'foreign-accounts.changed', entity_id: c.account },
    ]);
  });
});
