import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { XMLParser } from 'fast-xml-parser';
import type { Simulator } from '../kit/server.ts';
import { startOnecSimulator } from './simulator.ts';

type Row = Record<string, unknown>;
let sim: Simulator;
let root: string;
let meter: string;
let account: string;
const headers = { authorization: `Basic ${Buffer.from('hub:hub-sandbox').toString('base64')}` };
const e = encodeURIComponent;
const ACCOUNTS = e('Catalog_КВП_ЛицевыеСчета');
const READINGS = e('Document_УПЖКХ_ВводПоказанийСчетчиков');
const READING_ROWS = `${e('InformationRegister_УПЖКХ_ПоказанияПриборовУчета')}_RecordType`;
const PAYMENTS = e('Document_УПЖКХ_ОплатаЛицевыхСчетов');
const CHARGES = e('AccumulationRegister_УПЖКХ_Начисления');
const BALANCES = e('AccumulationRegister_КВП_ВзаиморасчетыПоЛицевымСчетам');
const PLAN = e('ExchangePlan_ХабОбмен');

beforeAll(async () => {
  sim = await startOnecSimulator({ port: 0, accounts: 60, buildings: 3 });
  root = `${sim.url}/uk/odata/standard.odata`;
  meter = String((await rowsOf(`${e('Catalog_УПЖКХ_ПриборыУчета')}?$format=json&$top=1`))[0]?.Ref_Key);
  account = String((await rowsOf(`${ACCOUNTS}?$format=json&$top=1`))[0]?.Ref_Key);
});
beforeEach(() => sim.faults.clear());
afterAll(() => sim.close());

async function call(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; text: string; body: Row }> {
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(`${root}/${path}`, init);
  const text = await response.text();
  const json = (response.headers.get('content-type') ?? '').includes('json') && text !== '';
  return { status: response.status, text, body: json ? (JSON.parse(text) as Row) : {} };
}
async function rowsOf(path: string): Promise<Row[]> {
  return (await call('GET', path)).body.value as Row[];
}
const reading = (value: number, more: Row = {}) =>
  call('POST', `${READINGS}?$format=json`, {
    Date: '2026-11-24T10:00:00',
    Показания: [{ LineNumber: 1, Счетчик_Key: meter, ДатаПоказания: '2026-11-24T00:00:00', Показание: value }],
    ...more,
  });
const payment = (mark: string) =>
  call('POST', `${PAYMENTS}?$format=json`, {
    Date: '2026-11-24T10:00:00',
    ВнешнийИдентификатор: mark,
    Платежи: [{ LineNumber: 1, ЛицевойСчет_Key: account, Сумма: 100.5, ДатаПлатежа: '2026-11-24T00:00:00' }],
  });
const address = (set: string, document: { body: Row }) => `${set}(guid'${String(document.body.Ref_Key)}')`;
const movements = (document: { body: Row }) =>
  rowsOf(`${READING_ROWS}?$format=json&$filter=${e(`Recorder_Key eq guid'${String(document.body.Ref_Key)}'`)}`);
const kop = (roubles: unknown) => Math.round(Number(roubles ?? 0) * 100);
const balance = async (quote = "''", dimensions = `,Dimensions='${e('ЛицевойСчет')}'`) => {
  const condition = e(`ЛицевойСчет_Key eq guid${quote}${account}${quote}`);
  const rows = await rowsOf(`${BALANCES}/Balance(Condition='${condition}'${dimensions})?$format=json`);
  return rows.reduce((sum, row) => sum + kop(row.СуммаBalance), 0);
};

describe('movements of a document', () => {
  test('come with posting, go with unposting, and a lower reading is taken again after that', async () => {
    const document = await reading(900_000);
    expect(await movements(document)).toEqual([]);
    await call('POST', `${address(READINGS, document)}/Post?PostingModeOperational=false`);
    expect(await movements(document)).toHaveLength(1);
    const lower = await reading(800_000);
    expect((await call('POST', `${address(READINGS, lower)}/Post?$format=json`)).status).toBe(500);
    await call('POST', `${address(READINGS, document)}/Unpost`);
    expect(await movements(document)).toEqual([]);
    expect((await call('POST', `${address(READINGS, lower)}/Post?$format=json`)).status).toBe(200);
  });

  test('do not follow a write to the posted document until it is posted again', async () => {
    const document = await reading(910_000);
    await call('POST', `${address(READINGS, document)}/Post`);
    const row = { LineNumber: 1, Счетчик_Key: meter, ДатаПоказания: '2026-11-24T00:00:00', Показание: 920_000 };
    await call('PATCH', `${address(READINGS, document)}?$format=json`, { Показания: [row] });
    expect(await movements(document)).toEqual([expect.objectContaining({ Показание: 910_000 })]);
    await call('POST', `${address(READINGS, document)}/Post`);
    expect(await movements(document)).toEqual([expect.objectContaining({ Показание: 920_000 })]);
  });

  test('are not made by the flag alone', async () => {
    const before = sim.effects.report()['readings.posted']?.count;
    const document = await reading(930_000);
    const patched = await call('PATCH', `${address(READINGS, document)}?$format=json`, { Posted: true });
    expect(patched.body.Posted).toBe(true);
    expect(await movements(document)).toEqual([]);
    expect(sim.effects.report()['readings.posted']?.count).toBe(before);
  });
});

