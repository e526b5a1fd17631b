import type { z } from 'zod';
import type { ExpectedElement, XadesReport } from '../certs/xml/xades-verify.ts';
import type { HttpClient } from './http-port.ts';

/**
 * The port every connector fills in. A connector is only a protocol: wire formats, authentication, paging, the
 * meaning of errors, and how to find out whether something took effect. Retries, queues, storage, HTTP routes and
 * other connectors are the hub's business and reach it through `ctx`.
 */
export interface Connector<Config = unknown> {
  /** Name in hub.yaml's `system:`, for instance `onec`. */
  readonly system: string;
  /** Parsed at start; a bad value names file, line and key. Fields carry description, default, example, secrecy in `.meta()`. */
  readonly config: z.ZodType<Config>;
  /** Each operation has an upstream of its own: the failure of one says nothing of the others, so no breaker stands before all. */
  readonly manyUpstreams?: true;
  /**
   * Whom the upstream counts calls at once for, whichever process makes them: with the same answer `concurrency` holds for all of them
   * together. Absent, it holds for each process.
   */
  countsCallsOf?(config: Config): string;
  /** A pull waits long for each answer: none at the start of the hub, only by schedule or when somebody asks. */
  readonly pullsSlowly?: true;
  /** Cheap: reachable, authorised, version, clock skew. Throws HubError when not. */
  probe(ctx: Context<Config>): Promise<Health>;
  /** Paged reading of what a mapping's `source` names. One generic verb serves every entity. */
  readonly pull?: Pull<Config>;
  /** By operation kind: `messages.send`, `meter-readings.submit` … */
  readonly commands?: Readonly<Record<string, Command<Config>>>;
  /** Answered now and never journaled: a live balance, a native snapshot. */
  readonly queries?: Readonly<Record<string, Query<Config>>>;
  readonly hook?: Hook<Config>;
  /**
   * Holds a connection on which the upstream tells us things. Started by the hub in every process that runs operations;
   * ends when `ctx.signal` aborts. A thrown error makes the hub start it anew after a pause.
   *
   * @param emit resolves when the events are durable; only then may the upstream hear that they were taken
   */
  listen?(ctx: Context<Config>, emit: (events: readonly InboundEvent[]) => Promise<void>): Promise<void>;
  /** Gives back what an instance holds upstream (a session, a licence) when the hub stops. Failing is no harm. */
  close?(ctx: Context<Config>): Promise<void>;
}

export interface Health {
  ok: boolean;
  /** Upstream's product and version, when it tells. */
  version?: string;
  /** Upstream clock minus ours, milliseconds. */
  clockSkewMs?: number;
  /** Facts for the operator, such as the account's balance. No secrets. */
  details?: Readonly<Record<string, string | number | boolean>>;
  /** What the operator should do about it, one sentence each. */
  warnings?: readonly string[];
}

/** What the hub hands to a connector. Built per instance (and per operation where it says so). */
export interface Context<Config = unknown> {
  readonly instance: string;
  readonly organisation: string;
  readonly config: Config;
  /** Rate-limited, traced, masked in logs, bounded in time and size. */
  readonly http: HttpClient;
  readonly clock: Clock;
  /** Uniform in [0, 1); injected so that tests control it. */
  random(): number;
  readonly log: Logger;
  /** Aborted when the attempt's deadline passes or the hub stops. */
  readonly signal: AbortSignal;
  /**
   * Epoch milliseconds after which no first request byte may go out (shorter than the lease). Absent outside of commands.
   */
  readonly deadline?: number;
  /** Translates a canonical object into what the mapping says this instance writes; absent when nothing is mapped. */
  readonly mapper?: Mapper;
  /**
   * Tells of something that the upstream says and no table of the connector knows. Never throws and never waits; people
   * hear of it once. What it is seen in goes on as well as it can.
   */
  readonly drift?: (note: DriftNote) => void;
  /** Which upstream ids already belong to operations; always there in attempts of the hub. */
  readonly claims?: Claims;
  /** What is known of files that were sent ahead of what refers to them; always there in attempts of the hub. */
  readonly uploads?: Uploads;
  /** Signs by the keys of the organisation; always there in contexts that the hub builds. */
  readonly signing?: SigningPort;
  /**
   * Writes down what is known of the parts of the operation that is being sent; durable when it resolves. Present in
   * `send` of a command that declares `keepsParts`. A note without an id says that the part goes out now, anew.
   */
  keepParts?(parts: readonly PartNote[]): Promise<void>;
  /** Files that callers have left with the hub, of this instance's organisation. */
  readonly files?: FilesPort;
}

