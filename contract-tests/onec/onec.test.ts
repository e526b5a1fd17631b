import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { commands } from '../../canonical/commands/registry.ts';
import { entities } from '../../canonical/registry.ts';
import { connectorConformance } from '../../connectors/kit/conformance/conformance.ts';
import { type TestContext, testContext } from '../../connectors/kit/testing/context.ts';
import { OnecConfig } from '../../connectors/onec/config.ts';
import { onec } from '../../connectors/onec/connector.ts';
import { codes, odataError } from '../../connectors/onec/errors.ts';
import { guidLiteral, textLiteral } from '../../connectors/onec/literals.ts';
import { parseMetadata } from '../../connectors/onec/metadata.ts';
import { pull } from '../../connectors/onec/pull.ts';
import { differences, submitMeterReading } from '../../connectors/onec/submit-meter-reading.ts';
import { encode, MAX_QUERY_BYTES, splitByBytes } from '../../connectors/onec/url.ts';
import type { Context, Mapper, NativeRecord, OperationView } from '../../connectors/port.ts';
import { builtInFolder, loadMappings } from '../../mappings/load.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { startOnecSimulator } from '../../simulators/onec/simulator.ts';
import { testWithFacts } from '../facts.ts';

let sim: Simulator;
let test_: TestContext<OnecConfig>;
const METERS = 'Catalog_УПЖКХ_ПриборыУчета';
const READINGS = 'Document_УПЖКХ_ВводПоказанийСчетчиков';
let meter = '';
let extra: Record<string, unknown> = {};
let value = 9_000_000;
const source = { set: READINGS, write: { set: READINGS, method: 'create', mark: 'ВнешнийИдентификатор', post: true } };
/** Writes one reading of a meter; `changes` is read at each write. */
const mapperFor = (meterOf: () => string, changes: () => Record<string, unknown> = () => ({})): Mapper => ({
  source: () => ({ source, hash: 'h1' }),
  write: async () => ({
    source,
    hash: 'h1',
    native: {
      Date: '2026-11-24T10:00:00',
      Показания: [{ LineNumber: 1, Счетчик_Key: meterOf(), ДатаПоказания: '2026-11-24T00:00:00', Показание: value }],
      ...changes(),
    },
  }),
});
const mapper = mapperFor(
  () => meter,
  () => extra,
);
const firstMeter = async (ctx: Context<OnecConfig>): Promise<string> => {
  for await (const page of pull.pages(ctx, { set: METERS, select: ['Code'] }, null, { limit: 1 }))
    return page.records[0]?.key ?? '';
  return '';
};
beforeEach(async () => {
  sim = await startOnecSimulator({ port: 0, accounts: 80, buildings: 4 });
  test_ = testContext(
    OnecConfig.parse({
      url: `${sim.url}/uk`,
      timezone: 'Europe/Moscow',
      auth: { login: 'hub', password: 'hub-sandbox' },
    }),
    { clock: sim.clock, mapper },
  );
  meter = await firstMeter(test_.ctx);
  extra = {};
});
afterEach(async () => {
  test_.close();
  await sim.close();
});

async function read(spec: object, limit?: number): Promise<NativeRecord[]> {
  const out: NativeRecord[] = [];
  for await (const page of pull.pages(test_.ctx, spec, null, limit === undefined ? {} : { limit }))
    out.push(...page.records);
  return out;
}
const op = (id: string, more: Partial<OperationView> = {}): OperationView => ({
  id,
  kind: 'meter-readings.submit',
  organisation: 'test',
  subject: null,
  attempt: 1,
  acceptedAt: 0,
  payload: {},
  ...more,
});
const kindOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (e: { kind?: string; code?: string }) => `${e.kind}/${e.code}`,
  );
const control = (name: string, body: unknown) =>
  fetch(`${sim.url}/__sim/${name}`, { method: 'POST', body: JSON.stringify(body) }).then(
    (r) => r.json() as Promise<Record<string, unknown>>,
  );
const ID = '0192f0c4-7a1b-7c3d-8e4f-791612345670';

