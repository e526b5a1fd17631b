import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestContext, testContext } from '../../connectors/kit/testing/context.ts';
import { type Change, readChangePacket, recordsOf } from '../../connectors/onec/change-packet.ts';
import { json, request } from '../../connectors/onec/client.ts';
import { OnecConfig } from '../../connectors/onec/config.ts';
import { type Edm, parseEdm } from '../../connectors/onec/edm.ts';
import { readEdm } from '../../connectors/onec/metadata.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { startOnecSimulator } from '../../simulators/onec/simulator.ts';
import { testWithFacts } from '../facts.ts';

type Row = Record<string, unknown>;

/** Properties whose value is not of the type that the metadata declares. */
function misread(change: Change, edm: Edm): string[] {
  const kinds: Record<string, string> = {
    'Edm.Boolean': 'boolean',
    'Edm.Double': 'number',
    'Edm.Int16': 'number',
    'Edm.Int32': 'number',
  };
  return Object.entries(change.data).flatMap(([name, value]) => {
    const type = edm.sets.get(change.set)?.properties.get(name) ?? 'not declared';
    if (type.startsWith('Collection(')) return Array.isArray(value) ? [] : [name];
    return typeof value === (kinds[type] ?? 'string') ? [] : [`${name}: ${type}`];
  });
}

describe('packets recorded from a live base', () => {
  const read = (file: string): { changes: Change[]; edm: Edm } => {
    const edm = parseEdm(readFileSync(join(dirname(file), 'msg001_metadata.xml'), 'utf8'));
    return { edm, changes: readChangePacket(readFileSync(file, 'utf8'), edm) };
  };

  testWithFacts('objects of a catalog', 'onec/samples/msg004_kontragenti.xml', (file) => {
    const { changes, edm } = read(file);
    expect(changes.map((c) => [c.set, c.key.Ref_Key, c.deleted])).toEqual([
      ['Catalog_Контрагенты', 'ff564c10-a268-11e5-92f1-0050568b35ac', false],
      ['Catalog_Контрагенты', '624595b8-2d34-11e1-afd3-0015e9b8c48d', false],
      ['Catalog_Контрагенты', '0e617604-55bd-11d9-848a-00112f43529a', false],
      ['Catalog_Контрагенты', 'cc1e1ad8-e504-11e0-af8f-0015e9b8c48d', false],
      ['Catalog_Контрагенты', 'cbcf495f-55bc-11d9-848a-00112f43529a', false],
    ]);
    const [first] = changes;
    expect(first).toMatchObject({
      at: '2026-06-15T09:47:42',
      data: {
        Ref_Key: first?.key.Ref_Key,
        DataVersion: 'AAAAAAAAAAI=',
        DeletionMark: false,
        ИНН: '4825005381',
        КПП: '482201001',
        Description: 'АВИКА1',
        КодПоОКПО: '',
        КонтактнаяИнформация: [],
      },
    });
    expect(first?.data.ДополнительнаяИнформация).toMatch(/ДУК-15\nг\. Липецк$/);
    expect(changes.flatMap((c) => c.data.КонтактнаяИнформация as Row[])).toHaveLength(4);
    expect(changes.flatMap((c) => misread(c, edm))).toEqual([]);
  });

  testWithFacts('a document with its registers', 'onec/samples/msg005_zakaz_klienta_2.xml', (file) => {
    const { changes, edm } = read(file);
    const recorder = '8d1d7287-6240-11f1-9296-08002761f3c5';
    const key = { Recorder: recorder, Recorder_Type: 'StandardODATA.Document_ЗаказКлиента' };
    expect(changes.map((c) => [c.set, c.key])).toEqual([
      ['Document_ЗаказКлиента', { Ref_Key: recorder }],
      ['InformationRegister_СуммыДокументовВВалютахУчета', key],
      ['AccumulationRegister_ЗаказыКлиентов', key],
    ]);
    const [order, ...registers] = changes;
    expect(order?.data).toMatchObject({
      СкидкиРассчитаны: true,
      СуммаАвансаДоОбеспечения: 0,
      ДокументОснование_Type: 'StandardODATA.Undefined',
    });
    expect(order?.data.Товары).toEqual([
      expect.objectContaining({ LineNumber: '1' }),
      expect.objectContaining({ LineNumber: '2' }),
    ]);
    expect(registers.map(recordsOf)).toEqual([[], []]);
    expect(changes.flatMap((c) => misread(c, edm))).toEqual([]);
  });
});

