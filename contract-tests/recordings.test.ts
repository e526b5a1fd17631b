import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { commands } from '../canonical/commands/registry.ts';
import { entities } from '../canonical/registry.ts';
import type { HttpClient } from '../connectors/http-port.ts';
import { HttpTransport } from '../connectors/kit/http.ts';
import { type Captured, capture, forbidden } from '../connectors/kit/recording/capture.ts';
import { readScenario } from '../connectors/kit/recording/read-scenario.ts';
import { readRecording, serialised, writeRecording } from '../connectors/kit/recording/recording.ts';
import { NotRecorded, replaying } from '../connectors/kit/recording/replay.ts';
import { testContext } from '../connectors/kit/testing/context.ts';
import { OnecConfig } from '../connectors/onec/config.ts';
import { onec } from '../connectors/onec/connector.ts';
import type { Connector } from '../connectors/port.ts';
import { builtInFolder, loadMappings } from '../mappings/load.ts';
import type { Simulator } from '../simulators/kit/server.ts';
import { startOnecSimulator } from '../simulators/onec/simulator.ts';
import { onlyReading, replayed } from './mode.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const folder = builtInFolder('onec');
const mappings = (await loadMappings(folder, { entities, commands })).all();
const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
const PASSWORD = 'Очень-Тайный-Пароль-77';
const PLANTED = {
  person: {
    Description: 'Скворцова Евдокия',
    Фамилия: 'Скворцова',
    Имя: 'Евдокия',
    Отчество: 'Никифоровна',
    СНИЛС: '112-233-445 95',
  },
  contacts: ['+7 916 555-12-34', 'evdokia.skvortsova@post.example', 'г. Самара, ул. Лесная, д. 7, кв. 41'],
  account: '   900123456',
};

describe('a recording', () => {
  let sim: Simulator;
  let transport: HttpTransport;
  beforeEach(async () => {
    sim = await startOnecSimulator({ port: 0, accounts: 15, buildings: 1, password: PASSWORD });
    transport = new HttpTransport();
  });
  afterEach(async () => {
    transport.close();
    await sim.close();
  });
  const control = async (body: object): Promise<Record<string, unknown>[]> =>
    (await (await fetch(`${sim.url}/__sim/objects`, { method: 'POST', body: JSON.stringify(body) })).json()) as Record<
      string,
      unknown
    >[];
  const plant = async (set: string, body: object): Promise<void> => {
    const [object] = await control({ action: 'find', set });
    await control({ action: 'patch', set, key: object?.Ref_Key, body });
  };
  const captured = (): Promise<Captured> =>
    capture({
      connector: onec as unknown as Connector<never>,
      settings: OnecConfig.parse({
        url: `${sim.url}/uk`,
        timezone: 'Europe/Moscow',
        auth: { login: 'hub', password: PASSWORD },
      }),
      mappings,
      mappingTexts: texts,
      transport,
      log: silent,
      key: new Uint8Array(32).fill(3),
      hubVersion: '0',
      by: 'a test',
      keepAmounts: false,
    });

  test('holds none of the planted names, phones, addresses, account numbers and passwords', async () => {
    const contacts = PLANTED.contacts.map((Представление, i) => ({
      LineNumber: i + 1,
      Тип: ['Телефон', 'АдресЭлектроннойПочты', 'Адрес'][i],
      Представление,
      НомерТелефона: i === 0 ? '79165551234' : '',
      АдресЭП: i === 1 ? Представление : '',
    }));
    await plant('Catalog_ФизическиеЛица', { ...PLANTED.person, КонтактнаяИнформация: contacts });
    await plant('Catalog_КВП_ЛицевыеСчета', { Code: PLANTED.account, Description: PLANTED.account.trim() });
    const { recording, secrets } = await captured();
    const all = Object.values(serialised(recording)).join('');
    const parts = [
      ...Object.values(PLANTED.person).flatMap((v) => [v, ...v.split(' ').filter((word) => word.length > 3)]),
      ...PLANTED.contacts,
      ...['555-12-34', '79165551234', 'skvortsova', 'Лесная', 'Самара', '900123456', PASSWORD, '127.0.0.1', 'Basic '],
    ];
    expect(parts.filter((part) => all.includes(part))).toEqual([]);
    expect(forbidden(all, secrets)).toBe(false);
    // What was planted was read at all: its masked form has its shape.
    expect(/\\"Code\\":\\" {3}\d{6,9}\\"/.test(all)).toBe(true);
    expect(/\+7 9\d\d \d{3}-\d\d-\d\d/.test(all)).toBe(true);
    expect(recording.origin).toMatchObject({ origin: 'simulator', system: 'onec', amounts: 'jittered' });
  }, 60_000);

  test('keeps references fitting: a masked key is the same wherever it stands', async () => {
    const { recording } = await captured();
    const rows = (set: string): Record<string, string>[] =>
      recording.calls.flatMap((c) =>
        c.path.endsWith(`/${set}`) && !c.query.$filter ? (JSON.parse(c.body).value ?? []) : [],
      );
    const premises = new Set(rows('Catalog_УПЖКХ_Помещения').map((r) => r.Ref_Key));
    const used = rows('Catalog_КВП_ЛицевыеСчета')
      .map((r) => r.Помещение_Key)
      .filter((k) => k !== undefined && !k.startsWith('0000'));
    expect(used.length).toBeGreaterThan(0);
    expect(used.some((key) => premises.has(key as string))).toBe(true);
  }, 60_000);

  test('is written once, read back and refuses what it does not hold, saying what differs', async () => {
    const { recording } = await captured();
    const target = mkdtempSync(join(tmpdir(), 'hub-recording-'));
    try {
      writeRecording(target, recording);
      expect(() => writeRecording(target, recording)).toThrow('already');
      const http = replaying(readRecording(target), 'http://x.invalid');
      const ask = (url: string) => http.request({ method: 'GET', url, timeoutMs: 1 });
      const call = recording.calls.find((c) => c.query.$top === '20' && c.path.includes('ЛицевыеСчета'));
      const query = (change: object): string =>
        Object.entries({ ...call?.query, ...change })
          .map(([k, v]) => `${k}=${encodeURIComponent(String(v))}`)
          .reverse()
          .join('&');
      const path = encodeURI(call?.path ?? '');
      expect((await ask(`http://x.invalid${path}?${query({})}`)).text()).toBe(call?.body);
      await expect(ask(`http://x.invalid${path}?${query({ $top: 21 })}`)).rejects.toThrow(
        /\$top is 21, recorded was 20/,
      );
      await expect(ask('http://x.invalid/other')).rejects.toThrow(NotRecorded);
    } finally {
      rmSync(target, { recursive: true, force: true });
    }
  }, 60_000);
});

