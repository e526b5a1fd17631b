import { z } from 'zod';
import type { CommandDefinition } from '../../canonical/command.ts';
import type { Operation } from '../../storage/repositories/operation.ts';
import { type TestStore, testCipher } from '../../storage/testing/databases.ts';
import { Breakers } from '../breakers.ts';
import type { Dispatcher } from '../dispatcher.ts';
import { EmbeddedDispatcher } from '../embedded.ts';
import { Instances } from '../instances.ts';
import { type AcceptRequest, Journal } from '../journal.ts';
import type { AnyCommand, Instance, TrackSink } from '../ports.ts';
import type { WorkerOptions } from '../worker.ts';

const definition = (ordering: CommandDefinition['ordering'] = 'none'): CommandDefinition => ({
  kind: `test.${ordering}`,
  resource: 'tests',
  title: 'Test',
  payloadVersion: 1,
  upcasters: {},
  schema: z.strictObject({ n: z.number(), subject: z.string().optional() }),
  subject: (p) => (typeof p.subject === 'string' ? p.subject : null),
  ordering,
  idempotencyKey: 'recommended',
  scope: 'write:tests',
});
/** Kinds of the tests, one per ordering. */
export const commands = new Map((['none', 'fifo', 'latestWins'] as const).map((o) => [`test.${o}`, definition(o)]));
export const sink: TrackSink = { outcome: () => [], patch: () => [] };
export const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** How operations find a worker in a test. */
export interface TestEngine {
  dispatcher(options: WorkerOptions): Dispatcher;
}

/** A journal with one instance whose connector answers every kind with `command`, and a clock that can be moved. */
export function workbench(store: TestStore & Partial<TestEngine>, command: AnyCommand) {
  const clock = { offset: 0, now: () => Date.now() + clock.offset };
  const name = `i-${Math.random().toString(36).slice(2)}`;
  const instance: Instance = {
    name,
    organisation: 'uk',
    concurrency: 8,
    connector: {
      system: 't',
      config: z.any(),
      probe: async () => ({ ok: true }),
      commands: Object.fromEntries([...commands.keys()].map((k) => [k, command])),
    } as never,
    context: () => ({ config: {} }) as never,
  };
  const instances = new Instances({ db: store.db, clock, log, instances: [instance] });
  const journal = new Journal({
    db: store.db,
    cipher: testCipher,
    clock,
    random: Math.random,
    onAccepted: (operations) => worker.announce(operations),
  });
  const breakers = new Breakers({ db: store.db, clock, log, process: name });
  const engine = store.dispatcher ?? ((options: WorkerOptions) => new EmbeddedDispatcher(options));
  const newWorker = (workerName?: string): Dispatcher =>
    engine({
      db: store.db,
      breakers,
      cipher: testCipher,
      clock,
      random: () => 0,
      log,
      instances,
      commands,
      sink,
      onChange: () => {},
      policies: Object.fromEntries([...commands.keys()].map((k) => [k, { baseMs: 1, maxAttempts: 6, maxAsks: 4 }])),
      ...(workerName ? { name: workerName } : {}),
    });
  const worker = newWorker();
  const request = (
    n: number,
    more: Partial<AcceptRequest> & { kind?: string; subject?: string } = {},
  ): AcceptRequest => {
    const { kind = 'test.none', subject, ...rest } = more;
    const payload = { n, ...(subject ? { subject } : {}) };
    return {
      org: 'uk',
      client: 'app',
      command: commands.get(kind) as CommandDefinition,
      instance: name,
      payload,
      body: payload,
      ...rest,
    };
  };
  /** The operation once it has one of the statuses. */
  const settled = async (
    id: string,
    statuses: readonly string[] = ['succeeded', 'failed', 'dead', 'cancelled'],
  ): Promise<Operation> => {
    const until = Date.now() + 10_000;
    for (;;) {
      const op = await journal.get('uk', id);
      if (statuses.includes(op.status)) return op;
      if (Date.now() > until) throw new Error(`still ${op.status}`);
      await new Promise((r) => setTimeout(r, 20));
    }
  };
  return { clock, instances, breakers, journal, worker, newWorker, request, settled, name };
}
