import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { commands } from '../../canonical/commands/registry.ts';
import { entities } from '../../canonical/registry.ts';
import { type TestContext, testContext } from '../../connectors/kit/testing/context.ts';
import { OnecConfig } from '../../connectors/onec/config.ts';
import { onec } from '../../connectors/onec/connector.ts';
import { type CompiledMapping, compileMapping } from '../../mappings/compile.ts';
import { builtInFolder, loadMappings } from '../../mappings/load.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { startOnecSimulator } from '../../simulators/onec/simulator.ts';
import { onEachDatabase } from '../../storage/testing/databases.ts';
import type { EntityRun, Progress } from '../../sync/entity-run.ts';
import { runEntity } from '../../sync/run-entity.ts';
import { takeChanges } from '../../sync/take-changes.ts';
import { FakeUpstream, runOn } from '../../sync/testing/fake-upstream.ts';

const READINGS = 'Document_УПЖКХ_ВводПоказанийСчетчиков';
const METERS = 'Catalog_УПЖКХ_ПриборыУчета';
const ACCOUNTS = 'Catalog_КВП_ЛицевыеСчета';
const BUILDINGS = 'Catalog_КВП_Здания';
const exchangePlan = { plan: 'ExchangePlan_ХабОбмен', node: 'HUB' };
const shipped = await loadMappings(builtInFolder('onec'), { entities, commands });
/** Readings as the register has them: one record set for each document. */
const register = compileMapping(
  `mapping: test/register
canonical: MeterReading
source:
  set: InformationRegister_УПЖКХ_ПоказанияПриборовУчета
  key: [Recorder_Key]
  delta: { by: exchangePlan }
each: RecordSet
fields:
  meter: row.Счетчик_Key | xref(Meter) | required
  readAt: row.Period | datetime | required
  values: { list: [row.Показание | decimal(3)] }
examples:
  - native: { RecordSet: [{ LineNumber: "1", Счетчик_Key: 5b1c0c1e-8a0e-11ee-9f2a-005056a10501, Period: "2026-11-20T00:00:00", Показание: 1 }] }
    canonical: { values: ["1.000"] }
`,
  'register.yaml',
  { entities, commands },
);
const pulled = ['ResidentialComplex', 'Building', 'PersonalAccount', 'MeterReading'];
let tests = 0;