describe('packets of the simulated base', () => {
  let sim: Simulator;
  let test_: TestContext<OnecConfig>;
  const READINGS = 'Document_УПЖКХ_ВводПоказанийСчетчиков';
  const get = async (path: string): Promise<Row> => (await json(test_.ctx, { path })).body;
  const first = async (set: string): Promise<Row> => ((await get(set)).value as Row[])[0] ?? {};
  beforeAll(async () => {
    sim = await startOnecSimulator({ port: 0, accounts: 20, buildings: 2 });
    const auth = { login: 'hub', password: 'hub-sandbox' };
    test_ = testContext(OnecConfig.parse({ url: `${sim.url}/uk`, timezone: 'Europe/Moscow', auth }), {
      clock: sim.clock,
    });
  });
  afterAll(async () => {
    test_.close();
    await sim.close();
  });
  const exchange = async (verb: string, n: number): Promise<string> => {
    const nodes = (await get('ExchangePlan_ХабОбмен')).value as Row[];
    const ref = nodes.find((node) => node.ThisNode !== true)?.Ref_Key;
    const point = `'${sim.url}/uk/odata/standard.odata/ExchangePlan_ХабОбмен(guid'${String(ref)}')'`;
    const options = { DataExchangePoint: point, MessageNo: n };
    return (await request(test_.ctx, { method: 'POST', path: verb, options })).text();
  };

  test('say of an object just what the JSON form says', async () => {
    await exchange('SelectChanges', 1);
    await exchange('NotifyChangesReceived', 1);
    const meter = await first('Catalog_УПЖКХ_ПриборыУчета');
    const account = await first('Catalog_КВП_ЛицевыеСчета');
    const accountPath = `Catalog_КВП_ЛицевыеСчета(guid'${String(account.Ref_Key)}')`;
    const body = { Description: 'Иванова «Ёлка» & <сын>\n№ 5' };
    await json(test_.ctx, { method: 'PATCH', path: accountPath, body });
    const { body: document } = await json(test_.ctx, {
      method: 'POST',
      path: READINGS,
      body: {
        Date: '2026-11-24T10:00:00',
        Показания: [
          { LineNumber: 1, Счетчик_Key: meter.Ref_Key, ДатаПоказания: '2026-11-24T00:00:00', Показание: 900_000.125 },
        ],
      },
    });
    const documentPath = `${READINGS}(guid'${String(document.Ref_Key)}')`;
    await json(test_.ctx, { method: 'POST', path: `${documentPath}/Post` });

    const changes = readChangePacket(await exchange('SelectChanges', 2), await readEdm(test_.ctx));
    expect(changes.map((c) => c.set).sort()).toEqual(
      ['Catalog_КВП_ЛицевыеСчета', READINGS, 'InformationRegister_УПЖКХ_ПоказанияПриборовУчета'].sort(),
    );
    for (const path of [accountPath, documentPath]) {
      const { 'odata.metadata': _meta, ...expected } = await get(path);
      const change = changes.find((c) => path.startsWith(`${c.set}(`));
      const plain = Object.entries(expected).filter(([name]) => !name.includes('@'));
      expect(change?.data).toEqual(Object.fromEntries(plain));
    }
    const register = changes.find((c) => c.set.startsWith('InformationRegister_'));
    expect(register && recordsOf(register)).toEqual([
      expect.objectContaining({ Recorder_Key: document.Ref_Key, Показание: 900_000.125, Счетчик_Key: meter.Ref_Key }),
    ]);
  });
});
