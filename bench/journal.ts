import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { CommandDefinition } from '../canonical/command.ts';
import { Breakers } from '../queues/breakers.ts';
import { EmbeddedDispatcher } from '../queues/embedded.ts';
import { Instances } from '../queues/instances.ts';
import { Journal } from '../queues/journal.ts';
import { createCipher } from '../storage/cipher.ts';
import { migrate } from '../storage/migrate.ts';
import { openPglite } from '../storage/pglite/database.ts';
import { ratios, spread } from './rates.ts';
import type { Report } from './report.ts';

const CALLERS = 200;
const SLICE_MS = 2_000;
const ROUNDS = 3;
/** Operations at once of the one instance. */
const CONCURRENCY = 64;
const ENDED = new Set(['succeeded', 'failed', 'dead', 'cancelled']);

const command: CommandDefinition = {
  kind: 'bench.nothing',
  resource: 'bench',
  title: 'Nothing',
  payloadVersion: 1,
  upcasters: {},
  schema: z.strictObject({ n: z.number() }),
  subject: () => null,
  ordering: 'none',
  idempotencyKey: 'recommended',
  scope: 'write:bench',
};
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

interface Bench {
  /** Operations accepted a second, nothing executed. */
  accepts(): Promise<number>;
  /** Operations a second from the caller's word to the outcome in the store, by a connector that answers at once. */
  operations(): Promise<number>;
  close(): Promise<void>;
}

async function open(durability: 'fsync' | 'none'): Promise<Bench> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-bench-'));
  const db = await openPglite({ dataDir, durability });
  await migrate(db);
  const base = {
    db,
    cipher: createCipher([{ version: 1, key: new Uint8Array(32) }]),
    clock: Date,
    random: Math.random,
  };
  const served = {
    name: 'served',
    organisation: 'uk',
    concurrency: CONCURRENCY,
    connector: {
      system: 'bench',
      config: z.any(),
      probe: async () => ({ ok: true }),
      commands: { [command.kind]: { effect: 'read', send: async () => ({ status: 'done', result: {} }) } },
    } as never,
    context: () => ({ config: {} }) as never,
  };
  const instances = new Instances({ db, clock: Date, log, instances: [served] });
  const dispatcher = new EmbeddedDispatcher({
    ...base,
    breakers: new Breakers({ db, clock: Date, log, process: 'bench' }),
    log,
    instances,
    commands: new Map([[command.kind, command]]),
    sink: { outcome: () => [], patch: () => [] },
    onChange: () => {},
  });
  const journal = new Journal({ ...base, onAccepted: (operations) => dispatcher.announce(operations) });
  let n = 0;
  /** Many callers at once, each asking anew as soon as it was answered. */
  const accept = async (target: string): Promise<{ count: number; seconds: number }> => {
    const started = performance.now();
    let count = 0;
    await Promise.all(
      Array.from({ length: CALLERS }, async () => {
        while (performance.now() - started < SLICE_MS) {
          const payload = { n: n++ };
          await journal.accept({
            org: 'uk',
            client: 'bench',
            command,
            instance: target,
            payload,
            body: payload,
            idempotencyKey: `k${payload.n}`,
          });
          count++;
        }
      }),
    );
    return { count, seconds: (performance.now() - started) / 1000 };
  };
  const settled = async (): Promise<void> => {
    for (;;) {
      const { rows } = await db.query<{ status: string; n: number }>(
        `select status, count(*) as n from operation where instance = 'served' group by 1`,
      );
      const wrong = rows.find((r) => ENDED.has(r.status) && r.status !== 'succeeded');
      if (wrong) throw new Error(`${wrong.n} operations ended as ${wrong.status}.`);
      if (rows.every((r) => r.status === 'succeeded')) return;
      await new Promise((r) => setTimeout(r, 50));
    }
  };
  return {
    accepts: async () => {
      // An instance that nobody serves here: its operations stay accepted.
      const { count, seconds } = await accept('unserved');
      await db.query(`delete from operation where instance = 'unserved'`);
      return count / seconds;
    },
    operations: async () => {
      dispatcher.start();
      const started = performance.now();
      const { count } = await accept('served');
      await settled();
      return count / ((performance.now() - started) / 1000);
    },
    close: async () => {
      await dispatcher.stop();
      await journal.drain();
      await db.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** The journal on the embedded store with and without fsync, by turns. */
export async function journalBenchmark(report: Report): Promise<void> {
  const synced = await open('fsync');
  const unsynced = await open('none');
  const accepts = { synced: [] as number[], unsynced: [] as number[] };
  const operations = { synced: [] as number[], unsynced: [] as number[] };
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      report.progress(`journal: round ${round} of ${ROUNDS}, accepts with ${CALLERS} callers`);
      accepts.synced.push(await synced.accepts());
      accepts.unsynced.push(await unsynced.accepts());
    }
    for (let round = 1; round <= ROUNDS; round++) {
      report.progress(`journal: round ${round} of ${ROUNDS}, accepted, executed and settled`);
      operations.synced.push(await synced.operations());
      operations.unsynced.push(await unsynced.operations());
    }
  } finally {
    await synced.close();
    await unsynced.close();
  }
  report.row('accepts/s, embedded, fsync on', spread(accepts.synced, 0));
  report.row('accepts/s, embedded, fsync off', spread(accepts.unsynced, 0));
  report.row('accepts, fsync on against off', spread(ratios(accepts.synced, accepts.unsynced), 2));
  report.row('operations/s accepted → outcome, embedded, fsync on', spread(operations.synced, 0));
  report.row('operations/s accepted → outcome, embedded, fsync off', spread(operations.unsynced, 0));
  report.row('operations, fsync on against off', spread(ratios(operations.synced, operations.unsynced), 2));
}