connectorConformance({
  connector: onec,
  readme: new URL('../../connectors/onec/README.md', import.meta.url),
  errors: { table: codes, toError: (code) => odataError(500, code, '') },
  start: () => startOnecSimulator({ port: 0, accounts: 30, buildings: 2, password: 'hub-sandbox-password' }),
  settings: (url) => ({
    url: `${url}/uk`,
    timezone: 'Europe/Moscow',
    auth: { login: 'hub', password: 'hub-sandbox-password' },
  }),
  prepare: async (ctx) => {
    const key = await firstMeter(ctx);
    return { mapper: mapperFor(() => key) };
  },
  commands: { 'meter-readings.submit': { payload: {}, effect: 'readings.posted' } },
  source: { set: METERS, select: ['Code'] },
});

describe('reading from 1C', () => {
  test('pages give every object once, with key and version', async () => {
    const records = await read({
      set: 'Catalog_КВП_ЛицевыеСчета',
      select: ['Code', 'Закрыт'],
      delta: { by: 'DataVersion' },
    });
    expect(new Set(records.map((r) => r.key)).size).toBe(80);
    expect(records.length).toBe(80);
    expect(records[0]).toMatchObject({ version: expect.any(String), data: { Закрыт: expect.any(Boolean) } });
  });

  test('a page too heavy for the application server shrinks until it passes', async () => {
    await control('settings', { memoryBytes: 100_000 });
    const documents = await read({
      set: 'Document_КВП_НачислениеУслуг',
      select: ['Начисления'],
      filter: 'Posted eq true',
    });
    expect(documents.length).toBe(8);
    expect(documents[0]?.data.Начисления).toHaveLength(240);
  });

  test('a balance comes grouped by account', async () => {
    const debts = await read({
      set: 'AccumulationRegister_КВП_ВзаиморасчетыПоЛицевымСчетам',
      key: ['ЛицевойСчет_Key'],
      virtual: { function: 'Balance', dimensions: ['ЛицевойСчет', 'ВидЗадолженности'], group: ['ЛицевойСчет_Key'] },
    });
    expect(debts.length).toBe(80);
    expect(debts[0]?.data.rows).toEqual([expect.objectContaining({ СуммаBalance: expect.any(Number) })]);
  });

  describe.each([
    ['gives portions of a register table', 'take'],
    ['refuses to give portions of one', 'refuse'],
    ['takes no notice of the wish for portions', 'ignore'],
    ['gives the first portion again and again', 'ignoreSkip'],
  ])('a base that %s', (_title, paging) => {
    const balances = {
      set: 'AccumulationRegister_КВП_ВзаиморасчетыПоЛицевымСчетам',
      key: ['ЛицевойСчет_Key'],
      virtual: { function: 'Balance', dimensions: ['ЛицевойСчет', 'Услуга'], group: ['ЛицевойСчет_Key'] },
    };
    const byKey = (records: readonly NativeRecord[]) => new Map(records.map((r) => [r.key, r]));

    // A group of an account has up to 13 rows: 10 cut each of them, 100 cut some.
    test.each([10, 100, 1_000])('%s rows at most give the records of the whole', async (virtualTableRows) => {
      const whole = await read(balances);
      await control('settings', { virtualPaging: paging });
      const portions: number[] = [];
      const records: NativeRecord[] = [];
      const ctx = { ...test_.ctx, config: { ...test_.ctx.config, virtualTableRows } };
      for await (const page of pull.pages(ctx, balances, null)) {
        portions.push(page.records.length);
        records.push(...page.records);
      }
      expect(byKey(records)).toEqual(byKey(whole));
      expect(whole).toHaveLength(80);
      // Only after the first portion came twice it is known that there are none.
      if (paging !== 'ignoreSkip') expect(records).toHaveLength(80);
      if (paging === 'take' && virtualTableRows === 100) expect(portions.length).toBeGreaterThan(8);
      if (paging !== 'take') expect(portions.length).toBeLessThanOrEqual(2);
    });

    test('an answer that is too long is asked for in smaller portions, where there are such', async () => {
      await control('settings', { virtualPaging: paging });
      const config = { ...test_.ctx.config, virtualTableBytes: 40_000 };
      const work = async (): Promise<NativeRecord[]> => {
        const records: NativeRecord[] = [];
        for await (const page of pull.pages({ ...test_.ctx, config }, balances, null)) records.push(...page.records);
        return records;
      };
      if (paging === 'take') expect(await work()).toHaveLength(80);
      else expect(await kindOf(work())).toBe('misconfigured/TOO_BIG');
    });

    test('a portion goes on where the last one ended', async () => {
      await control('settings', { virtualPaging: paging });
      const ctx = { ...test_.ctx, config: { ...test_.ctx.config, virtualTableRows: 100 } };
      const keys: string[] = [];
      let cursor: string | null = null;
      do {
        for await (const page of pull.pages(ctx, balances, cursor)) {
          keys.push(...page.records.map((r) => r.key));
          cursor = page.cursor;
          break;
        }
      } while (cursor !== null && keys.length < 500);
      expect(new Set(keys).size).toBe(80);
      if (paging !== 'ignoreSkip') expect(keys).toHaveLength(80);
    });
  });

  test('objects by key and rows of another set come in queries within the length limit', async () => {
    const accounts = await read({ set: 'Catalog_КВП_ЛицевыеСчета', select: ['Code', 'Помещение_Key'] });
    expect(
      (
        await pull.byKeys?.(
          test_.ctx,
          { set: 'Catalog_КВП_ЛицевыеСчета', select: ['Code'] },
          accounts.map((a) => a.key),
        )
      )?.length,
    ).toBe(80);
    const premises = accounts.map((a) => String(a.data.Помещение_Key));
    expect(
      (await pull.lookup?.(test_.ctx, { set: 'Catalog_УПЖКХ_Помещения', key: 'Ref_Key', select: ['Номер'] }, premises))
        ?.size,
    ).toBe(80);
  });

  test('a byte order mark before JSON is no harm', async () => {
    await control('settings', { bom: true });
    expect((await read({ set: 'Catalog_Организации', select: ['Code'] })).length).toBe(1);
  });

  test.each([
    ['html', 'transient/ONEC_NOT_ODATA'],
    ['truncated', 'transient/ONEC_NOT_JSON'],
    ['maintenance', 'transient/ONEC_BUSY'],
    ['unauthorized', 'unauthorized/ONEC_CREDENTIALS'],
    ['cut-half-way', 'transient/NETWORK'],
    ['odata-error', 'transient/ONEC_BUSY'],
  ])('fault %s is %s', async (fault, kind) => {
    sim.faults.add({ fault });
    expect(await kindOf(read({ set: 'Catalog_Организации', select: ['Code'] }))).toBe(kind);
  });

  test('code 20 of one set is a matter of rights, not of the login', async () => {
    await control('settings', { deny: ['Catalog_КВП_Услуги'] });
    expect(await kindOf(read({ set: 'Catalog_КВП_Услуги', select: ['Code'] }))).toBe('misconfigured/ONEC_RIGHTS');
  });

  test('a check against the live base suggests the nearest published names', async () => {
    const faults = await pull.check?.(test_.ctx, { set: 'Catalog_КВП_ЛицевыеСчета' }, ['Code', 'Закрыто']);
    expect(faults).toEqual([{ field: 'Закрыто', message: expect.any(String), near: ['Закрыт'] }]);
    expect((await pull.check?.(test_.ctx, { set: 'Catalog_КВП_ЛицевойСчет' }, []))?.[0]?.near).toContain(
      'Catalog_КВП_ЛицевыеСчета',
    );
  });

  test('the shipped mappings agree with what the simulated base publishes', async () => {
    const set = await loadMappings(builtInFolder('onec'), { entities, commands });
    const faults = await Promise.all(set.all().map((m) => pull.check?.(test_.ctx, m.source, m.uses)));
    expect(faults.flat()).toEqual([]);
  });
});