test('the recording of 1C that is kept here answers all that the connector asks today', async () => {
  const kept = replayed(new URL('./onec/recordings/simulator-small', import.meta.url).pathname);
  const { url, timezone, login, password, clock, http } = kept;
  const config = OnecConfig.parse({ url, timezone, auth: { login, password }, sessions: 'none' });
  const hub = testContext(config, { clock, ...(http ? { http } : {}) });
  try {
    // A mapping that reads another attribute needs a new recording, see CONTRIBUTING.md.
    const { mappings: read } = await readScenario(onec, hub.ctx, mappings);
    expect(read.filter((r) => r.records.length === 0).map((r) => r.mapping)).toEqual([]);
  } finally {
    hub.close();
  }
});

test('a live run refuses what would write, and lets reading through', async () => {
  const sent: string[] = [];
  const inner: HttpClient = {
    request: async ({ method }) => {
      sent.push(method);
      return { status: 200, headers: {}, body: new Uint8Array(), text: () => '' };
    },
  };
  const http = onlyReading(inner, (method) => method === 'GET');
  const url = 'http://x.invalid/Document_X';
  await http.request({ method: 'GET', url, timeoutMs: 1 });
  await expect(http.request({ method: 'POST', url, timeoutMs: 1 })).rejects.toThrow('HUB_CONTRACT_WRITES');
  expect(sent).toEqual(['GET']);
});

test('a recording of a simulator is never counted as a verification', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  for (const system of ['onec', 'sms']) {
    const all = new URL(`./${system}/recordings/`, import.meta.url).pathname;
    const names = existsSync(all) ? readdirSync(all) : [];
    const origins = names.map((name) => readRecording(join(all, name)).origin.origin);
    for (const [i, name] of names.entries()) if (origins[i] === 'simulator') expect(readme).not.toContain(name);
    // Until there is a live one the table must say so.
    if (system === 'onec' && !origins.includes('live')) expect(readme).toContain('No live base yet');
  }
});
