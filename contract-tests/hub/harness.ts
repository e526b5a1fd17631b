import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entity } from '../../canonical/registry.ts';
import { parseConfig } from '../../config/load.ts';
import type { Logger } from '../../connectors/port.ts';
import { connectorKinds, connectorSchemas } from '../../connectors/registry.ts';
import { type Hub, startHub } from '../../hub.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { startOnecSimulator } from '../../simulators/onec/simulator.ts';
import { startSmsSimulator } from '../../simulators/sms/simulator.ts';
import { RecordRepository } from '../../storage/repositories/records.ts';
import { prepareStore } from '../../storage/testing/prepared-store.ts';

export const CONTROL_KEY = 'hub_control_for_tests_only_0123456789';

export interface TestHub {
  hub: Hub;
  onec: Simulator;
  sms: Simulator;
  lines: string[];
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  stop(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of any shape
  body: any;
  text: string;
}

/** hub.yaml of two organisations on two simulators; settle times are short so that tests needn't wait. */
export function configText(onecUrl: string, smsUrl: string, extra = '', onecExtra = '', connectors = ''): string {
  return `
organisations:
  - { id: uk, name: УК, timezone: Europe/Moscow }
  - { id: other, name: Другая, timezone: Europe/Samara }
connectors:
  onec-main: { system: onec, organisation: uk, url: "${onecUrl}/uk", timezone: Europe/Moscow, auth: { login: hub, password: hub-sandbox }, settleAfterMs: 500, concurrency: 4${onecExtra} }
  sms-main: { system: smsc, organisation: uk, url: "${smsUrl}", auth: { login: hub, password: hub-sandbox }, settleAfterMs: 1000, pollEveryMs: 1000, perSecond: 0, concurrency: 16, callbackSecret: callback-secret }
${connectors}${extra || 'limits: { quietHours: off }'}
`;
}

export interface TestHubOptions {
  accounts?: number;
  extra?: string;
  buildings?: number;
  /** Further connectors of hub.yaml: whole lines, indented. */
  connectors?: string;
  /** Configuration of the simulated 1C. */
  configuration?: 'standard' | 'variant';
  /** Folder of mapping files in place of the built-in ones. */
  mappings?: string;
  clock?: { now(): number };
  /** In place of one that only collects lines. */
  log?: Logger;
}

/** A whole hub in this process, on simulators of a small company. */
export async function startTestHub(options: TestHubOptions = {}): Promise<TestHub> {
  const onec = await startOnecSimulator({
    port: 0,
    accounts: options.accounts ?? 40,
    buildings: options.buildings ?? 2,
    ...(options.configuration ? { configuration: options.configuration } : {}),
  });
  const sms = await startSmsSimulator({ port: 0 });
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-e2e-'));
  await prepareStore(dataDir);
  const lines: string[] = [];
  const write = (message: string, fields?: object): void => {
    lines.push(
      `${message} ${JSON.stringify(fields ?? {}, (_k, v: unknown) => (v instanceof Error ? `${v.name}: ${v.message}` : v))}`,
    );
  };
  const log: Logger = options.log ?? { debug: write, info: write, warn: write, error: write };
  const config = parseConfig(
    configText(
      onec.url,
      sms.url,
      options.extra,
      options.mappings ? `, mappings: "${options.mappings}"` : '',
      options.connectors,
    ),
    'hub.yaml',
    connectorSchemas(),
    {},
    connectorKinds(),
  );
  const hub = await startHub({
    config,
    dataDir,
    port: 0,
    host: '127.0.0.1',
    active: true,
    controlKey: CONTROL_KEY,
    log,
    durability: 'none',
    ...(options.clock ? { clock: options.clock } : {}),
  });
  return {
    hub,
    onec,
    sms,
    lines,
    call: async (method, path, body, headers = {}) => {
      const response = await fetch(`${hub.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${CONTROL_KEY}`, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : undefined,
      };
    },
    stop: async () => {
      await hub.close();
      await onec.close();
      await sms.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A debt inquiry as a pull would have brought it. */
export async function putInquiry({ hub }: TestHub, id: string, more: Record<string, unknown> = {}): Promise<void> {
  await putRecord(hub, 'DebtInquiry', id, {
    subrequest: id,
    requestNumber: '17-2026',
    address: 'г. Казань, ул. Баумана, д. 5, кв. 17',
    status: 'sent',
    sentOn: '2026-11-24',
    answerBy: '2026-12-01',
    responseStatus: 'notSent',
    ...more,
  });
}

/** A record as a pull would leave it. */
export async function putRecord(
  hub: TestHub['hub'],
  name: string,
  id: string,
  fields: Record<string, unknown>,
): Promise<void> {
  const { db, cipher } = hub.store;
  const definition = entity(name);
  const canonical = definition.schema.parse(fields);
  const now = new Date();
  const record = { id, nativeKey: id, version: '1', nativeHash: null, canonical, native: { id } };
  const records = new RecordRepository(db, cipher);
  const { sql, params = [] } = records.upsertStatement('uk', definition, 'gis', 'm', [record], now, now);
  await db.query(sql, params);
}

/** Asks again and again until the answer is wanted; fails after the limit. */
export async function eventually<T>(
  ask: () => Promise<T>,
  wanted: (value: T) => boolean,
  limitMs = 20_000,
): Promise<T> {
  const until = Date.now() + limitMs;
  for (;;) {
    const value = await ask();
    if (wanted(value)) return value;
    if (Date.now() > until)
      throw new Error(`Not in ${limitMs} ms; the last answer was ${JSON.stringify(value).slice(0, 500)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
