import { Readable } from 'node:stream';
import { commands } from '../../canonical/commands/registry.ts';
import { entities } from '../../canonical/registry.ts';
import { giszhkh } from '../../connectors/giszhkh/connector.ts';
import type { HttpRequest } from '../../connectors/http-port.ts';
import { HttpTransport } from '../../connectors/kit/http.ts';
import { builtInFolder, loadMappings } from '../../mappings/load.ts';
import { Breakers } from '../../queues/breakers.ts';
import type { Dispatcher } from '../../queues/dispatcher.ts';
import { EmbeddedDispatcher } from '../../queues/embedded.ts';
import { Instances } from '../../queues/instances.ts';
import { Journal } from '../../queues/journal.ts';
import type { Instance } from '../../queues/ports.ts';
import type { TestEngine } from '../../queues/testing/workbench.ts';
import type { WorkerOptions } from '../../queues/worker.ts';
import { type GisZhkhSimulatorOptions, startGisZhkhSimulator } from '../../simulators/giszhkh/simulator.ts';
import type { Fault } from '../../simulators/kit/faults.ts';
import type { Database } from '../../storage/port.ts';
import { FileRepository } from '../../storage/repositories/files.ts';
import type { Operation } from '../../storage/repositories/operation.ts';
import { type TestStore, testCipher } from '../../storage/testing/databases.ts';
import { connectorFiles } from '../../wiring/files.ts';
import { mapperOf } from '../../wiring/mapper.ts';
import { certificate } from '../signing/vectors.ts';
import { contextOf } from './context.ts';

const set = await loadMappings(builtInFolder('giszhkh'), { entities, commands });
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
/** Everything has ended long before. */
const GIVE_UP_MS = 60_000;
const ENDED = ['succeeded', 'failed', 'dead', 'cancelled'];