onEachDatabase(
  'changes by an exchange plan of 1C',
  pulled.map((name) => ({ name, filters: [] })),
  (store) => {
    let sim: Simulator;
    let org = '';
    let contexts: TestContext<OnecConfig>[] = [];
    /** The parsed settings live as long as a process of the hub, and what the connector remembers with them. */
    const start = (more: object = {}): TestContext<OnecConfig> => {
      const auth = { login: 'hub', password: 'hub-sandbox' };
      const settings = { url: `${sim.url}/uk`, timezone: 'Europe/Moscow', auth, exchangePlan, ...more };
      const context = testContext(OnecConfig.parse(settings), { clock: sim.clock });
      contexts.push(context);
      return context;
    };
    let hub: TestContext<OnecConfig>;
    beforeEach(async () => {
      sim = await startOnecSimulator({ port: 0, accounts: 20, buildings: 2 });
      org = `plan-${process.pid}-${tests++}`;
      hub = start();
    });
    afterEach(async () => {
      for (const context of contexts) context.close();
      contexts = [];
      await sim.close();
    });
    const control = async (name: string, body: unknown): Promise<Record<string, unknown>> => {
      const response = await fetch(`${sim.url}/__sim/${name}`, { method: 'POST', body: JSON.stringify(body) });
      expect(response.status).toBe(200);
      return (await response.json()) as Record<string, unknown>;
    };
    const work = (action: string, set: string, more: object = {}) => control('objects', { action, set, ...more });
    const find = async (set: string): Promise<Record<string, unknown>[]> =>
      (await work('find', set)) as unknown as Record<string, unknown>[];

    async function pull(more: Partial<EntityRun> = {}, own: ReadonlyMap<string, CompiledMapping> = new Map()) {
      const runs = pulled.map((name) => {
        const definition = entities.get(name);
        const mapping = own.get(name) ?? shipped.get(name);
        if (!definition || !mapping || !onec.pull) throw new Error(`${name} is not mapped.`);
        return runOn(store.db, org, new FakeUpstream(), {
          definition,
          mapping,
          pull: onec.pull as EntityRun['pull'],
          ctx: hub.ctx as unknown as EntityRun['ctx'],
          clock: sim.clock,
          ...more,
        });
      });
      const { fed, failure } = await takeChanges(runs);
      const done: Record<string, Progress> = {};
      for (const run of runs) {
        const own_ = fed.get(run.definition.name);
        done[run.definition.name] = await runEntity({ ...run, ...(own_ ? { fed: own_ } : {}) });
      }
      return { done, failure };
    }
    const deltas = async (): Promise<Record<string, string>> => {
      const { rows } = await store.db.query<{ entity: string; delta_by: string; delta_note: string | null }>(
        'select entity, delta_by, delta_note from sync_state where org = $1',
        [org],
      );
      return Object.fromEntries(rows.map((r) => [r.entity, r.delta_note ?? r.delta_by]));
    };
    const count = async (entity: string): Promise<number> => {
      const { rows } = await store.db.query(
        'select count(*) as n from record where org = $1 and entity = $2 and deleted_at is null',
        [org, entity],
      );
      return Number(rows[0]?.n);
    };
    const calls = (): string[] =>
      hub.traffic.map((t) => decodeURIComponent(new URL(t.url).pathname).split('/').at(-1) ?? '');
    const touchAll = async (): Promise<void> => {
      for (const set of [BUILDINGS, ACCOUNTS])
        for (const object of await find(set)) await work('patch', set, { key: object.Ref_Key, body: {} });
    };
    /** A hub that has seen the plan report these sets. */
    async function proven(): Promise<void> {
      await pull();
      await touchAll();
      await pull();
      await pull();
      hub.traffic.length = 0;
    }
    const reading = async (value: number, meter: unknown): Promise<string> => {
      const body = {
        Date: '2026-11-24T10:00:00',
        Показания: [{ LineNumber: 1, Счетчик_Key: meter, ДатаПоказания: '2026-11-24T00:00:00', Показание: value }],
      };
      const { Ref_Key: key } = await work('create', READINGS, { body });
      await work('post', READINGS, { key });
      return String(key);
    };

    test('a change costs a packet and no comparison; two mappings may read one set', async () => {
      await proven();
      const objects = await find(BUILDINGS);
      for (const { Ref_Key } of objects)
        await work('patch', BUILDINGS, { key: Ref_Key, body: { Description: 'Другое имя' } });
      const { done } = await pull();
      expect(await deltas()).toMatchObject({
        Building: 'changes',
        ResidentialComplex: 'changes',
        PersonalAccount: 'changes',
      });
      const folders = objects.filter((o) => o.IsFolder === true).length;
      expect([done.ResidentialComplex?.changed, done.Building?.changed]).toEqual([folders, objects.length - folders]);
      expect(calls().filter((c) => c.startsWith('Catalog_КВП_'))).toEqual([]);
      expect(calls().filter((c) => /Changes/.test(c))).toEqual(['SelectChanges', 'NotifyChangesReceived']);
    });

    test('a mark takes a record away, an unposted document its rows', async () => {
      const meter = (await find(METERS))[0]?.Ref_Key;
      await pull();
      const key = await reading(900_000, meter);
      await pull();
      const before = await count('MeterReading');
      const [account] = await find(ACCOUNTS);
      await touchAll();
      await pull();
      await work('unpost', READINGS, { key });
      await work('patch', ACCOUNTS, { key: account?.Ref_Key, body: { DeletionMark: true } });
      hub.traffic.length = 0;
      const { done } = await pull();
      expect(await count('MeterReading')).toBe(before - 1);
      expect(done.PersonalAccount).toMatchObject({ removed: 1 });
      expect(await deltas()).toMatchObject({ MeterReading: 'changes', PersonalAccount: 'changes' });
    });

    test.each([true, false])(
      'a physical deletion is seen at once with tombstones and by night without (%s)',
      async (tombstones) => {
        await control('settings', { tombstones });
        await proven();
        const all = await count('PersonalAccount');
        const [account] = await find(ACCOUNTS);
        await work('remove', ACCOUNTS, { key: account?.Ref_Key });
        await pull();
        expect(await count('PersonalAccount')).toBe(tombstones ? all - 1 : all);
        await pull({ full: true });
        expect(await count('PersonalAccount')).toBe(all - 1);
      },
    );

    test('a record set of a register is replaced whole, and emptied when its document is unposted', async () => {
      const own = new Map([['MeterReading', register]]);
      const [first, second] = await find(METERS);
      await pull({}, own);
      const before = await count('MeterReading');
      const key = await reading(900_000, first?.Ref_Key);
      const { done } = await pull({}, own);
      expect([await count('MeterReading'), done.MeterReading?.changed]).toEqual([before + 1, 1]);
      const rows = [first, second].map((m, i) => ({
        LineNumber: i + 1,
        Счетчик_Key: m?.Ref_Key,
        ДатаПоказания: '2026-11-24T00:00:00',
        Показание: 900_001,
      }));
      await work('unpost', READINGS, { key });
      await work('patch', READINGS, { key, body: { Показания: rows } });
      await work('post', READINGS, { key });
      await pull({}, own);
      expect([await count('MeterReading'), (await deltas()).MeterReading]).toEqual([before + 2, 'changes']);
      await work('unpost', READINGS, { key });
      await pull({}, own);
      expect([await count('MeterReading'), (await deltas()).MeterReading]).toEqual([before, 'changes']);
    });

    test('an acknowledgement whose answer was lost, and one that never came: nothing is stored twice or lost', async () => {
      await proven();
      for (const fault of ['cut-before-commit', 'cut-after-commit']) {
        const [account] = await find(ACCOUNTS);
        await work('patch', ACCOUNTS, { key: account?.Ref_Key, body: { Description: fault } });
        await control('faults', { fault, match: 'NotifyChangesReceived', times: 1 });
        expect((await pull()).done.PersonalAccount).toMatchObject({ changed: 1 });
        // After the cut before it took effect the packet comes again; a restart changes nothing of it.
        hub = start();
        expect((await pull()).done.PersonalAccount).toMatchObject({
          seen: fault === 'cut-before-commit' ? 1 : 0,
          changed: 0,
        });
      }
      expect(await deltas()).toMatchObject({ PersonalAccount: 'changes' });
    });

    test('a packet that was cut is neither believed nor acknowledged', async () => {
      await proven();
      const [account] = await find(ACCOUNTS);
      await work('patch', ACCOUNTS, { key: account?.Ref_Key, body: { Description: 'cut' } });
      await control('faults', { fault: 'truncated', match: 'SelectChanges', times: 1 });
      const { failure } = await pull();
      expect(failure).toMatchObject({ code: 'ONEC_PACKET_CUT' });
      expect(calls()).not.toContain('NotifyChangesReceived');
      expect((await pull()).done.PersonalAccount).toMatchObject({ seen: 1, changed: 0 });
    });

    test('a change while the packet is stored comes with the next one', async () => {
      await proven();
      const [account] = await find(ACCOUNTS);
      const patch = (Description: string) => work('patch', ACCOUNTS, { key: account?.Ref_Key, body: { Description } });
      await patch('first');
      const { pull: own } = onec;
      const changes = own?.changes;
      if (!changes) throw new Error('1C has a feed.');
      const slow = {
        ...own,
        changes: {
          ...changes,
          acknowledge: async (...args: Parameters<typeof changes.acknowledge>) => {
            await patch('second');
            return changes.acknowledge(...args);
          },
        },
      };
      expect((await pull({ pull: slow as unknown as EntityRun['pull'] })).done.PersonalAccount).toMatchObject({
        changed: 1,
      });
      expect((await pull()).done.PersonalAccount).toMatchObject({ changed: 1 });
    });

    test('sets outside of the plan are compared, and the reason is told', async () => {
      await control('settings', { unplanned: [ACCOUNTS] });
      await proven();
      const [account] = await find(ACCOUNTS);
      await work('patch', ACCOUNTS, { key: account?.Ref_Key, body: { Description: 'silent' } });
      expect((await pull()).done.PersonalAccount).toMatchObject({ changed: 1 });
      expect(await deltas()).toMatchObject({
        PersonalAccount: expect.stringContaining('not reported'),
        Building: 'changes',
      });
    });

    test('a packet over the limit is left to one comparison', async () => {
      await proven();
      hub = start({ exchangePlan: { ...exchangePlan, maxPacketBytes: 2048 } });
      await touchAll();
      await pull();
      expect(await deltas()).toMatchObject({ PersonalAccount: expect.stringContaining('maxPacketBytes') });
      await pull();
      expect(await deltas()).toMatchObject({ PersonalAccount: 'changes' });
    });

    test.each([
      [{ plan: 'ExchangePlan_Нет', node: 'HUB' }, 'ONEC_PLAN_MISSING'],
      [{ plan: 'ExchangePlan_ХабОбмен', node: 'ДРУГОЙ' }, 'ONEC_NODE_MISSING'],
      [{ plan: 'ExchangePlan_ХабОбмен', node: 'БАЗА' }, 'ONEC_NODE_MISSING'],
    ])('a wrong plan or node is told with its cure, and data still come: %j', async (wrong, code) => {
      await pull();
      hub = start({ exchangePlan: wrong });
      const [account] = await find(ACCOUNTS);
      await work('patch', ACCOUNTS, { key: account?.Ref_Key, body: { Description: 'x' } });
      const { done, failure } = await pull();
      expect(failure).toMatchObject({ kind: 'misconfigured', code, message: expect.stringContaining('hub.yaml') });
      expect(done.PersonalAccount).toMatchObject({ changed: 1 });
      const health = await onec.probe(hub.ctx);
      expect(health.warnings).toEqual([expect.stringContaining('hub.yaml')]);
    });

    test('a base without a plan in hub.yaml is compared by version', async () => {
      hub = start({ exchangePlan: undefined });
      await pull();
      const [account] = await find(ACCOUNTS);
      await work('patch', ACCOUNTS, { key: account?.Ref_Key, body: { Description: 'x' } });
      expect((await pull()).done.PersonalAccount).toMatchObject({ changed: 1 });
      expect(await deltas()).toMatchObject({ PersonalAccount: 'versions' });
      expect(calls()).not.toContain('SelectChanges');
    });
  },
);