export interface FilesPort {
  /** @throws HubError rejected/FILE_ABSENT when the organisation has no such file */
  open(id: string): Promise<HubFile>;
}

/** A file of the hub; its bytes never change. */
export interface HubFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  bytes(): AsyncIterable<Uint8Array>;
}

/** A machine-readable power of attorney, octet by octet as it was signed. */
export interface PowerFiles {
  readonly name: string;
  /** Its single registration number. */
  readonly number: string;
  /** `YYYY-MM-DD`. */
  readonly endsOn: string;
  /** Codes of its powers. */
  readonly codes: readonly string[];
  readonly document: Uint8Array;
  /** Detached, CAdES. */
  readonly signature: Uint8Array;
}

/**
 * Keys of the organisation, as a connector may use them. Each use is in the audit log before the key is touched: which
 * instance, for which operations, the digest of what, by which certificate.
 */
export interface SigningPort {
  /**
   * XAdES-BES over the element with this `Id`, enveloped; time and identifiers are the hub's. Send the text as it is.
   *
   * @param request `certificate` is the name that hub.yaml or `hub certs import` gave it, mostly from the instance's settings
   * @throws HubError misconfigured/SIGNING_CERTIFICATE_UNKNOWN; needs-operator: CERTIFICATE_EXPIRED, CERTIFICATE_NOT_YET,
   * CERTIFICATE_REVOKED, CERTIFICATE_OF_ANOTHER, and what a signer asks of people; rejected/CERTIFICATE_WITHOUT_KEY;
   * transient/SIGNING_NOT_AUDITED: the use could not be written down, so nothing was signed; unexpected: XADES_NOT_SIGNABLE,
   * XML_REFUSED
   */
  xades(request: { xml: string; id: string; certificate: string }): Promise<string>;
  /**
   * Machine-readable powers of attorney (МЧД) in force, of this organisation, whose representative is the holder of a
   * certificate; for receivers that want them beside a signature. Empty where there is none: the receiver's rules say
   * whether that is enough.
   *
   * @throws HubError as `xades` about the certificate
   */
  powersFor(certificate: string): Promise<readonly PowerFiles[]>;
  /** Verifies the only signature of a document against the authorities that hub.yaml trusts. Never throws for what the document holds. */
  verifyXades(xml: string | Uint8Array, expected: ExpectedElement): Promise<XadesReport>;
}

/** Something that an upstream has changed. */
export interface DriftNote {
  /** Where it was seen: an entity set, a call. */
  readonly place: string;
  readonly kind: 'field' | 'code' | 'set' | 'version';
  /** Its name or code. */
  readonly what: string;
  /** A value, of which only the form is kept. */
  readonly sample?: unknown;
}

/** One of several upstream messages that together are one operation. */
export interface PartNote {
  /** From 1. */
  readonly part: number;
  readonly parts: number;
  /** Id that the upstream gave; absent = it may have gone out, and the answer is not known. */
  readonly ref?: string;
}

/** A part as the hub remembers it. */
export interface PartView extends PartNote {
  /** When its id was written down, or that it goes out; epoch milliseconds. */
  readonly notedAt: number;
  /** Canonical status that was reported for this part (`delivered`, `undelivered` …). */
  readonly status?: string;
}

/**
 * For upstreams that keep no id of ours: what is found there by its content belongs to one operation only. The hub keeps
 * the claims durably, per instance.
 */
