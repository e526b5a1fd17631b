import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { CommandDefinition } from '../canonical/command.ts';
import { HubError, isHubError, toHubError } from '../canonical/errors.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import type { Traffic } from '../connectors/kit/http.ts';
import type { Clock, Logger, OperationView } from '../connectors/port.ts';
import type { Cipher } from '../storage/cipher.ts';
import { type Database, type Statement, StoreInDoubt } from '../storage/port.ts';
import { eventsStatement, type NewEvent } from '../storage/repositories/events.ts';
import { finalStatuses, type Operation } from '../storage/repositories/operation.ts';
import { Breaker } from './breaker.ts';
import { absent, afterError, couldNotAsk, type Decision, stillUnknown, succeeded } from './decide.ts';
import type { Instances } from './instances.ts';
import { type Leased, lease } from './lease.ts';
import { defaultPolicy, type RetryPolicy } from './policy.ts';
import type { AnyCommand, Gate, Instance, TrackSink } from './ports.ts';

export interface WorkerOptions {
  db: Database;
  cipher: Cipher;
  clock: Clock;
  random(): number;
  log: Logger;
  instances: Instances;
  commands: ReadonlyMap<string, CommandDefinition>;
  policies?: Readonly<Record<string, Partial<RetryPolicy>>>;
  gates?: Readonly<Record<string, Gate>>;
  sink: TrackSink;
  /** After a change was committed: publish events, look for what it released. */
  onChange(): void;
  name?: string;
}

/** Time that a lease outlives its attempt's deadline: writing the result must fit in. */
const LEASE_MARGIN_MS = 30_000;
const DEFAULT_ATTEMPT_MS = 60_000;
/** Longest sleep between two looks at the journal: what a lost notification costs. */
const SWEEP_MS = 1_000;

/** Runs operations: leases what is due, lets the connector act or ask, writes what came of it. */
export class Worker {
  readonly #o: WorkerOptions;
  readonly #running = new Set<Promise<void>>();
  readonly #perInstance = new Map<string, number>();
  readonly #breakers = new Map<string, Breaker>();
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #pumping: Promise<void> | undefined;
  #again = false;
  #started = false;

