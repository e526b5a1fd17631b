import { setMaxListeners } from 'node:events';
import type { CommandDefinition } from '../canonical/command.ts';
import { HubError } from '../canonical/errors.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database, Statement } from '../storage/port.ts';
import type { Operation } from '../storage/repositories/operation.ts';
import { AttemptKit } from './attempt.ts';
import { groupBatches } from './batch-groups.ts';
import { Breaker } from './breaker.ts';
import { absent, afterError, answerPending, couldNotAsk, type Decision, stillUnknown, succeeded } from './decide.ts';
import { batchCandidates, leaseExchanges, ticketStatements } from './exchange.ts';
import { ExchangeRunner } from './exchange-runner.ts';
import type { Instances } from './instances.ts';
import { type Leased, type LeaseKind, lease } from './lease.ts';
import { type AttemptRecord, OutcomeWriter } from './outcome.ts';
import type { RetryPolicy } from './policy.ts';
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
export const DEFAULT_ATTEMPT_MS = 60_000;
/** Longest sleep between two looks at the journal: what a lost notification costs. */
const SWEEP_MS = 1_000;
/** Smaller steps back are what time services do all day. */
const CLOCK_TOLERANCE_MS = 30_000;
/** Due operations looked at for one round of batches. */
const BATCH_CANDIDATES = 2_000;

/** Runs operations: leases what is due, lets the connector act, ask or poll, writes what came of it. */
export class Worker {
  readonly #o: WorkerOptions;
  readonly #kit: AttemptKit;
  readonly #outcome: OutcomeWriter;
  readonly #exchanges: ExchangeRunner;
  readonly #running = new Set<Promise<void>>();
  readonly #perInstance = new Map<string, number>();
  readonly #breakers = new Map<string, Breaker>();
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #pumping: Promise<void> | undefined;
  #again = false;
  #started = false;
  /** When a batch that waits for company is ready, epoch milliseconds. */
  #readyAt = Number.POSITIVE_INFINITY;
  /** Clock at the last look, epoch milliseconds. */
  #lastLook = 0;