export interface Claims {
  /**
   * Before the first byte of an attempt. `likeness` is the same for operations that can't be told apart upstream; only a
   * keyed digest of it is stored.
   * @throws HubError transient/CLAIM_NOT_WRITTEN when the store could not take it; nothing may be sent then
   */
  begin(op: OperationView, likeness: string): Promise<void>;
  /** The upstream has told the id of what this attempt did. */
  keep(op: OperationView, upstreamId: string): Promise<void>;
  /** Of what was found upstream, oldest first, takes what belongs to this operation. */
  take(op: OperationView, likeness: string, upstreamIds: readonly string[]): Promise<Claim>;
}

/**
 * For upstreams that take files before the call that refers to them: what is known of each, kept durably per instance for seven days after it
 * was noted last. A note that is lost costs another transfer and nothing else, so it must never be needed for the truth.
 */
export interface Uploads {
  /** @param key the same for the same file in the same place; only a keyed digest of it is stored */
  find(key: string): Promise<UploadNote | undefined>;
  /** Durable when it resolves; stands in place of an earlier note. */
  note(key: string, note: UploadNote): Promise<void>;
  /** Drops all notes of the instance: the upstream has refused to be referred to one of its files. */
  forget(): Promise<void>;
}

export interface UploadNote {
  /** Id that the upstream gave. */
  readonly ref: string;
  /** Digest of the whole file, as the upstream wants it; absent while the file is not all there. */
  readonly digest?: string;
}

export type Claim =
  | { status: 'taken'; upstreamId: string }
  /** All of it belongs to other operations. */
  | { status: 'none' }
  /** Another operation of the same likeness is being sent right now; ask again when it has ended. */
  | { status: 'rivals' }
  /** There is more than the hub's operations can have made. */
  | { status: 'ambiguous' };

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export type NativeObject = Readonly<Record<string, unknown>>;

/** Canonical → native, with references resolved to this instance's native keys. */
export interface Mapper {
  /**
   * The native object for `entity`, and the mapping's whole `source` block (set, mark, posting …).
   * @throws HubError rejected/MAPPING_REFERENCE when a reference has no native key in this instance;
   *         rejected/MAPPING_VALUE when a value cannot be written; misconfigured/MAPPING_ABSENT when no mapping writes the entity
   */
  write(
    entity: string,
    canonical: Readonly<Record<string, unknown>>,
  ): Promise<{ source: unknown; native: NativeObject; hash: string }>;
  /** The mapping's `source` block of an entity without writing anything; undefined when there is none. */
  source(entity: string): { source: unknown; hash: string } | undefined;
}

/* ---------- reading ---------- */

export interface NativeRecord {
  /** Key of the record in its upstream, as text; composite keys are joined by the connector in a fixed order. */
  key: string;
  /** Opaque version for equality tests (1C DataVersion); absent when the upstream has none. */
  version?: string;
  /** The upstream itself says that it is deleted or marked so. */
  deleted?: boolean;
  data: NativeObject;
}

export interface Page {
  records: readonly NativeRecord[];
  /** Where to go on after this page; null on the last one. Opaque, stored with the page's data in one transaction. */
  cursor: string | null;
  /** Records in the whole pull, when the upstream tells. */
  total?: number;
}