  constructor(options: WorkerOptions) {
    this.#o = options;
    // Each running attempt listens; there are as many as the instances allow.
    setMaxListeners(0, this.#stop.signal);
  }

  start(): void {
    this.#started = true;
    this.notify();
  }

  /** Something may be due: look at once. */
  notify(): void {
    if (!this.#started || this.#stop.signal.aborted) return;
    this.#again = true;
    this.#pumping ??= this.#pump();
  }

  breaker(instance: string): Breaker {
    let breaker = this.#breakers.get(instance);
    if (!breaker) {
      breaker = new Breaker();
      this.#breakers.set(instance, breaker);
    }
    return breaker;
  }

  /** Stops leasing and waits for what runs; past the limit running attempts are aborted and left to their leases. */
  async stop(limitMs = 20_000): Promise<void> {
    this.#started = false;
    clearTimeout(this.#timer);
    await this.#pumping;
    const all = Promise.allSettled([...this.#running]);
    const timer = setTimeout(() => this.#stop.abort(), limitMs);
    await all;
    clearTimeout(timer);
    this.#stop.abort();
  }

  async #pump(): Promise<void> {
    // One turn later, so that the promise is stored before the loop can end.
    await Promise.resolve();
    while (this.#again && this.#started) {
      this.#again = false;
      try {
        for (const instance of this.#o.instances.all()) await this.#lookAt(instance);
      } catch (error) {
        this.#o.log.warn('the journal could not be read; trying again', { error });
      }
    }
    this.#pumping = undefined;
    if (!this.#started) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.notify(), SWEEP_MS);
  }

  async #lookAt(instance: Instance): Promise<void> {
    const { db, cipher, clock, commands, instances } = this.#o;
    if (instances.isPaused(instance.name)) return;
    const free = instance.concurrency - (this.#perInstance.get(instance.name) ?? 0);
    const limit = this.breaker(instance.name).allowance(clock.now(), free);
    if (limit <= 0) return;
    const kinds = Object.entries(instance.connector.commands ?? {}).flatMap(([kind, command]) => {
      const definition = commands.get(kind);
      return definition
        ? [{ kind, version: definition.payloadVersion, once: (command as AnyCommand).effect === 'once' }]
        : [];
    });
    if (kinds.length === 0) return;
    const attemptMs = Math.max(
      ...Object.values(instance.connector.commands ?? {}).map(
        (c) => (c as AnyCommand).attemptTimeoutMs ?? DEFAULT_ATTEMPT_MS,
      ),
    );
    const leased = await lease(db, cipher, {
      instance: instance.name,
      kinds,
      limit,
      worker: this.#o.name ?? `worker-${process.pid}`,
      now: new Date(clock.now()),
      attemptMs,
      leaseMs: attemptMs + LEASE_MARGIN_MS,
    });
    for (const item of leased) this.#launch(instance, item);
    // A full hand may mean that more is due.
    if (leased.length > 0 && leased.length === limit) this.#again = true;
  }

  #launch(instance: Instance, item: Leased): void {
    this.#perInstance.set(instance.name, (this.#perInstance.get(instance.name) ?? 0) + 1);
    const work = this.#run(instance, item)
      .catch((error: unknown) =>
        this.#o.log.error('an attempt ended without a written result; its lease will run out', {
          operation: item.op.id,
          error,
        }),
      )
      .finally(() => {
        this.#running.delete(work);
        this.#perInstance.set(instance.name, (this.#perInstance.get(instance.name) ?? 1) - 1);
        this.notify();
      });
    this.#running.add(work);
  }

  async #run(instance: Instance, { op, action }: Leased): Promise<void> {
    const { clock, gates, random } = this.#o;
    const command = (instance.connector.commands as Record<string, AnyCommand> | undefined)?.[op.kind];
    const definition = this.#o.commands.get(op.kind);
    if (!command || !definition) return;
    const policy: RetryPolicy = { ...defaultPolicy, ...this.#o.policies?.[op.kind] };
    const startedAt = new Date(clock.now());
    if (action === 'send') {
      const held = await this.#heldBack(op, startedAt, gates?.[op.kind]);
      if (held) return this.#write(op, held, undefined);
    }
    const traffic: Traffic[] = [];
    const deadline = op.attemptDeadline?.getTime() ?? clock.now() + DEFAULT_ATTEMPT_MS;
    const abort = new AbortController();
    const cut = (): void => abort.abort();
    this.#stop.signal.addEventListener('abort', cut);
    const timer = setTimeout(cut, Math.max(0, deadline - clock.now()));
    const situation = { op, policy, now: startedAt, random };
    let decision: Decision;
    let outcome: string;
    let error: HubError | undefined;
    let began = false;
    try {
      const ctx = instance.context({ signal: abort.signal, deadline, onTraffic: (t) => traffic.push(t) });
      if (action === 'send') await this.#prove(instance, op.kind, command, ctx);
      const view = await this.#view(instance, op, command, definition);
      if (action === 'reconcile' && command.effect === 'once') {
        if (!command.reconcile)
          throw new HubError(
            'misconfigured',
            'RECONCILE_MISSING',
            `The connector of ${instance.name} acts once but can't reconcile.`,
          );
        const answer = await command.reconcile(ctx, view);
        const now = new Date(clock.now());
        outcome = answer.status;
        decision =
          answer.status === 'happened'
            ? succeeded(op, answer.result)
            : answer.status === 'absent'
              ? absent({ ...situation, now })
              : stillUnknown({ ...situation, now }, answer.askAfterMs);
      } else {
        began = true;
        const answer = await command.send(ctx, view);
        if (answer.status === 'pending')
          throw new HubError(
            'misconfigured',
            'TICKETS_UNSUPPORTED',
            `The connector of ${instance.name} answers later; this version of the hub can't wait for tickets yet.`,
          );
        outcome = 'done';
        decision = succeeded(op, answer.result);
      }
      this.breaker(instance.name).succeeded();
    } catch (thrown) {
      error = this.#classify(thrown, command, began);
      const now = new Date(clock.now());
      outcome = error.kind;
      decision =
        action === 'reconcile' ? couldNotAsk({ ...situation, now }, error) : afterError({ ...situation, now }, error);
      // A refusal is an answer; only silence and overload speak against the instance.
      if (error.kind === 'transient' || error.kind === 'uncertain') this.breaker(instance.name).failed(clock.now());
      else this.breaker(instance.name).succeeded();
    } finally {
      clearTimeout(timer);
      this.#stop.signal.removeEventListener('abort', cut);
    }
    if (decision.pause) await this.#o.instances.pause(instance.name, decision.pause.reason, decision.pause.by);
    await this.#write(op, decision, { action, startedAt, outcome, traffic, ...(error ? { error } : {}) });
  }

  /** A once-only command that began and failed in a way that no table knows may have acted. */
  #classify(thrown: unknown, command: AnyCommand, began: boolean): HubError {
    if (isHubError(thrown)) return thrown;
    if (began && command.effect === 'once')
      return new HubError(
        'uncertain',
        'ATTEMPT_BROKE',
        'The attempt broke off; it may have taken effect.',
        {},
        { cause: thrown },
      );
    this.#o.log.error('a connector failed in an unforeseen way', { error: thrown });
    return toHubError(thrown, 'CONNECTOR_FAULT');
  }

  /** Too late, or not yet: decided before anything goes out. */
  async #heldBack(op: Operation, now: Date, gate: Gate | undefined): Promise<Decision | undefined> {
    const base = { asks: op.asks, attempts: op.attempts - 1, result: null };
    const expired = (): Decision => ({
      ...base,
      status: 'failed',
      waitingFor: null,
      dueAt: null,
      error: {
        kind: 'rejected',
        code: 'EXPIRED',
        message: 'The operation expired before it could be sent; nothing was sent.',
        retryable: false,
      },
    });
    if (op.expiresAt && op.expiresAt <= now) return expired();
    if (!gate) return undefined;
    const answer = await gate(op, now);
    if ('go' in answer) return undefined;
    if (op.expiresAt && op.expiresAt <= answer.until) return expired();
    return { ...base, status: 'waiting', waitingFor: answer.reason, dueAt: answer.until, error: op.error };
  }

  async #prove(
    instance: Instance,
    kind: string,
    command: AnyCommand,
    ctx: ReturnType<Instance['context']>,
  ): Promise<void> {
    if (!command.prove || !command.proofHash) return;
    const hash = command.proofHash(ctx);
    if (await this.#o.instances.isProven(instance.name, kind, hash)) return;
    const proof = await command.prove(ctx);
    await this.#o.instances.proven(instance.name, kind, proof.hash, proof.evidence);
    this.#o.log.info('the mark of a command was proven', { instance: instance.name, kind, evidence: proof.evidence });
  }

  async #view(
    instance: Instance,
    op: Operation,
    command: AnyCommand,
    definition: CommandDefinition,
  ): Promise<OperationView> {
    const ownId = command.ownId
      ? (op.ownId ?? (await this.#o.instances.assignOwnId(op, instance.name, command.ownId)))
      : undefined;
    return {
      id: op.id,
      kind: op.kind,
      organisation: op.org,
      subject: op.subject,
      payload: upcast(op.payload, op.payloadVersion, definition),
      attempt: op.attempts,
      acceptedAt: op.acceptedAt.getTime(),
      ...(ownId === undefined ? {} : { ownId }),
      ...(op.expiresAt ? { expiresAt: op.expiresAt.getTime() } : {}),
      ...(op.uncertainSince ? { uncertainSince: op.uncertainSince.getTime() } : {}),
    };
  }

  /** Writes the outcome if the lease still holds; what a later owner has decided stands. */
  async #write(
    op: Operation,
    decision: Decision,
    attempt: { action: string; startedAt: Date; outcome: string; traffic: Traffic[]; error?: HubError } | undefined,
  ): Promise<void> {
    const { clock, random, log, onChange } = this.#o;
    const now = new Date(clock.now());
    const isFinal = finalStatuses.includes(decision.status);
    const events: NewEvent[] = [];
    const event = (type: string): void => {
      events.push({
        org: op.org,
        id: uuidv7(now.getTime(), random),
        type,
        operation: op.id,
        data: { kind: op.kind, status: decision.status, ...(decision.error ? { code: decision.error.code } : {}) },
        at: now,
      });
    };
    if (isFinal) event(`operation.${decision.status}`);
    else if (decision.status === 'uncertain' && op.status !== 'uncertain') event('operation.uncertain');
    else if (decision.waitingFor === 'operator' && op.waitingFor !== 'operator') event('operation.needs-operator');
    const statements: Statement[] = [
      {
        sql: `update operation set status = $4, waiting_for = $5, due_at = $6, uncertain_since = case when $7 then $8::timestamptz else uncertain_since end, asks = $9, attempts = $10,
                result = coalesce($11::jsonb, result), error = $12::jsonb, holds = $13, finished_at = $14, updated_at = $15, lease_no = lease_no + 1, leased_by = null, lease_until = null, attempt_deadline = null
              where org = $1 and id = $2 and lease_no = $3`,
        params: [
          op.org,
          op.id,
          op.leaseNo,
          decision.status,
          decision.waitingFor,
          decision.dueAt,
          decision.uncertainSince !== undefined,
          decision.uncertainSince ?? null,
          decision.asks,
          Math.max(0, decision.attempts),
          decision.result ? JSON.stringify(decision.result) : null,
          decision.error ? JSON.stringify(decision.error) : null,
          !isFinal || decision.status === 'dead',
          isFinal ? now : null,
          now,
        ],
        expect: { rows: 1, name: 'lease' },
      },
      ...(attempt ? [this.#attemptStatement(op, attempt, now)] : []),
      ...(events.length > 0 ? [eventsStatement(events)] : []),
      ...(isFinal ? this.#o.sink.outcome(op, decision.status, decision.result, now) : []),
    ];
    await this.#persist(op, statements);
    if (attempt)
      log.info('attempt', {
        operation: op.id,
        kind: op.kind,
        instance: op.instance,
        action: attempt.action,
        outcome: attempt.outcome,
        status: decision.status,
        attempt: op.attempts,
        ms: now.getTime() - attempt.startedAt.getTime(),
        ...(attempt.error ? { code: attempt.error.code } : {}),
      });
    onChange();
  }

  /** A result that is known must not be lost to a passing fault of the store: tried while the lease lasts. */
  async #persist(op: Operation, statements: readonly Statement[]): Promise<void> {
    const until = op.leaseUntil?.getTime() ?? 0;
    for (let pause = 100; ; pause = Math.min(2_000, pause * 2)) {
      try {
        await this.#o.db.transact(statements);
        return;
      } catch (error) {
        if ((error as { expectation?: string }).expectation === 'lease') {
          this.#o.log.warn('a result came after its lease was taken over; the later owner decides', {
            operation: op.id,
          });
          return;
        }
        if (!(error instanceof StoreInDoubt) || this.#o.clock.now() + pause >= until) throw error;
        // The lease number guards against a double write: if it did commit, the fence is gone and the repeat changes nothing.
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  #attemptStatement(
    op: Operation,
    attempt: { action: string; startedAt: Date; outcome: string; traffic: Traffic[]; error?: HubError },
    now: Date,
  ): Statement {
    const { cipher } = this.#o;
    const text = JSON.stringify(attempt.traffic.slice(0, 10));
    const digest = (part: string | undefined): string | null =>
      part === undefined ? null : createHash('sha256').update(part).digest('hex');
    const first = attempt.traffic[0];
    return {
      sql: `insert into attempt (org, operation, no, action, lease_no, instance, started_at, ended_at, outcome, code, upstream_code, message, request_digest, response_digest, traffic)
            values ($1, $2, (select coalesce(max(no), 0) + 1 from attempt where org = $1 and operation = $2), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
      params: [
        op.org,
        op.id,
        attempt.action,
        op.leaseNo,
        op.instance,
        attempt.startedAt,
        now,
        attempt.outcome,
        attempt.error?.code ?? null,
        attempt.error?.facts.upstream?.code ?? null,
        attempt.error?.message ?? null,
        digest(first?.request),
        digest(first?.response),
        attempt.traffic.length > 0 ? cipher.seal(text, `traffic:${op.org}:${op.id}`) : null,
      ],
    };
  }
}

/** A payload of an older version, brought up step by step. */
export function upcast(
  payload: Readonly<Record<string, unknown>>,
  version: number,
  definition: CommandDefinition,
): Readonly<Record<string, unknown>> {
  let out: Record<string, unknown> = { ...payload };
  for (let v = version; v < definition.payloadVersion; v++) {
    const step = definition.upcasters[v];
    if (!step)
      throw new HubError(
        'misconfigured',
        'UPCASTER_MISSING',
        `Payload version ${v} of ${definition.kind} has no way up; update the hub.`,
      );
    out = step(out);
  }
  return out;
}
