import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Simulator } from '../kit/server.ts';
import { startOnecSimulator } from './simulator.ts';

let sim: Simulator;
let root: string;
const headers = { authorization: `Basic ${Buffer.from('hub:hub-sandbox').toString('base64')}` };
beforeAll(async () => {
  sim = await startOnecSimulator({ port: 0, accounts: 60, buildings: 3 });
  root = `${sim.url}/uk/odata/standard.odata`;
});
afterAll(() => sim.close());

const get = (path: string) => fetch(`${root}/${path}`, { headers });
const getJson = async (path: string): Promise<{ value: Record<string, unknown>[] } & Record<string, unknown>> =>
  (await (await get(path)).json()) as never;
const send = async (method: string, path: string, body?: unknown) => {
  const response = await fetch(`${root}/${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text ? JSON.parse(text) : {}) as Record<string, unknown> };
};
const errorOf = async (path: string) => {
  const response = await get(path);
  const body = (await response.json()) as { 'odata.error': { code: string } };
  return `${response.status}/${body['odata.error'].code}`;
};
const ACCOUNTS = encodeURIComponent('Catalog_КВП_ЛицевыеСчета');
const READINGS = encodeURIComponent('Document_УПЖКХ_ВводПоказанийСчетчиков');
const METERS = encodeURIComponent('Catalog_УПЖКХ_ПриборыУчета');
const BALANCES = encodeURIComponent('AccumulationRegister_КВП_ВзаиморасчетыПоЛицевымСчетам');

describe('the stand-in of a 1C base', () => {
  test('pages by $skip and $orderby add up to $count, whose text begins with a byte order mark', async () => {
    const count = Buffer.from(await (await get(`${ACCOUNTS}/$count`)).arrayBuffer());
    expect([...count.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const keys = new Set<unknown>();
    for (let skip = 0; skip < 60; skip += 7)
      for (const row of (
        await getJson(`${ACCOUNTS}?$format=json&$select=Ref_Key&$orderby=Ref_Key&$top=7&$skip=${skip}`)
      ).value)
        keys.add(row.Ref_Key);
    expect(keys.size).toBe(Number(count.subarray(3).toString()));
  });

  test('answers Atom by default and JSON on request', async () => {
    expect((await get(`${ACCOUNTS}?$top=1`)).headers.get('content-type')).toContain('atom+xml');
    expect((await get(`${ACCOUNTS}?$top=1&$format=json`)).headers.get('content-type')).toContain('json');
  });

  test('wrong names and options give the codes of the manual', async () => {
    expect(await errorOf(`${ACCOUNTS}?$format=json&$expan=x`)).toBe('400/0');
    expect(await errorOf('Catalog_Nothing?$format=json')).toBe('404/8');
    expect(await errorOf(`${ACCOUNTS}(guid'5b1c0c1e-0000-0000-0000-000000000000')?$format=json`)).toBe('404/9');
    expect(await errorOf(`${ACCOUNTS}?$format=json&$filter=Code%20eqq%20'1'`)).toBe('400/14');
    expect(await errorOf(`${ACCOUNTS}?$format=json&$filter=Nothing%20eq%20'1'`)).toBe('400/10');
  });

  test('a GUID has no order, and a plus in the query stays a plus', async () => {
    expect(
      await errorOf(`${ACCOUNTS}?$format=json&$filter=Ref_Key%20gt%20guid'5b1c0c1e-8a0e-11ee-9f05-000000000001'`),
    ).toBe('500/-1');
    expect(
      (
        await getJson(
          `${ACCOUNTS}?$format=json&$filter=substringof('0001',Code)%20and%20${encodeURIComponent('Закрыт')}%20eq%20false`,
        )
      ).value.length,
    ).toBeGreaterThan(0);
    expect(await errorOf(`${ACCOUNTS}?$format=json&$filter=substringof('0001',Code)+eq+true`)).toBe('400/14');
    expect(await errorOf(`${ACCOUNTS}?$format=json&$filter=tolower(Code)%20eq%20'1'`)).toBe('400/14');
  });

  test('a query string over 2048 bytes is a page of the web server, not an OData error', async () => {
    const response = await get(
      `${ACCOUNTS}?$format=json&$filter=${encodeURIComponent(`Code eq '${'я'.repeat(400)}'`)}`,
    );
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('404.15');
  });

  test('writes fail silently: unknown fields are dropped, long text is cut, a dead reference stays, a stale If-Match is taken', async () => {
    const created = await send('POST', `${READINGS}?$format=json`, {
      Date: '2026-11-24T10:00:00',
      ВнешнийИдентификатор: 'x'.repeat(50),
      Неизвестное: 1,
      Организация_Key: '11111111-1111-1111-1111-111111111111',
      Показания: [],
    });
    expect(created.status).toBe(201);
    expect(String(created.body.ВнешнийИдентификатор)).toHaveLength(36);
    expect(created.body).not.toHaveProperty('Неизвестное');
    expect(created.body.Организация_Key).toBe('11111111-1111-1111-1111-111111111111');
  });

  test('a tabular section is replaced whole and needs line numbers', async () => {
    const [meter] = (await getJson(`${METERS}?$format=json&$top=1`)).value;
    const row = (n: number) => ({
      LineNumber: n,
      Счетчик_Key: meter?.Ref_Key,
      ДатаПоказания: '2026-11-24T00:00:00',
      Показание: 900000,
    });
    const created = await send('POST', `${READINGS}?$format=json`, {
      Date: '2026-11-24T10:00:00',
      ВнешнийИдентификатор: 'two-rows',
      Показания: [row(1), row(2)],
    });
    const address = `${READINGS}(guid'${String(created.body.Ref_Key)}')`;
    expect((await send('PATCH', `${address}?$format=json`, { Показания: [row(1)] })).body.Показания).toHaveLength(1);
    expect((await send('PATCH', `${address}?$format=json`, { Показания: [{ ...row(1), LineNumber: 2 }] })).status).toBe(
      500,
    );
    expect((await send('POST', `${address}/Post?PostingModeOperational=false`)).status).toBe(200);
    expect((await send('POST', `${address}/Post?PostingModeOperational=false`)).status).toBe(200);
    expect(sim.effects.report()['readings.posted']).toEqual({ count: 1, distinct: 1 });
    expect((await send('PATCH', `${address}?$format=json`, { DeletionMark: true })).status).toBe(500);
  });

  test('a reading below the previous one, a marked document and a closed period are refused in Russian', async () => {
    const [meter] = (await getJson(`${METERS}?$format=json&$top=1`)).value;
    const make = (value: number, date = '2026-11-24T10:00:00') =>
      send('POST', `${READINGS}?$format=json`, {
        Date: date,
        Показания: [{ LineNumber: 1, Счетчик_Key: meter?.Ref_Key, ДатаПоказания: date, Показание: value }],
      });
    const post = (ref: unknown) =>
      send('POST', `${READINGS}(guid'${String(ref)}')/Post?PostingModeOperational=false&$format=json`);
    const low = await post((await make(0.001)).body.Ref_Key);
    expect(low.status).toBe(500);
    expect(JSON.stringify(low.body)).toContain('меньше предыдущего');
    const marked = (await make(900001)).body.Ref_Key;
    await send('PATCH', `${READINGS}(guid'${String(marked)}')?$format=json`, { DeletionMark: true });
    expect((await post(marked)).status).toBe(500);
  });

  test('a balance is opening plus charges minus payments', async () => {
    const [account] = (await getJson(`${ACCOUNTS}?$format=json&$top=1`)).value;
    const key = String(account?.Ref_Key);
    const balance = async (period: string) => {
      const condition = encodeURIComponent(`ЛицевойСчет_Key eq guid''${key}''`);
      const { value } = await getJson(
        `${BALANCES}/Balance(Period=datetime'${period}',Condition='${condition}',Dimensions='${encodeURIComponent('ЛицевойСчет')}')?$format=json`,
      );
      return Math.round(Number(value[0]?.СуммаBalance ?? 0) * 100);
    };
    const rows = (
      await getJson(
        `${BALANCES}_RecordType?$format=json&$filter=${encodeURIComponent(`ЛицевойСчет_Key eq guid'${key}'`)}`,
      )
    ).value;
    const sum = rows.reduce(
      (total, row) => total + (row.RecordType === 'Receipt' ? 1 : -1) * Math.round(Number(row.Сумма) * 100),
      0,
    );
    expect(rows.length).toBeGreaterThan(20);
    expect((await balance('2999-01-01T00:00:00')) - (await balance('0001-01-01T00:00:00'))).toBe(sum);
  });

  test('wrong credentials are 401, a set without rights is 401 with code 20', async () => {
    expect((await fetch(`${root}/${ACCOUNTS}?$format=json`, { headers: { authorization: 'Basic eDp5' } })).status).toBe(
      401,
    );
    await fetch(`${sim.url}/__sim/settings`, {
      method: 'POST',
      body: JSON.stringify({ deny: ['Catalog_КВП_Услуги'] }),
    });
    expect(await errorOf(`${encodeURIComponent('Catalog_КВП_Услуги')}?$format=json`)).toBe('401/20');
  });

  test('too heavy a page exhausts the application server', async () => {
    await fetch(`${sim.url}/__sim/settings`, { method: 'POST', body: JSON.stringify({ memoryBytes: 10_000 }) });
    expect(await errorOf(`${encodeURIComponent('Document_КВП_НачислениеУслуг')}?$format=json&$top=2`)).toBe('500/-1');
    await fetch(`${sim.url}/__sim/settings`, { method: 'POST', body: JSON.stringify({ memoryBytes: 64_000_000 }) });
  });

  test('metadata names every set with its type and binds functions by their first parameter', async () => {
    const xml = await (await get('$metadata')).text();
    for (const [, name, type] of xml.matchAll(/<EntitySet Name="([^"]+)" EntityType="StandardODATA\.([^"]+)"/g))
      expect([name, xml.includes(`<EntityType Name="${type}"`)]).toEqual([name, true]);
    expect(xml).toContain('<FunctionImport Name="Balance" IsBindable="true" IsSideEffecting="false"');
    expect(xml).toContain('Name="bindingParameter"');
    expect(xml).not.toContain('HttpMethod');
  });
});