describe('submitting a reading to 1C', () => {
  test('the mark is proven by a draft that is found again and marked for deletion', async () => {
    const proof = await submitMeterReading.prove?.(test_.ctx);
    expect(proof?.evidence).toContain('draft');
    expect(await submitMeterReading.prove?.(test_.ctx)).toEqual(proof);
    expect(sim.effects.report()['readings.posted']).toBeUndefined();
  });

  test('a mark that the base does not have is refused before anything is written', async () => {
    const write = { ...source.write, mark: 'НетТакого' };
    const ctx = { ...test_.ctx, mapper: { ...mapper, source: () => ({ source: { ...source, write }, hash: 'h2' }) } };
    expect(await kindOf(submitMeterReading.prove?.(ctx) ?? Promise.resolve())).toBe('misconfigured/ONEC_MARK_MISSING');
  });

  test('creates and posts one document with the operation id', async () => {
    expect(await submitMeterReading.send(test_.ctx, op(ID))).toMatchObject({
      status: 'done',
      result: { number: expect.stringContaining('ХБ') },
    });
    expect(sim.effects.report()['readings.posted']).toEqual({ count: 1, distinct: 1 });
  });

  test('posting that breaks off inside 1C is uncertain, and the look-up finishes it with one posted document', async () => {
    sim.faults.add({ fault: 'post-breaks', times: 1, match: '/Post' });
    expect(await kindOf(submitMeterReading.send(test_.ctx, op(ID)))).toBe('uncertain/ONEC_POSTING_BROKE');
    expect(await submitMeterReading.reconcile?.(test_.ctx, op(ID, { uncertainSince: sim.clock.now() }))).toMatchObject({
      status: 'happened',
    });
    expect(sim.effects.report()['readings.posted']).toEqual({ count: 1, distinct: 1 });
  });

  test('what 1C dropped or cut without a word is a clear error, and the draft is marked for deletion', async () => {
    extra = { НетТакогоПоля: 'x' };
    await expect(submitMeterReading.send(test_.ctx, op(ID))).rejects.toMatchObject({
      kind: 'rejected',
      code: 'ONEC_WRITE_ALTERED',
      message: expect.stringContaining('НетТакогоПоля'),
    });
    expect(sim.effects.report()['readings.posted']).toBeUndefined();
    const left = await read({
      set: READINGS,
      select: ['ВнешнийИдентификатор'],
      filter: `ВнешнийИдентификатор eq '${ID}'`,
    });
    expect(left).toEqual([expect.objectContaining({ deleted: true })]);
  });

  test('a refusal of the configuration is told in its own words', async () => {
    const before = value;
    value = 0.001;
    try {
      await expect(submitMeterReading.send(test_.ctx, op(ID))).rejects.toMatchObject({
        kind: 'rejected',
        code: 'ONEC_CONFIGURATION',
        message: expect.stringContaining('Показание меньше предыдущего'),
      });
    } finally {
      value = before;
    }
  });

  test('comparison knows what 1C changes in form only', () => {
    expect(
      differences(
        { a: 1.5, rows: [{ LineNumber: 1, k: 'AB' }] },
        { a: 1.5, rows: [{ LineNumber: '1', k: 'AB', more: 1 }], Number: '1' },
      ),
    ).toEqual([]);
    expect(differences({ t: 'long', rows: [{ x: 1 }] }, { t: 'lon', rows: [] })).toEqual(['t', 'rows', 'rows/0/x']);
  });
});