  constructor(options: WorkerOptions) {
    this.#o = options;
    this.#kit = new AttemptKit({ ...options, stopped: this.#stop.signal });
    this.#outcome = new OutcomeWriter(options);
    this.#exchanges = new ExchangeRunner({
      ...options,
      kit: this.#kit,
      outcome: this.#outcome,
      breaker: (instance) => this.breaker(instance),
    });
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
      const apart = this.#o.instances.find(instance)?.connector.manyUpstreams;
      breaker = new Breaker(apart ? { threshold: Number.POSITIVE_INFINITY } : {});
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
      this.#readyAt = Number.POSITIVE_INFINITY;
      try {
        await this.#watchClock();
        for (const instance of this.#o.instances.all()) await this.#lookAt(instance);
      } catch (error) {
        this.#o.log.warn('the journal could not be read; trying again', { error });
      }
    }
    this.#pumping = undefined;
    if (!this.#started) return;
    clearTimeout(this.#timer);
    const wait = Math.max(1, Math.min(SWEEP_MS, this.#readyAt - this.#o.clock.now()));
    this.#timer = setTimeout(() => this.notify(), wait);
  }

  /**
   * A clock that was set back leaves operations due at moments that were never meant. What waits for its next attempt or
   * question is looked at anew; what waits for a moment that somebody named stays.
   */
  async #watchClock(): Promise<void> {
    const now = this.#o.clock.now();
    const back = this.#lastLook - now;
    this.#lastLook = now;
    if (back < CLOCK_TOLERANCE_MS) return;
    const { count } = await this.#o.db.query(
      `update operation set due_at = $1 where due_at > $1 and status in ('retrying', 'uncertain') and lease_until is null`,
      [new Date(now)],
    );
    this.#o.log.warn('the clock was set back; operations that wait for another attempt are due at once', {
      seconds: Math.round(back / 1000),
      operations: count,
    });
  }

  #free(instance: Instance): number {
    const free = instance.concurrency - (this.#perInstance.get(instance.name) ?? 0);
    return this.breaker(instance.name).allowance(this.#o.clock.now(), free);
  }

  async #lookAt(instance: Instance): Promise<void> {
    if (this.#o.instances.isPaused(instance.name)) return;
    const kinds = this.#kindsOf(instance);
    if (kinds.length === 0) return;
    await this.#lookAtExchanges(instance);
    for (const kind of kinds) if (kind.batched) await this.#lookAtBatches(instance, kind);
    const limit = this.#free(instance);
    if (limit <= 0) return;
    const leased = await this.#lease(instance, kinds, limit);
    for (const item of leased) this.#launch(instance, () => this.#run(instance, item), item.op.id);
    // A full hand may mean that more is due.
    if (leased.length > 0 && leased.length === limit) this.#again = true;
  }

  #kindsOf(instance: Instance): LeaseKind[] {
    return Object.keys(instance.connector.commands ?? {}).flatMap((kind) => {
      const known = this.#kit.command(instance, kind);
      if (!known) return [];
      const { command, definition } = known;
      return [
        {
          kind,
          version: definition.payloadVersion,
          once: command.effect === 'once',
          batched: command.batch !== undefined,
        },
      ];
    });
  }

  #attemptMs(instance: Instance): number {
    return Math.max(
      ...Object.values(instance.connector.commands ?? {}).map(
        (c) => (c as AnyCommand).attemptTimeoutMs ?? DEFAULT_ATTEMPT_MS,
      ),
    );
  }

  #lease(instance: Instance, kinds: readonly LeaseKind[], limit: number, ids?: readonly string[]): Promise<Leased[]> {
    const { db, cipher, clock } = this.#o;
    const attemptMs = this.#attemptMs(instance);
    return lease(db, cipher, {
      instance: instance.name,
      kinds,
      limit,
      worker: this.#name(),
      now: new Date(clock.now()),
      attemptMs,
      leaseMs: attemptMs + LEASE_MARGIN_MS,
      ...(ids ? { ids } : {}),
    });
  }

  #name(): string {
    return this.#o.name ?? `worker-${process.pid}`;
  }

  async #lookAtExchanges(instance: Instance): Promise<void> {
    const { db, clock } = this.#o;
    const limit = this.#free(instance);
    if (limit <= 0) return;
    const attemptMs = this.#attemptMs(instance);
    const due = await leaseExchanges(db, {
      instance: instance.name,
      limit,
      worker: this.#name(),
      now: new Date(clock.now()),
      leaseMs: attemptMs + LEASE_MARGIN_MS,
    });
    const deadline = clock.now() + attemptMs;
    for (const exchange of due)
      this.#launch(instance, () => this.#exchanges.poll(instance, exchange, deadline), exchange.id);
    if (due.length === limit) this.#again = true;
  }

  async #lookAtBatches(instance: Instance, kind: LeaseKind): Promise<void> {
    const { db, cipher, clock } = this.#o;
    const known = this.#kit.command(instance, kind.kind);
    const batch = known?.command.batch;
    if (!known || !batch || this.#free(instance) <= 0) return;
    const now = clock.now();
    const due = await batchCandidates(db, cipher, {
      ...kind,
      instance: instance.name,
      limit: BATCH_CANDIDATES,
      now: new Date(now),
    });
    if (due.length === 0) return;
    const key = (op: Operation): string => {
      try {
        return batch.key(this.#kit.bareView(op, known.definition));
      } catch {
        // It goes alone, and the attempt tells what is wrong with it.
        return `alone:${op.id}`;
      }
    };
    const { ready, readyAt } = groupBatches(due, { max: batch.max, lingerMs: batch.lingerMs, key }, now);
    this.#readyAt = Math.min(this.#readyAt, readyAt ?? Number.POSITIVE_INFINITY);
    for (const group of ready) {
      if (this.#free(instance) <= 0) break;
      const ids = group.ops.map((op) => op.id);
      const leased = await this.#lease(instance, [kind], ids.length, ids);
      const ops = leased.filter((l) => l.action === 'send').map((l) => l.op);
      if (ops.length > 0)
        this.#launch(instance, () => this.#exchanges.send(instance, kind.kind, group.key, ops), ops[0]?.id ?? '');
    }
  }

  #launch(instance: Instance, run: () => Promise<void>, about: string): void {
    this.#perInstance.set(instance.name, (this.#perInstance.get(instance.name) ?? 0) + 1);
    const work = run()
      .catch((error: unknown) =>
        this.#o.log.error('an attempt ended without a written result; its lease will run out', { about, error }),
      )
      .finally(() => {
        this.#running.delete(work);
        this.#perInstance.set(instance.name, (this.#perInstance.get(instance.name) ?? 1) - 1);
        this.notify();
      });
    this.#running.add(work);
  }

  async #run(instance: Instance, { op, action }: Leased): Promise<void> {
    const { clock, random } = this.#o;
    const known = this.#kit.command(instance, op.kind);
    if (!known) return;
    const { command, definition } = known;
    const policy = this.#kit.policy(op.kind);
    const startedAt = new Date(clock.now());
    if (action === 'send') {
      const held = await this.#kit.heldBack(op, startedAt);
      if (held) return this.#outcome.write({ op, decision: held });
    }
    const deadline = op.attemptDeadline?.getTime() ?? clock.now() + DEFAULT_ATTEMPT_MS;
    const situation = () => ({ op, policy, now: new Date(clock.now()), random });
    const attempt: AttemptRecord = { action, startedAt, outcome: 'done', traffic: [] };
    let decision: Decision;
    let ticket: { ticket: string; pollAfterMs: number } | undefined;
    let began = false;
    try {
      decision = await this.#kit.call(instance, deadline, async (ctx, traffic) => {
        attempt.traffic = traffic;
        if (action === 'send') await this.#kit.prove(instance, op.kind, command, ctx);
        const view = await this.#kit.view(instance, op, command, definition);
        if (action === 'reconcile' && command.effect === 'once') {
          if (!command.reconcile)
            throw new HubError(
              'misconfigured',
              'RECONCILE_MISSING',
              `The connector of ${instance.name} acts once but can't reconcile.`,
            );
          const answer = await command.reconcile(ctx, view);
          attempt.outcome = answer.status;
          if (answer.status === 'happened') return succeeded(op, answer.result);
          return answer.status === 'absent' ? absent(situation()) : stillUnknown(situation(), answer.askAfterMs);
        }
        began = true;
        const answer = await command.send(ctx, view);
        attempt.outcome = answer.status;
        if (answer.status === 'done') return succeeded(op, answer.result);
        if (!command.poll)
          throw new HubError(
            'uncertain',
            'POLL_MISSING',
            `The connector of ${instance.name} answers later but can't be asked.`,
          );
        ticket = answer;
        return answerPending(op);
      });
      this.breaker(instance.name).succeeded();
    } catch (thrown) {
      const error = this.#kit.classify(thrown, command, began);
      attempt.error = error;
      attempt.outcome = error.kind;
      decision = action === 'reconcile' ? couldNotAsk(situation(), error) : afterError(situation(), error);
      this.#exchanges.judge(instance.name, error);
    }
    if (decision.pause) await this.#o.instances.pause(instance.name, decision.pause.reason, decision.pause.by);
    if (!ticket) return this.#outcome.write({ op, decision, attempt });
    const now = new Date(clock.now());
    const id = uuidv7(now.getTime(), random);
    const statements: readonly Statement[] = ticketStatements(
      {
        org: op.org,
        id,
        instance: instance.name,
        kind: op.kind,
        batchKey: '',
        request: attempt.traffic.at(-1)?.request ?? '',
        elementKeys: new Map([[op.id, op.id]]),
      },
      op,
      { ticket: ticket.ticket, nextPollAt: new Date(now.getTime() + ticket.pollAfterMs) },
      this.#o.cipher,
      now,
    );
    await this.#outcome.write({ op: { ...op, exchange: id }, decision, attempt }, undefined, statements);
  }
}
