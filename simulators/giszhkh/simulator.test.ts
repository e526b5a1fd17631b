import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Simulator } from '../kit/server.ts';
import { answerKey, pemOf } from './answer-signer.ts';
import { ask, clientKey, message, ORG, post, send } from './client-for-test.ts';
import { loadSchemas } from './schemas.ts';
import { services } from './services/index.ts';
import { type GisZhkhSimulatorOptions, startGisZhkhSimulator } from './simulator.ts';

const facts = process.env.HUB_CONTRACT_FACTS;
const schemas = facts === undefined ? undefined : join(facts, 'giszhkh');
let sim: Simulator;

const control = async (name: string, body: unknown): Promise<unknown> => {
  const response = await fetch(`${sim.url}/__sim/${name}`, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
};
async function open(options: Partial<GisZhkhSimulatorOptions> = {}): Promise<void> {
  await sim?.close();
  sim = await startGisZhkhSimulator({
    port: 0,
    accounts: 60,
    buildings: 3,
    receivedMs: 0,
    workingMs: 0,
    ...(schemas === undefined ? {} : { schemas }),
    ...options,
  });
  await control('certificates', { pem: pemOf(clientKey) });
}
beforeEach(() => open());
afterEach(() => sim.close());

const directory = (number: number) => ({
  operation: 'exportNsiItem',
  version: '10.0.1.2',
  content: `<s:RegistryNumber>${number}</s:RegistryNumber><n:ListGroup>NSI</n:ListGroup>`,
});
const account = (content: string) => ({ operation: 'exportAccountData', version: '10.0.1.1', content });
const houseOf = async (): Promise<string> => {
  const { accounts } = (await control('sample', {})) as { accounts: { house: string }[] };
  return accounts[0]?.house ?? '';
};

test('a request is acknowledged, and its result stays the same', async () => {
  const ack = await send(sim.url, directory(2));
  expect(ack.status).toBe(200);
  const [one, two] = [await ask(sim.url, 'exportNsiItem', ack), await ask(sim.url, 'exportNsiItem', ack)];
  expect(one.of('RequestState')).toBe('3');
  expect(one.text).toContain('Холодная вода');
  expect(two.text.replace(/<soap:Header>.*<\/soap:Header>/, '')).toBe(
    one.text.replace(/<soap:Header>.*<\/soap:Header>/, ''),
  );
  const check = await loadSchemas(schemas);
  if (check) for (const { text } of [ack, one]) expect(check.fault(text)).toBeUndefined();
});

test('states go by the clock, and an empty directory is an error of the result', async () => {
  await open({ receivedMs: 60_000, workingMs: 60_000 });
  const ack = await send(sim.url, directory(999));
  const states: string[] = [];
  for (let i = 0; i < 3; i++) {
    const state = await ask(sim.url, 'exportNsiItem', ack, sim.clock.now());
    states.push(state.of('RequestState') + state.of('ErrorCode'));
    sim.clock.advance(60_001);
  }
  expect(states).toEqual(['1', '2', '3INT016041']);
});

test('the same header identifier brings the same ticket, and no other service knows it', async () => {
  const wish = { ...account(`<s:FIASHouseGuid>${await houseOf()}</s:FIASHouseGuid>`), messageGuid: randomUUID() };
  const [one, two] = [await send(sim.url, wish), await send(sim.url, wish)];
  const ticket = (text: string) => /Ack>\s*<(?:\w+:)?MessageGUID>([^<]+)/.exec(text)?.[1];
  expect(ticket(two.text)).toBe(ticket(one.text));
  expect(((await (await fetch(`${sim.url}/__sim/state`)).json()) as { tickets: number }).tickets).toBe(1);
  const bills = services.find((s) => s.path.includes('bills'))?.path;
  expect((await ask(sim.url, 'exportAccountData', one, Date.now(), bills)).of('ErrorCode')).toBe('INT002013');
});

test.each([
  ['another organisation', { org: randomUUID() }, 'AUT011002'],
  ['a certificate that nobody registered', { key: answerKey('Stranger', 7, Date.now()) }, 'AUT011000'],
  ['a date ten minutes ago', { now: Date.now() - 600_000 }, 'FMT001301'],
])('%s is refused', async (_what, more, code) => {
  const said = await send(sim.url, { ...account(`<s:FIASHouseGuid>${randomUUID()}</s:FIASHouseGuid>`), ...more });
  expect({ status: said.status, code: said.of('ErrorCode') }).toEqual({ status: 500, code });
});

test('an organisation that granted nothing is told so', async () => {
  await sim.close();
  sim = await startGisZhkhSimulator({ port: 0, accounts: 60, organisations: [{ orgPPAGUID: ORG, granted: false }] });
  const said = await send(sim.url, account(`<s:FIASHouseGuid>${randomUUID()}</s:FIASHouseGuid>`));
  expect(said.of('ErrorCode')).toBe('AUT011009');
});

test('a house that is not ours any more is refused, and one that nobody knows', async () => {
  const house = await houseOf();
  await control('houses', { house, ours: false });
  for (const [fias, code] of [
    [house, 'AUT011003'],
    [randomUUID(), 'INT002000'],
  ] as const) {
    const ack = await send(sim.url, account(`<s:FIASHouseGuid>${fias}</s:FIASHouseGuid>`));
    expect((await ask(sim.url, 'exportAccountData', ack)).of('ErrorCode')).toBe(code);
  }
});

test('what fails with EXP001000 fails again byte by byte, and passes as a new message', async () => {
  sim.faults.add({ fault: 'exp001000-fault', times: 1 });
  const path = services[0]?.path ?? '';
  const text = message(directory(2));
  for (let i = 0; i < 2; i++)
    expect((await post(sim.url, path, 'exportNsiItem', text)).of('ErrorCode')).toBe('EXP001000');
  expect((await send(sim.url, directory(2))).status).toBe(200);
});

describe.each(['debts', 'appeals'])('the section %s of the file store', (section) => {
  const put = (sum: string) =>
    fetch(`${sim.url}/ext-bus-file-store-service/rest/${section}`, {
      method: 'PUT',
      headers: { 'x-upload-orgppaguid': ORG, 'x-upload-filename': 'a.pdf', 'content-md5': sum },
      body: 'abc',
    });

  test('refuses a wrong MD5, and a download before an object refers to the file', async () => {
    expect((await put('AAAA')).status).not.toBe(200);
    const guid = (await put('kAFQmDzST7DWlj99KOF/cg==')).headers.get('x-upload-uploadid');
    expect(guid).toMatch(/^[0-9a-f-]{36}$/);
    const got = await fetch(`${sim.url}/ext-bus-file-store-service/rest/${section}/${guid}?getfile`, {
      headers: { 'x-upload-orgppaguid': ORG },
    });
    expect(got.headers.get('x-upload-error')).toBe('FilePermissionException');
  });
});

const samples = schemas === undefined ? '' : join(schemas, 'samples/signed');
const suite = schemas === undefined ? describe.skip : describe;
suite('signed samples of the facts', () => {
  const names = samples === '' ? ['none'] : readdirSync(samples).filter((name) => name.endsWith('.xml'));

  test.each(names)('%s is taken, and refused once a letter is changed', async (name) => {
    sim.clock.set(new Date('2026-11-24T10:00:00+03:00'));
    const pem = readFileSync(join(facts ?? '', 'signing/vectors/certs/dir256.pem'), 'utf8');
    await control('certificates', { pem });
    const [folder = '', operation = ''] = name.split('.');
    const path = services.find((s) => Object.hasOwn(s.operations, operation))?.path;
    const text = readFileSync(join(samples, name), 'utf8');
    const changed = text.replace(/(SigningTime>2026-11-24T10:00:0)0/, '$11');
    expect(changed).not.toBe(text);
    expect({ folder, code: (await post(sim.url, path ?? '', operation, changed)).of('ErrorCode') }).toEqual({
      folder,
      code: 'AUT011004',
    });
    const taken = await post(sim.url, path ?? '', operation, text);
    expect({ said: taken.status === 200 ? '' : taken.text }).toEqual({ said: '' });
    expect(taken.of('RequesterMessageGUID')).toBe('0f8fad5b-d9cb-469f-a165-70867728950e');
  });
});