describe('registers', () => {
  test('pages of records are the whole register, each record once', async () => {
    const count = Number((await call('GET', `${CHARGES}_RecordType/$count`)).text.replace('\ufeff', ''));
    const keys = new Set<string>();
    for (let skip = 0; skip < count; skip += 100)
      for (const r of await rowsOf(`${CHARGES}_RecordType?$format=json&$top=100&$skip=${skip}`))
        keys.add(`${String(r.Recorder)}/${String(r.LineNumber)}`);
    expect(count).toBe(60 * 12 * 2);
    expect(keys.size).toBe(count);
  });

  test('a record set is read by its recorder, and found with cast to the right type only', async () => {
    const [first] = await rowsOf(`${CHARGES}_RecordType?$format=json&$top=1`);
    const key = String(first?.Recorder);
    const type = e('StandardODATA.Document_КВП_НачислениеУслуг');
    const set = await call('GET', `${CHARGES}(Recorder='${key}',Recorder_Type='${type}')?$format=json`);
    expect(set.body.RecordSet).toHaveLength(240);
    const found = (filter: string) => rowsOf(`${CHARGES}_RecordType?$format=json&$top=2&$filter=${e(filter)}`);
    expect(await found(`Recorder eq cast(guid'${key}','Document_КВП_НачислениеУслуг')`)).toHaveLength(2);
    expect(await found(`Recorder eq cast(guid'${key}','Document_УПЖКХ_НачислениеПени')`)).toEqual([]);
    expect(await found(`Recorder eq guid'${key}'`)).toEqual([]);
    expect((await call('GET', `${CHARGES}?$format=json&$filter=${e(`Recorder eq guid'${key}'`)}`)).status).toBe(500);
  });

  test('balance equals the closing balance of the turnovers, however the condition is quoted', async () => {
    const whole = await balance();
    expect(await balance("'")).toBe(whole);
    expect(await balance("''", '')).toBe(whole);
    const [row] = await rowsOf(
      `${BALANCES}/BalanceAndTurnovers(Condition='${e(`ЛицевойСчет_Key eq guid''${account}''`)}',Dimensions='${e('ЛицевойСчет')}')?$format=json`,
    );
    expect(kop(row?.СуммаClosingBalance)).toBe(whole);
    expect(kop(row?.СуммаOpeningBalance) + kop(row?.СуммаReceipt) - kop(row?.СуммаExpense)).toBe(whole);
    expect((await call('GET', `${CHARGES}/Balance()?$format=json`)).status).toBe(400);
  });
});

test('a payment whose answer was cut is found once by its mark and moves the balance once', async () => {
  const before = await balance();
  sim.faults.add({ fault: 'cut-after-commit', times: 1, method: 'POST' });
  await expect(payment('mark-0001')).rejects.toThrow();
  const found = await rowsOf(`${PAYMENTS}?$format=json&$filter=${e("ВнешнийИдентификатор eq 'mark-0001'")}`);
  expect(found).toHaveLength(1);
  expect(await balance()).toBe(before);
  for (let i = 0; i < 2; i++) await call('POST', `${PAYMENTS}(guid'${String(found[0]?.Ref_Key)}')/Post`);
  expect(before - (await balance())).toBe(10_050);
  expect(sim.effects.report()['payments.posted']).toEqual({ count: 1, distinct: 1 });
});

test('changes come again until they are acknowledged, and registers come as whole record sets', async () => {
  const nodes = await rowsOf(`${PLAN}?$format=json`);
  const hub = nodes.find((n) => n.ThisNode !== true);
  const node = e(`${root}/ExchangePlan_ХабОбмен(guid'${String(hub?.Ref_Key)}')`);
  const exchange = (name: string, n: number) => call('POST', `${name}?DataExchangePoint='${node}'&MessageNo=${n}`);
  await exchange('SelectChanges', 1);
  await exchange('NotifyChangesReceived', 1);
  const document = await reading(940_000);
  await call('POST', `${address(READINGS, document)}/Post`);
  const first = await exchange('SelectChanges', 2);
  expect((await exchange('SelectChanges', 2)).text).toContain(String(document.body.Ref_Key));
  const parsed = new XMLParser({ ignoreAttributes: false }).parse(first.text) as { feed: { entry: { id: string }[] } };
  expect(parsed.feed.entry).toHaveLength(2);
  expect(first.text).toContain('<d:RecordSet m:type="Collection(');
  await exchange('NotifyChangesReceived', 2);
  expect((await exchange('SelectChanges', 3)).text).not.toContain('<entry>');
  expect((await rowsOf(`${PLAN}?$format=json`)).find((n) => n.Code === 'HUB')?.ReceivedNo).toBe('2');
});

test('a session is kept by its cookie, is limited in number, and ends with its idle time', async () => {
  const start = () => fetch(`${root}/`, { headers: { ...headers, ibsession: 'start' } });
  const first = (await start()).headers.get('set-cookie') ?? '';
  const again = () => fetch(`${root}/`, { headers: { ...headers, cookie: first } }).then((r) => r.status);
  expect(first).toMatch(/^ibsession=/);
  expect(await again()).toBe(200);
  for (let i = 1; i < 10; i++) expect((await start()).status).toBe(200);
  expect((await start()).status).toBe(406);
  await fetch(`${root}/`, { headers: { ...headers, cookie: first, ibsession: 'finish' } });
  expect((await start()).status).toBe(200);
  expect(await again()).toBe(406);
  sim.clock.advance(21_000);
  expect((await start()).status).toBe(200);
});

test('multiplication binds closer than addition', async () => {
  expect(await rowsOf(`${ACCOUNTS}?$format=json&$top=1&$filter=${e('1 add 2 mul 3 eq 7')}`)).toHaveLength(1);
});