describe('addresses and literals', () => {
  test('text cannot break out of its literal', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const literal = textLiteral(text);
        expect(literal.slice(1, -1).replace(/''/g, '')).not.toContain("'");
        expect(literal.slice(1, -1).replace(/''/g, "'")).toBe(text);
      }),
    );
    expect(() => guidLiteral("x' or 1 eq 1")).toThrow('GUID');
  });

  test('a list of conditions is split so that no query is longer than the web server takes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, maxLength: 60, unit: fc.constantFrom('я', 'a', ' ', "'") }), {
          maxLength: 80,
        }),
        (terms) => {
          const groups = splitByBytes(terms, 100);
          expect(groups.flat()).toEqual(terms);
          for (const group of groups)
            if (group.length > 1)
              expect(100 + encode(group.join(' or ')).length).toBeLessThanOrEqual(MAX_QUERY_BYTES + 10);
        },
      ),
    );
    expect(encode('a b+c')).toBe('a%20b%2Bc');
  });
});

describe('oracles that are not ours', () => {
  testWithFacts("reads a live base's recorded $metadata", 'onec/samples/msg001_metadata.xml', (file) => {
    const metadata = parseMetadata(readFileSync(file, 'utf8'));
    expect(metadata.size).toBeGreaterThan(5);
    expect([...metadata.values()].every((names) => names.size > 0)).toBe(true);
    expect(metadata.get('Catalog_Контрагенты')?.has('DataVersion')).toBe(true);
  });

  test('a document that declares entities is not read', () => {
    expect(() => parseMetadata('<!DOCTYPE x [<!ENTITY a "b">]><Edmx/>')).toThrow('entities');
  });
});
