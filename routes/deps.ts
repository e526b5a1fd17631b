import type { CommandDefinition } from '../canonical/command.ts';
import type { EntityDefinition } from '../canonical/entity.ts';
import type { StoredProblem } from '../canonical/errors.ts';
import type { SigningOrganisation } from '../certs/fitness.ts';
import type { Keyring } from '../certs/keyring.ts';
import type { CertificateRepository } from '../certs/store/certificates.ts';
import type { ExpiryWatch } from '../certs/store/expiry-watch.ts';
import type { PowerRepository } from '../certs/store/powers.ts';
import type { TrustedFiles } from '../certs/trust-files.ts';
import type { TimeStampAuthority } from '../certs/tsp/client.ts';
import type { RevocationSource } from '../certs/x509/revocation-source.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import type { Tracing } from '../logging/tracing.ts';
import type { Lookup } from '../lookup/lookup.ts';
import type { Approvals } from '../queues/approvals.ts';
import type { Breakers } from '../queues/breakers.ts';
import type { BulkJobs } from '../queues/bulk/jobs.ts';
import type { Dispatcher } from '../queues/dispatcher.ts';
import type { Erasures } from '../queues/erasure/erasures.ts';
import type { FeedPulse } from '../queues/feed-pulse.ts';
import type { HealthBook } from '../queues/health-book.ts';
import type { Inbound } from '../queues/inbound.ts';
import type { Instances } from '../queues/instances.ts';
import type { Accepted, Journal } from '../queues/journal.ts';
import type { Schedules } from '../queues/schedules.ts';
import type { OperationSearch } from '../queues/search.ts';
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

/** What making an operation anew would do, and a mark of it that {@link Replays.carryOut} compares. */
export interface ReplayPlan {
  /** `retry`: the same operation once more; `resubmit`: a new one in its place, because what is sent has changed. */
  way: 'retry' | 'resubmit';
  before: ReplaySide;
  after: ReplaySide;
  /** Why the new one would be refused now; null when it would go out. */
  refused: StoredProblem | null;
  fingerprint: string;
}

export interface ReplaySide {
  payload: Readonly<Record<string, unknown>>;
  /** What goes to the upstream; null when it is not known. */
  request: unknown;
  /** Why the request is not known. */
  fault: StoredProblem | null;
}

export interface Replays {
  /** @throws HubError conflict/OPERATION_NOT_REPLAYABLE */
  plan(op: Operation): Promise<ReplayPlan>;
  /** @returns id of the operation that goes on @throws HubError conflict/REPLAY_CHANGED, conflict/OPERATION_NOT_REPLAYABLE */
  carryOut(op: Operation, fingerprint: string, by: string): Promise<string>;
}

/** Files of the operators' console. */
export interface ConsoleFiles {
  /** `index.html`, or a file whose name bears the digest of its content. */
  file(name: string): Promise<{ type: string; body: Uint8Array } | undefined>;
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
  /** Who signs. */
  signing: {
    keyring: Keyring;
    certificates: CertificateRepository;
    opensslConfig: string | undefined;
    trust: TrustedFiles;
    powers: PowerRepository;
    /** As hub.yaml describes them: whose certificates and powers they must be. */
    organisations: readonly SigningOrganisation[];
    /** Asks authorities about revocation; undefined where hub.yaml says not to. */
    revocation: RevocationSource | undefined;
    /** Who proves the time; undefined where hub.yaml names nobody. */
    timeStamps: TimeStampAuthority | undefined;
    watch: Pick<ExpiryWatch, 'ask'>;
  };
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
  search: OperationSearch;
  lookup: Lookup;
  bulk: BulkJobs;
  replays: Replays;
  schedules: Schedules;
  health: HealthBook;
  consoleFiles: ConsoleFiles;
  metrics(): Promise<string>;
  /** Absent where nothing is traced. */
  tracing?: Tracing | undefined;
  /** A request was answered; the route is a pattern, the time in seconds. */
  onAnswered(method: string, route: string, status: number, seconds: number): void;
  /** Who may read them. */
  metricsFor: 'public' | 'key';
}
