import { z } from 'zod';
import type { CommandDefinition } from '../../canonical/command.ts';
import { Breakers } from '../../queues/breakers.ts';
import { BullDispatcher } from '../../queues/bullmq/dispatcher.ts';
import { Instances } from '../../queues/instances.ts';
import { Journal } from '../../queues/journal.ts';
import type { Share } from '../../queues/share.ts';
import { createCipher } from '../../storage/cipher.ts';
import type { Database } from '../../storage/port.ts';
import { numberEvents } from '../../storage/repositories/events.ts';

/** Operations at once at the one instance. */
export const CONCURRENCY = 400;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

export const command: CommandDefinition = {
  kind: 'bench.act',
  resource: 'bench',
  title: 'Bench',
  payloadVersion: 1,
  upcasters: {},
  schema: z.strictObject({ n: z.number(), text: z.string().optional() }),
  subject: () => null,
  ordering: 'none',
  idempotencyKey: 'recommended',
  scope: 'write:bench',
};
const quiet = {
  debug: () => {},
  info: () => {},
  warn: (m: string, f?: unknown) => say(`${m} ${JSON.stringify(f)}`),
  error: (m: string, f?: unknown) => say(`${m} ${JSON.stringify(f)}`),
};

export interface JournalHubOptions {
  db: Database;
  redis: { url: string; prefix: string };
  share: Share;
  /** Each operation gets a job of its own; otherwise those that were committed together share one. */
  oneJobEach?: boolean;
}

/** One process of the hub: a journal and a dispatcher over one instance whose connector answers at once. */
export function journalHub({ db, redis, share, oneJobEach = false }: JournalHubOptions) {
  const instances = new Instances({
    db,
    clock: Date,
    log: quiet,
    instances: [
      {
        name: 'bench',
        organisation: 'uk',
        concurrency: CONCURRENCY,
        connector: {
          system: 'bench',
          config: z.any(),
          probe: async () => ({ ok: true }),
          commands: { 'bench.act': { effect: 'keyed', send: async () => ({ status: 'done', result: {} }) } },
        } as never,
        context: () => ({ config: {} }) as never,
      },
    ],
  });
  let numbering: Promise<void> | undefined;
  const dispatcher = new BullDispatcher({
    db,
    cipher: createCipher([{ version: 1, key: new Uint8Array(32) }]),
    clock: Date,
    random: Math.random,
    log: quiet,
    instances,
    breakers: new Breakers({ db, clock: Date, log: quiet, process: `p${process.pid}` }),
    commands: new Map([[command.kind, command]]),
    sink: { outcome: () => [], patch: () => [] },
    share,
    onChange: () => {
      numbering ??= numberEvents(db)
        .then(() => undefined)
        .finally(() => {
          numbering = undefined;
        });
    },
    redis,
    oneJobEach,
  });
  const journal = new Journal({
    db,
    cipher: createCipher([{ version: 1, key: new Uint8Array(32) }]),
    clock: Date,
    random: Math.random,
    onAccepted: (operations) => dispatcher.announce(operations),
  });
  return { dispatcher, journal, settled: async () => numbering };
}
