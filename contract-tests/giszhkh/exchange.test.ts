import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { getState, post, prepare } from '../../connectors/giszhkh/client.ts';
import { resultsIn } from '../../connectors/giszhkh/element-results.ts';
import { gisTools } from '../../connectors/giszhkh/gis-tools.ts';
import type { HttpRequest } from '../../connectors/http-port.ts';
import { HttpTransport } from '../../connectors/kit/http.ts';
import { startGisZhkhSimulator } from '../../simulators/giszhkh/simulator.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { certificate } from '../signing/vectors.ts';
import { contextOf } from './context.ts';

const facts = process.env.HUB_CONTRACT_FACTS;
const withFacts = facts ? test : test.skip;
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const transport = new HttpTransport();
const tools = gisTools();
let sim: Simulator;
/** Every message that went either way. */
const messages: string[] = [];

const pem = (name: string): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate(name).der).toString('base64')}\n-----END CERTIFICATE-----\n`;
const control = async (name: string, input: unknown): Promise<unknown> => {
  const response = await fetch(`${sim.url}/__sim/${name}`, { method: 'POST', body: JSON.stringify(input) });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
};
const context = (settings: Record<string, unknown> = {}) => {
  const http = transport.client({ clock: { now: Date.now }, log });
  return contextOf({
    settings: { url: sim.url, poll: { imports: [0.02], exports: [0.02], directories: [0.02] }, ...settings },
    http: {
      request: async (request: HttpRequest) => {
        if (typeof request.body === 'string') messages.push(request.body);
        const response = await http.request(request);
        if (request.url.includes('/services/')) messages.push(new TextDecoder().decode(response.body));
        return response;
      },
    },
  });
};

beforeAll(async () => {
  sim = await startGisZhkhSimulator({
    port: 0,
    accounts: 200,
    buildings: 4,
    receivedMs: 10,
    workingMs: 20,
    ...(facts ? { schemas: join(facts, 'giszhkh') } : {}),
  });
  if (facts) await control('certificates', { pem: pem('dir256') });
});
afterAll(async () => {
  transport.close();
  await sim.close();
});

withFacts('directories, houses, accounts, meters and readings go there and back', async () => {
  const ctx = context();
  const resources = await tools.directories.all(ctx, '2');
  expect(resources.get('1')).toMatchObject({ code: '1', actual: true, name: 'Холодная вода' });
  const { meters } = (await control('sample', { meters: 3 })) as {
    meters: { root: string; house: string; resource: string }[];
  };
  const contracts = await tools.exports.whole(ctx, {
    service: 'house-management',
    operation: 'exportCAChData',
    content: {},
  });
  expect(JSON.stringify(contracts).toLowerCase()).toContain(meters[0]?.house ?? 'no house');
  const house = await tools.exports.whole(ctx, {
    service: 'house-management',
    operation: 'exportHouseData',
    content: { FIASHouseGuid: meters[0]?.house },
  });
  expect(house?.exportHouseResult).toMatchObject({ ApartmentHouse: { ResidentialPremises: expect.any(Array) } });
  for (const operation of ['exportAccountData', 'exportMeteringDeviceData'])
    expect(
      await tools.exports.whole(ctx, {
        service: 'house-management',
        operation,
        content: { FIASHouseGuid: meters[0]?.house },
      }),
    ).toBeDefined();
  const values = meters.map(({ root, resource }, i) => {
    const TransportGUID = `0000000${i}-0000-4000-8000-00000000000${i}`;
    const common = { DateValue: '2026-11-20', TransportGUID };
    return resource === '3'
      ? { MeteringDeviceRootGUID: root, ElectricDeviceValue: { CurrentValue: { MeteringValueT1: '10.5', ...common } } }
      : {
          MeteringDeviceRootGUID: root,
          OneRateDeviceValue: {
            CurrentValue: [
              {
                MunicipalResource: { Code: resource, GUID: resources.get(resource)?.guid },
                MeteringValue: '123.456',
                ...common,
              },
            ],
          },
        };
  });
  const prepared = await prepare(ctx, 'device-metering', 'importMeteringDeviceValues', {
    MeteringDevicesValues: values,
  });
  const { ticket } = await post(ctx, prepared);
  await new Promise((resolve) => setTimeout(resolve, 60));
  const state = await getState(ctx, 'device-metering', ticket);
  if (!state.done || state.error) throw new Error('The import is not done.');
  expect(resultsIn(state.result).map((r) => r.error)).toEqual([undefined, undefined, undefined]);
  const history = await tools.exports.whole(ctx, {
    service: 'device-metering',
    operation: 'exportMeteringDeviceHistory',
    content: { MeteringDeviceRootGUID: meters.map((m) => m.root) },
  });
  expect(JSON.stringify(history)).toContain('123.4560000');
  expect(sim.effects.report()['giszhkh.readings']).toEqual({ count: 3, distinct: 3 });
});

withFacts(
  'every message of both sides is one of the official format',
  () => {
    expect(messages.length).toBeGreaterThan(20);
    const folder = mkdtempSync(join(tmpdir(), 'gis-all-'));
    const files = messages.map((message, i) => {
      const file = join(folder, `${i}.xml`);
      writeFileSync(file, message);
      return file;
    });
    const { status, stdout, stderr } = spawnSync(
      'sh',
      [join(facts as string, 'giszhkh/samples/validate.sh'), ...files],
      { encoding: 'utf8' },
    );
    rmSync(folder, { recursive: true, force: true });
    expect({ status, said: status === 0 ? '' : (stdout + stderr).replaceAll(folder, '') }).toEqual({
      status: 0,
      said: '',
    });
  },
  60_000,
);