export interface Pull<Config = unknown> {
  /** Pages of what `source` names, from `cursor` (null = the beginning). */
  pages(ctx: Context<Config>, source: unknown, cursor: string | null, options?: PullOptions): AsyncIterable<Page>;
  /** Keys and versions only, for cheap deltas and sweeps; absent when the source cannot tell cheaply. */
  versions?(ctx: Context<Config>, source: unknown, cursor: string | null): AsyncIterable<VersionPage>;
  /** Whole records by key; a key that is gone is left out of the answer. At most 100 keys a call. */
  byKeys?(ctx: Context<Config>, source: unknown, keys: readonly string[]): Promise<readonly NativeRecord[]>;
  /** One record by its key, as the upstream has it now; undefined when it has none. */
  one?(ctx: Context<Config>, source: unknown, key: string): Promise<NativeRecord | undefined>;
  /** Checks `source` and the fields a mapping uses against the live upstream. */
  check?(ctx: Context<Config>, source: unknown, fields: readonly string[]): Promise<readonly SourceFault[]>;
  /**
   * What the upstream publishes of each source, in their order: name and type of every attribute; `fields` undefined when
   * the set is gone. Absent when the upstream can't tell.
   */
  published?(ctx: Context<Config>, sources: readonly unknown[]): Promise<readonly PublishedSet[]>;
  /** Values from another set for the keys on a page (the mapping's `lookup:`). */
  lookup?(ctx: Context<Config>, spec: LookupSpec, keys: readonly string[]): Promise<ReadonlyMap<string, NativeObject>>;
  /** Changes that the upstream itself keeps for the hub; absent when it keeps none. */
  readonly changes?: Changes<Config>;
}

/**
 * A feed of changes in numbered packets, one for a whole instance. The hub reads a packet, commits what is in it, and
 * acknowledges it; until then the same changes come again, with newer ones or without.
 */
export interface Changes<Config = unknown> {
  /** Name of the feed that the instance's settings give; undefined when they give none. */
  feed(ctx: Context<Config>): string | undefined;
  /** Why what `source` names can't come by a feed; undefined when it can. */
  unfit(source: unknown): string | undefined;
  /** The person who set the hub up says that the feed reports what `source` names. */
  promised(ctx: Context<Config>, source: unknown): boolean;
  /** Whether `versions` and `byKeys` serve a source that is read by the feed. */
  comparable(source: unknown): boolean;
  /**
   * The next packet, read for these sources.
   * @throws HubError misconfigured when the feed is not there; transient; unexpected for a packet that can't be trusted
   */
  next(ctx: Context<Config>, sources: readonly unknown[]): Promise<ChangePacket>;
  /** The packet is committed: its changes need not come again. Acknowledging twice is harmless. */
  acknowledge(ctx: Context<Config>, no: number): Promise<void>;
}

export interface ChangePacket {
  no: number;
  /** Number that the upstream counts as acknowledged last. */
  acknowledged: number;
  /** The packet was too big to be taken; what to say about it. Its changes must be found by comparison. */
  skipped?: string;
  /** What it says of a source; undefined when nothing. */
  of(source: unknown): SourceChanges | undefined;
}

export interface SourceChanges {
  records: readonly NativeRecord[];
  /** Beginnings of keys: of the records that begin so, only those in `records` exist now. */
  whole: readonly string[];
}

export interface PublishedSet {
  set: string;
  fields: ReadonlyMap<string, string> | undefined;
}

export interface LookupSpec {
  set: string;
  /** Key column in that set. */
  key: string;
  select: readonly string[];
}

export interface PullOptions {
  /** First records only, for previews. */
  limit?: number;
  /** Month window for sources sliced by period, inclusive `YYYY-MM`. */
  periods?: { from: string; to: string };
  /** Whole-run parameters a mapping's source may use, e.g. today in the instance's zone. */
  asOf?: Date;
}

export interface VersionPage {
  records: readonly { key: string; version?: string; deleted?: boolean }[];
  cursor: string | null;
}

export interface SourceFault {
  field: string;
  message: string;
  /** Nearest published names. */
  near: readonly string[];
}

/* ---------- commands ---------- */

/**
 * What repeating a command does upstream:
 * `read` nothing, repeat freely; `keyed` the upstream deduplicates under our key; `once` it acts again, so an
 * uncertain attempt must be reconciled before a resend.
 */
export type Effect = 'read' | 'keyed' | 'once';

