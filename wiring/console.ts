import { commands } from '../canonical/commands/registry.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import { consoleFiles } from '../console/files.ts';
import { BulkJobs } from '../queues/bulk/jobs.ts';
import { BulkRunner } from '../queues/bulk/runner.ts';
import { HealthBook } from '../queues/health-book.ts';
import type { Instances } from '../queues/instances.ts';
import type { Journal } from '../queues/journal.ts';
import type { TrackSink } from '../queues/ports.ts';
import { OperationSearch } from '../queues/search.ts';
import { StatCounter } from '../queues/stats/count.ts';
import type { ConsoleFiles, Replays } from '../routes/deps.ts';
import type { Store } from '../storage/open.ts';
import type { RecordRepository } from '../storage/repositories/records.ts';
import type { Template } from '../templates/templates.ts';
import type { MessageRules } from './message-rules.ts';
import { replaysOf } from './replay.ts';

/** What people who watch the hub and mend things need of it. */
export interface ConsoleParts {
  /** For the routes. */
  routes: {
    search: OperationSearch;
    bulk: BulkJobs;
    replays: Replays;
    health: HealthBook;
    consoleFiles: ConsoleFiles;
  };
  runner: BulkRunner;
  stats: StatCounter;
}

export function consoleOf(o: {
  store: Store;
  clock: Clock;
  random(): number;
  log: Logger;
  process: string;
  organisations: readonly { id: string }[];
  journal: Journal;
  instances: Instances;
  records: RecordRepository;
  templates: ReadonlyMap<string, Template>;
  rules: MessageRules;
  sink: TrackSink;
  route(org: string, kind: string): string;
}): ConsoleParts {
  const { db, cipher } = o.store;
  const { clock, random, log, journal, instances, records, sink } = o;
  const runner = new BulkRunner({
    db,
    clock,
    log,
    journal,
    process: o.process,
    cancelled: (op) => sink.outcome(op, 'cancelled', null, new Date(clock.now())),
  });
  return {
    runner,
    stats: new StatCounter({ db, clock, log, organisations: o.organisations.map((org) => org.id) }),
    routes: {
      search: new OperationSearch({
        db,
        cipher,
        records,
        carried: (org) =>
          instances
            .all()
            .filter((i) => i.organisation === org)
            .map((i) => ({ instance: i.name, kinds: Object.keys(i.connector.commands ?? {}) })),
      }),
      bulk: new BulkJobs({ db, clock, random }),
      replays: replaysOf({ ...o, db, cipher, commands }),
      health: new HealthBook(clock),
      consoleFiles: consoleFiles(),
    },
  };
}
