import { commands } from '../canonical/commands/registry.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import { consoleFiles } from '../console/files.ts';
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
    replays: Replays;
    health: HealthBook;
    consoleFiles: ConsoleFiles;
  };
  stats: StatCounter;
}

export function consoleOf(o: {
  store: Store;
  clock: Clock;
  random(): number;
  log: Logger;
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
  const { clock, log, instances, records } = o;
  return {
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
      replays: replaysOf({ ...o, db, cipher, commands }),
      health: new HealthBook(clock),
      consoleFiles: consoleFiles(),
    },
  };
}