/** An operation as a command sees it. */
export interface OperationView {
  readonly id: string;
  readonly kind: string;
  readonly organisation: string;
  readonly subject: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Number from the persisted sequence, assigned before the first attempt, when the command declares `ownId`. */
  readonly ownId?: number;
  /** Epoch milliseconds of acceptance. */
  readonly acceptedAt: number;
  readonly expiresAt?: number;
  /** Epoch milliseconds when the last attempt that may have acted started. */
  readonly uncertainSince?: number;
  /** The upstream call that carried the last attempt together with others, or whose answer was to come later. */
  readonly exchange?: { readonly id: string; readonly elementKey: string; readonly ticket?: string };
  /** What is known of its parts at this instance, in order; for commands that declare `keepsParts`. */
  readonly parts?: readonly PartView[];
}

export type Outcome =
  /** `result.upstreamIds`, a list of texts: ids of its parts, by which reports are matched from then on. */
  | { status: 'done'; result: Readonly<Record<string, unknown>> }
  /** Taken by the upstream, the answer comes later: ask with `poll` at `pollAfterMs` from now. */
  | { status: 'pending'; ticket: string; pollAfterMs: number };

export type Reconciled =
  | { status: 'happened'; result: Readonly<Record<string, unknown>> }
  | { status: 'absent' }
  /**
   * `operatorAt`, epoch milliseconds: the upstream can't be asked, so waiting spends nothing, and from then on a person
   * decides. Without it the hub counts its questions.
   */
  | { status: 'unknown'; askAfterMs: number; operatorAt?: number };

/** Exchange: exact bytes and digests, for the journal. Bodies are encrypted at rest by the hub. */
export interface ExchangeRecord {
  request: string;
  response?: string;
  status?: number;
}

export interface Command<Config = unknown> {
  readonly effect: Effect;
  /** How long an "absent" answer cannot be believed after an attempt, milliseconds. */
  readonly settleAfterMs?: number;
  /** Ids given to the upstream from a persisted sequence per instance, inclusive bounds. */
  readonly ownId?: { readonly min: number; readonly max: number };
  /** An operation becomes several upstream messages, and what is known of each must outlive a crash. */
  readonly keepsParts?: boolean;
  /** Attempt deadline, milliseconds; default of the hub 60,000. Leases are longer. */
  readonly attemptTimeoutMs?: number;
  /** Grouping of several operations into one upstream call. When present the hub calls its `send` and never the single one. */
  readonly batch?: Batch<Config>;

  /** One attempt. Throws HubError; after the first request byte of a `once` effect every failure without a definite "not executed" is `uncertain`. */
  send(ctx: Context<Config>, op: OperationView): Promise<Outcome>;
  /**
   * Asks for the answer to a call that was taken; `ops` are the elements that still wait. Required when `send` or
   * `batch.send` can answer with a ticket. Throws HubError: not-found = the upstream no longer knows the ticket (its
   * elements become uncertain); rejected or conflict = the whole call was refused and nothing of it took effect;
   * anything else = asked again later.
   */
  poll?(ctx: Context<Config>, exchange: TicketView, ops: readonly OperationView[]): Promise<PollOutcome>;
  /** Required for `once`. Three-valued: never guesses. */
  reconcile?(ctx: Context<Config>, op: OperationView): Promise<Reconciled>;
  /** The exact request, segments and cost, with nothing sent. */
  dryRun?(ctx: Context<Config>, op: OperationView): Promise<Readonly<Record<string, unknown>>>;
  /**
   * Proves, once per instance and mapping `hash`, that the upstream keeps and finds our mark. The hub refuses writes
   * until it has succeeded, and remembers the success. Throws misconfigured with what to change.
   */
  prove?(ctx: Context<Config>): Promise<{ hash: string; evidence: string }>;
  /** Hash that `prove` would prove now, computed without a call upstream. */
  proofHash?(ctx: Context<Config>): string;
  /** Follow-up of what an accepted operation set going (delivery of a message). */
  readonly track?: Track<Config>;
}