export const pemOf = (name: string): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate(name).der).toString('base64')}\n-----END CERTIFICATE-----\n`;

export interface SampleMeter {
  root: string;
  house: string;
  resource: string;
  tariffs: number;
}

export interface SimState {
  peak: number;
  /** Calls at once, from their coming to their answers. */
  mostAtOnce: number;
  polls: number;
  tickets: number;
  calls: Readonly<Record<string, number>>;
}

/** Switches of the simulated ГИС ЖКХ that lies at an address. */
export function controlsOf(url: string) {
  const call = async (name: string, init?: RequestInit): Promise<unknown> => {
    const response = await fetch(`${url}/__sim/${name}`, init);
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  };
  const post = (name: string, input: unknown) => call(name, { method: 'POST', body: JSON.stringify(input) });
  return {
    post,
    state: async () => (await call('state')) as SimState,
    fault: (fault: Partial<Fault>) => post('faults', fault),
    meters: async (meters: number) => ((await post('sample', { meters })) as { meters: SampleMeter[] }).meters,
  };
}

const RESOURCES: Readonly<Record<string, string>> = { 1: 'cold-water', 2: 'hot-water', 4: 'gas', 5: 'heat' };
const meterId = (root: string): string => `0192f0c4-7a1b-7c3d-8e4f-${root.slice(24)}`;

/** Journal and worker of the hub with the real connector, before a simulated ГИС ЖКХ; both live by one clock, which can be moved. */
export async function gisBench(
  store: TestStore & Partial<TestEngine>,
  options: {
    sim?: Partial<GisZhkhSimulatorOptions>;
    settings?: Record<string, unknown>;
    /** Waited for before a request goes out. */
    beforeRequest?(request: HttpRequest): Promise<void> | undefined;
  } = {},
) {
  const sim = await startGisZhkhSimulator({
    port: 0,
    accounts: 200,
    buildings: 2,
    receivedMs: 10,
    workingMs: 20,
    ...options.sim,
  });
  const controls = controlsOf(sim.url);
  await controls.post('certificates', { pem: pemOf('dir256') });
  const { clock } = sim;
  const transport = new HttpTransport();
  /** Bodies of the calls of an operation, in the order in which they went out. */
  const sent: { action: string; body: string; at: number }[] = [];
  const name = `giszhkh-${Math.random().toString(36).slice(2)}`;
  // Readings of one meter go one after another: what an earlier test has left must not hold up this one's.
  const org = `tk-${name}`;
  const settings = {
    url: sim.url,
    poll: { imports: [1], exports: [1], directories: [0.02] },
    settleAfterMs: 60_000,
    settleForMs: 3_600_000,
    ...options.settings,
  };
  const roots = new Map<string, string>();
  const houses = new Map<string, string>();
  const nativeKeys = async (_org: string, _instance: string, ids: readonly string[]) =>
    new Map(
      ids.flatMap((id): [string, string][] => [
        ...(roots.has(id) ? [[`Meter\0${id}`, roots.get(id) as string] as [string, string]] : []),
        ...(houses.has(id) ? [[`Building\0${id}`, houses.get(id) as string] as [string, string]] : []),
      ]),
    );
  const files = new FileRepository(store.db, testCipher, clock.now.bind(clock));
  /** Kills so far; what was started before the last of them is dead. */
  let kills = 0;
  const mapper = mapperOf(set, { nativeKeys }, org, name, 'Europe/Moscow');
  const instance: Instance = {
    name,
    organisation: org,
    concurrency: 2,
    connector: giszhkh as never,
    context: ({ signal, deadline, onTraffic }) => {
      const born = kills;
      const http = transport.client({
        clock,
        log,
        signal,
        ...(deadline === undefined ? {} : { deadline }),
        ...(onTraffic ? { onTraffic } : {}),
      });
      return contextOf({
        settings,
        now: clock.now.bind(clock),
        http: {
          request: async (request: HttpRequest) => {
            await options.beforeRequest?.(request);
            if (born !== kills) throw new Error('The process was killed.');
            const action = String(request.headers?.soapaction ?? '').replace(/^"urn:|"$/g, '');
            if (typeof request.body === 'string') sent.push({ action, body: request.body, at: clock.now() });
            return http.request(request);
          },
        },
        more: { instance: name, signal, files: connectorFiles(files, org), ...(mapper ? { mapper } : {}) },
      }) as never;
    },
  };
  const instances = new Instances({ db: store.db, clock, log, instances: [instance] });
  const workers: Dispatcher[] = [];
  const killed: Dispatcher[] = [];
  const engine = store.dispatcher ?? ((o: WorkerOptions) => new EmbeddedDispatcher(o));
  const newWorker = (): Dispatcher => {
    const born = kills;
    const db = mortal(store.db, () => born === kills);
    const worker = engine({
      db,
      breakers: new Breakers({ db, clock, log, process: `${name}-${workers.length}` }),
      cipher: testCipher,
      clock,
      random: () => 0,
      log,
      instances,
      commands,
      sink: { outcome: () => [], patch: () => [] },
      onChange: () => {},
      name: `${name}-${workers.length}`,
    });
    workers.push(worker);
    worker.start();
    return worker;
  };
  const journal = new Journal({
    db: store.db,
    cipher: testCipher,
    clock,
    random: Math.random,
    onAccepted: () => {},
  });
  let n = 0;
  const definition = commands.get('meter-readings.publish');
  if (!definition) throw new Error('There is no such command.');

  /** @param value reading in place of one that no other has */
  const publish = async (meter: SampleMeter, more: Record<string, unknown> = {}): Promise<string> => {
    n++;
    const id = meterId(meter.root);
    roots.set(id, meter.root);
    const payload = {
      meter: id,
      readAt: '2026-11-20',
      values: Array.from({ length: meter.resource === '3' ? meter.tariffs : 1 }, (_, t) => `${1000 + n}.${t + 1}`),
      resource: meter.resource === '3' ? 'electricity' : RESOURCES[meter.resource],
      reading: `0192f0c4-7a1b-7c3d-8e4f-${String(n).padStart(12, '0')}`,
      ...more,
    };
    const { id: operation } = await journal.accept({
      org,
      client: 'test',
      command: definition,
      instance: name,
      payload,
      body: payload,
    });
    return operation;
  };
  /** Accepts an operation of any kind. */
  const accept = async (kind: string, payload: Record<string, unknown>): Promise<string> => {
    const command = commands.get(kind);
    if (!command) throw new Error(`There is no command ${kind}.`);
    return (await journal.accept({ org, client: 'test', command, instance: name, payload, body: payload })).id;
  };
  const get = (id: string): Promise<Operation> => journal.get(org, id);

  /**
   * Lets the time pass, a second of the hub in some milliseconds, until something holds.
   *
   * @param step milliseconds at once; more than some minutes only while nothing but questions for states go out
   */
  const until = async (holds: () => boolean | Promise<boolean>, what = 'it', step = 1_000): Promise<void> => {
    const end = Date.now() + GIVE_UP_MS;
    while (!(await holds())) {
      if (Date.now() > end) throw new Error(`${what} did not come to pass.`);
      clock.advance(step);
      for (const worker of workers) worker.notify();
      await new Promise((resolve) => setTimeout(resolve, step > 1_000 ? 60 : 15));
    }
  };

  return {
    sim,
    clock,
    sent,
    name,
    org,
    journal,
    instances,
    newWorker,
    stopWorkers: async (): Promise<void> => {
      await Promise.all(workers.splice(0).map((worker) => worker.stop(2_000)));
    },
    /** From now on nothing of the workers reaches the store or ГИС ЖКХ. */
    killWorkers: (): void => {
      kills++;
      killed.push(...workers.splice(0));
    },
    /** A file that a client has left with the hub; returns its id. */
    keepFile: async (file: { name: string; bytes: Uint8Array }): Promise<string> => {
      const input = { org, client: 'test', contentType: 'application/pdf', maxBytes: file.bytes.length };
      const kept = await files.store({ ...input, name: file.name }, Readable.from([file.bytes]));
      return kept.id;
    },
    /** Building of ours that ГИС ЖКХ knows by a ФИАС identifier. */
    knowHouse: (id: string, fias: string): void => void houses.set(id, fias),
    accept,
    publish,
    get,
    until,
    ...controls,
    /** Requests of an operation that went out, as their MessageGUIDs. */
    messageGuids: (action: string): string[] =>
      sent.filter((s) => s.action === action).map((s) => /<base:MessageGUID>([^<]+)/.exec(s.body)?.[1] ?? 'none'),
    readings: () => sim.effects.report()['giszhkh.readings'] ?? { count: 0, distinct: 0 },
    /**
     * All of them once each has ended.
     *
     * @param step milliseconds of the hub that pass at once
     */
    ended: async (ids: readonly string[], step = 1_000): Promise<Operation[]> => {
      // Of many only the first that has not ended is looked at again and again.
      let n = 0;
      await until(
        async () => {
          while (n < ids.length && ENDED.includes((await get(ids[n] as string)).status)) n++;
          return n === ids.length;
        },
        'the end of the operations',
        step,
      );
      return Promise.all(ids.map(get));
    },
    close: async (): Promise<void> => {
      await Promise.all([...workers, ...killed].map((worker) => worker.stop(2_000)));
      transport.close();
      await sim.close();
    },
  };
}

function mortal(db: Database, isAlive: () => boolean): Database {
  const dead = () => Promise.reject(new Error('The process was killed.'));
  return {
    kind: db.kind,
    query: (sql, params, options) => (isAlive() ? db.query(sql, params, options) : dead()),
    transact: (statements) => (isAlive() ? db.transact(statements) : dead()),
    copy: (table, columns, rows, then) => (isAlive() ? db.copy(table, columns, rows, then) : dead()),
    close: () => db.close(),
  };
}

export type GisBench = Awaited<ReturnType<typeof gisBench>>;
