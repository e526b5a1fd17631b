import type { CommandDefinition } from '../canonical/command.ts';
import type { EntityDefinition } from '../canonical/entity.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import type { Approvals } from '../queues/approvals.ts';
import type { Breakers } from '../queues/breakers.ts';
import type { Dispatcher } from '../queues/dispatcher.ts';
import type { Erasures } from '../queues/erasure/erasures.ts';
import type { FeedPulse } from '../queues/feed-pulse.ts';
import type { Inbound } from '../queues/inbound.ts';
import type { Instances } from '../queues/instances.ts';
import type { Accepted, Journal } from '../queues/journal.ts';
import type { Webhooks } from '../queues/webhooks/service.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database, Statement } from '../storage/port.ts';
import type { FileRepository } from '../storage/repositories/files.ts';
import type { KeyRepository } from '../storage/repositories/keys.ts';
import type { Operation } from '../storage/repositories/operation.ts';
import type { OptOutRepository } from '../storage/repositories/opt-outs.ts';
import type { RecordRepository } from '../storage/repositories/records.ts';
import type { RotationProgress } from '../storage/rotation.ts';
import type { LiveReader } from '../sync/live.ts';
import type { MappingTools } from '../sync/mapping-tools.ts';
import type { WantedSync } from '../sync/requests.ts';
import type { Sync } from '../sync/sync.ts';
import type { People } from '../tasks/people.ts';
import type { TaskRepository } from '../tasks/repository.ts';
import type { TaskService } from '../tasks/service.ts';
import type { Template } from '../templates/templates.ts';
import type { Authenticator, Caller } from './auth.ts';
import type { EventReaders } from './event-readers.ts';
import type { RecordKeeping } from './record-keeping.ts';

/** A parsed command, ready to be accepted. */
export interface Submission {
  command: CommandDefinition;
  caller: Caller;
  /** Parsed and completed payload. */
  payload: Record<string, unknown>;
  /** What came, for the comparison of idempotency keys. */
  body: unknown;
  idempotencyKey?: string;
  trace?: Record<string, unknown>;
}

/** What the API needs of the hub. */
export interface RouteDeps {
  db: Database;
  cipher: Cipher;
  recordKeeping: RecordKeeping;
  clock: Clock;
  log: Logger;
  auth: Authenticator;
  keys: KeyRepository;
  records: RecordRepository;
  files: FileRepository;
  /** Largest file, bytes. */
  filesMaxBytes: number;
  /** The record as its upstream has it now. */
  live: LiveReader;
  journal: Journal;
  webhooks: Webhooks;
  /** Streams of the change feed; times in milliseconds. */
  feed: { pulse: FeedPulse; readers: EventReaders; heartbeatMs: number; stallMs: number };
  dispatcher: Dispatcher;
  breakers: Breakers;
  instances: Instances;
  inbound: Inbound;
  sync: Sync;
  entities: ReadonlyMap<string, EntityDefinition>;
  commands: ReadonlyMap<string, CommandDefinition>;
  templates: ReadonlyMap<string, Template>;
  optOuts: OptOutRepository;
  approvals: Approvals;
  erasures: Erasures;
  /** Rotation of the master key. */
  rotation: {
    start(scope: 'keep-old' | 'drop-old'): Promise<RotationProgress>;
    progress(): Promise<RotationProgress | undefined>;
  };
  tasks: { repository: TaskRepository; service: TaskService; people: People };
  organisations: readonly { id: string; name: string }[];
  version: string;
  /** Instance that a new operation of a kind goes to now; undefined when none serves it. */
  carrier(org: string, kind: string): string | undefined;
  submit(submission: Submission): Promise<Accepted>;
  dryRun(submission: Submission): Promise<Readonly<Record<string, unknown>>>;
  outcome(op: Operation, status: 'cancelled' | 'succeeded'): Statement[];
  /** Resolves when the operation has ended or the time is over. */
  waitFor(org: string, id: string, ms: number): Promise<void>;
  /** Resolves when the pull has begun or will surely begin. */
  startSync(wanted: WantedSync): Promise<void>;
  /** Aborted when the process is about to stop. */
  draining: AbortSignal;
  mappingTools: MappingTools;
  metrics(): Promise<string>;
  /** Who may read them. */
  metricsFor: 'public' | 'key';
}
