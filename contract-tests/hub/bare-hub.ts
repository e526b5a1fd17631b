import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../config/load.ts';
import { connectorSchemas } from '../../connectors/registry.ts';
import { type Hub, startHub } from '../../hub.ts';
import { prepareStore } from '../../storage/testing/prepared-store.ts';
import { CONTROL_KEY } from './harness.ts';

export interface BareHub {
  readonly hub: Hub;
  readonly key: string;
  /** Lines of the log, newest last. */
  readonly lines: string[];
  readonly clock: { offset: number; now(): number };
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of any shape
  send(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }>;
  /** Writes events in one statement, as other parts of the hub do; their numbers come when they are published. */
  tell(from: number, to: number, type?: string): Promise<void>;
  /** Stops the hub and starts it again on the same port and store. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A hub of two organisations without connectors, in this process; on the embedded store, or on the server of `databaseUrl`. @param organisation more fields of the first one, as YAML */
export async function startBareHub(extra = '', databaseUrl?: string, organisation = ''): Promise<BareHub> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-bare-'));
  if (databaseUrl === undefined) await prepareStore(dataDir);
  const config = parseConfig(
    `organisations:\n  - { id: uk, name: УК${organisation && `, ${organisation}`} }\n  - { id: other, name: Другая }\nconnectors: {}\n${extra}`,
    'hub.yaml',
    connectorSchemas(),
    {},
  );
  const lines: string[] = [];
  const write = (message: string, fields?: object): void => {
    lines.push(
      `${message} ${JSON.stringify(fields ?? {}, (_k, v: unknown) => (v instanceof Error ? `${v.name}: ${v.message}` : v))}`,
    );
  };
  const clock = { offset: 0, now: () => Date.now() + clock.offset };
  const start = (port: number): Promise<Hub> =>
    startHub({
      config,
      dataDir,
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
      port,
      host: '127.0.0.1',
      active: true,
      controlKey: CONTROL_KEY,
      log: { debug: write, info: write, warn: write, error: write },
      durability: 'none',
      clock,
    });
  let hub = await start(0);
  const port = Number(new URL(hub.url).port);
  const authorization = `Bearer ${CONTROL_KEY}`;
  return {
    get hub() {
      return hub;
    },
    key: CONTROL_KEY,
    lines,
    clock,
    get: (path, headers = {}) => fetch(`${hub.url}${path}`, { headers: { authorization, ...headers } }),
    send: async (method, path, body) => {
      const response = await fetch(`${hub.url}${path}`, {
        method,
        headers: { authorization, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
    },
    tell: async (from, to, type = 'accounts.changed') => {
      await hub.store.db.query(
        `insert into event (org, id, type, entity, data, at)
         select 'uk', gen_random_uuid(), $3::text, 'PersonalAccount', jsonb_build_object('n', n, 'pad', repeat('x', 100)), $4::timestamptz from generate_series($1::int, $2::int) n order by n`,
        [from, to, type, new Date(clock.now())],
      );
    },
    restart: async () => {
      await hub.close();
      hub = await start(port);
    },
    stop: async () => {
      await hub.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