/** One upstream call for several operations. */
export interface Batch<Config = unknown> {
  /** Elements of one call, at most. */
  readonly max: number;
  /** How long the first operation waits for company, milliseconds. */
  readonly lingerMs: number;
  /** Operations with the same key may share a call. */
  key(op: OperationView): string;
  /**
   * Builds the call without sending anything. The hub stores the bytes and keys before `send` is called, so that after
   * a crash `reconcile` knows by which keys to ask.
   */
  prepare(ctx: Context<Config>, ops: readonly OperationView[], exchangeId: string): Promise<PreparedExchange>;
  /** Sends the prepared bytes. A thrown error concerns every element; see {@link BatchOutcome} for single ones. */
  send(ctx: Context<Config>, exchange: ExchangeView, ops: readonly OperationView[]): Promise<BatchOutcome>;
}

export interface PreparedExchange {
  /** Exact bytes that will go out, as text. */
  readonly request: string;
  /** Key of each operation inside the call (a TransportGUID), by operation id. */
  readonly elementKeys: ReadonlyMap<string, string>;
  /** Operations that can't be part of any call, with the reason; the others go on without them. */
  readonly refused?: ReadonlyMap<string, Error>;
}

export interface ExchangeView extends Omit<PreparedExchange, 'refused'> {
  readonly id: string;
}

export interface TicketView {
  readonly id: string;
  readonly ticket: string;
  readonly elementKeys: ReadonlyMap<string, string>;
  /** Polls so far. */
  readonly polls: number;
}

/** What became of one element of a call. */
export type ElementOutcome = { status: 'done'; result: Readonly<Record<string, unknown>> } | Error;

export interface BatchOutcome {
  /** When the call, or the part without an outcome, is answered later. */
  readonly ticket?: string;
  readonly pollAfterMs?: number;
  /** By operation id. An element without an outcome waits for the ticket; without a ticket it is uncertain. */
  readonly outcomes?: ReadonlyMap<string, ElementOutcome>;
}

export interface PollOutcome {
  /** Set while the upstream still works on it; absent = this was the whole answer, and an element that it lacks is uncertain. */
  readonly pollAfterMs?: number;
  /** By operation id, for those answered now. */
  readonly outcomes: ReadonlyMap<string, ElementOutcome>;
}

export interface TrackItem {
  operationId: string;
  ownId?: number;
  payload: Readonly<Record<string, unknown>>;
  result: Readonly<Record<string, unknown>>;
}

export interface TrackUpdate {
  operationId: string;
  /** Fields to merge into the tracked canonical record (Message.status …). */
  patch: Readonly<Record<string, unknown>>;
  final: boolean;
}

export interface Track<Config = unknown> {
  /** Canonical entity whose record carries the followed status. */
  readonly entity: string;
  readonly firstAfterMs: number;
  readonly everyMs: number;
  readonly giveUpAfterMs: number;
  readonly maxItems: number;
  poll(ctx: Context<Config>, items: readonly TrackItem[]): Promise<readonly TrackUpdate[]>;
}

/* ---------- queries and hooks ---------- */

export interface Query<Config = unknown> {
  run(ctx: Context<Config>, input: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>;
}

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What an upstream told us by itself. */
export interface InboundEvent {
  /** Natural key of the event; the same event twice has one effect. */
  dedupeKey: string;
  /** Which tracked operation it concerns, by the number we gave or by its id. */
  ownId?: number;
  operationId?: string;
  /** Or by the upstream's own id of one part. An id that is not known yet is looked for again for some days. */
  ref?: string;
  /** With `ownId` and `ref`: who it was sent to. An uncertain operation is settled by such a report only when all agree. */
  recipient?: string;
  /** Operation kind whose track it feeds. */
  kind: string;
  /** Merged into the tracked record when the hook was verified. */
  patch?: Readonly<Record<string, unknown>>;
  final?: boolean;
  /** Not proven authentic: the hub polls the track at once instead of believing the patch. */
  hint?: boolean;
}

export interface Hook<Config = unknown> {
  /** Throws HubError unauthorized/… for a forged request. */
  receive(ctx: Context<Config>, request: RawRequest): Promise<{ events: readonly InboundEvent[]; answer: HookAnswer }>;
}

export interface HookAnswer {
  status: number;
  contentType: string;
  body: string;
}
