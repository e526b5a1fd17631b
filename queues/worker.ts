import { setMaxListeners } from 'node:events';
import type { CommandDefinition } from '../canonical/command.ts';
import { HubError } from '../canonical/errors.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import type { Tracing } from '../logging/tracing.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database, Statement } from '../storage/port.ts';
import type { Operation } from '../storage/repositories/operation.ts';
import { RESTORED } from '../storage/restored.ts';
import { AttemptKit } from './attempt.ts';
import type { Breakers } from './breakers.ts';
import {
  absent,
  afterError,
  answerPending,
  couldNotAsk,
  type Decision,
  stillUnknown,
  succeeded,
  unanswerable,
} from './decide.ts';
import type { AttemptRecord, Entry } from './entry.ts';
import { ticketStatements } from './exchange.ts';
import { ExchangeRunner } from './exchange-runner.ts';
import type { Instances } from './instances.ts';
import type { Leased, LeaseKind, LeaseTerms } from './lease.ts';
import { OutcomeWriter } from './outcome.ts';
import type { RetryPolicy } from './policy.ts';
import type { AnyCommand, Gate, Instance, OutcomeReview, TrackSink } from './ports.ts';
import { alone, type Share } from './share.ts';
import { Slots } from './slots.ts';

export interface WorkerOptions {
  db: Database;
  cipher: Cipher;
  clock: Clock;
  random(): number;
  log: Logger;
  instances: Instances;
  breakers: Breakers;
  commands: ReadonlyMap<string, CommandDefinition>;
  policies?: Readonly<Record<string, Partial<RetryPolicy>>>;
  gates?: Readonly<Record<string, Gate>>;
  sink: TrackSink;
  failover?: OutcomeReview;
  /** After a change was committed: publish events, wake who waits for it. */
  onChange(): void;
  /** These operations have ended: whoever waits for one may look. */
  onEnded?(ids: readonly string[]): void;
  /** Absent where nothing is traced. */
  tracing?: Tracing | undefined;
  /** Told of outcomes that were committed, for the metrics. */
  onOutcomes?(entries: readonly Entry[]): void;
  /** What of the instances' limits this process may take; everything otherwise. */
  share?: Share;
  name?: string;
}

/** What a dispatcher wants to hear of the operations that a worker carries out. */
export interface WorkerEvents {
  /** Outcomes were committed. */
  onWritten(entries: readonly Entry[]): void;
  /** Operations of an instance have ended and made room. */
  onFree(instance: Instance): void;
}

/** Time that a lease outlives its attempt's deadline: writing the result must fit in. */
const LEASE_MARGIN_MS = 30_000;
export const DEFAULT_ATTEMPT_MS = 60_000;

/** Carries out operations that were leased: lets the connector act, ask or poll, and writes what came of it. */
export class Worker {
  readonly kit: AttemptKit;
  readonly exchanges: ExchangeRunner;
  readonly #o: WorkerOptions;
  readonly #events: WorkerEvents;
  readonly outcome: OutcomeWriter;
  readonly #running = new Set<Promise<void>>();
  readonly #slots = new Map<string, Slots>();
  readonly #stop = new AbortController();

  constructor(options: WorkerOptions, events: WorkerEvents) {
    this.#o = options;
    this.#events = events;
    this.kit = new AttemptKit({ ...options, stopped: this.#stop.signal });
    this.outcome = new OutcomeWriter({
      ...options,
      onWritten: (entries) => {
        options.onOutcomes?.(entries);
        events.onWritten(entries);
      },
    });
    this.exchanges = new ExchangeRunner({ ...options, kit: this.kit, outcome: this.outcome });
    // Each running attempt listens; there are as many as the instances allow.
    setMaxListeners(0, this.#stop.signal);
  }

  /** Waits for what runs; past the limit (milliseconds) running attempts are aborted and left to their leases. */
  async stop(limitMs: number): Promise<void> {
    const all = Promise.allSettled([...this.#running]);
    const timer = setTimeout(() => this.#stop.abort(), limitMs);
    await all;
    clearTimeout(timer);
    this.#stop.abort();
    await this.#o.breakers.drain();
  }

  /** This process's places at an instance. */
  slots(instance: Instance): Slots {
    let slots = this.#slots.get(instance.name);
    if (!slots) {
      const share = this.#o.share ?? alone;
      slots = new Slots(() => share.ofConcurrency(instance.name, instance.concurrency));
      this.#slots.set(instance.name, slots);
    }
    return slots;
  }

  /**
   * Takes places for operations that may start now; each is given back by {@link launch}, or by `giveBack` when nothing
   * is launched.
   *
   * @returns 0 to `wanted`
   */
  async admit(instance: Instance, wanted: number): Promise<Admission> {
    const { instances, breakers } = this.#o;
    if (instances.isPaused(instance.name)) return { places: 0, probe: false };
    const slots = this.slots(instance);
    const places = slots.take(wanted);
    if (places === 0) return { places, probe: false };
    const probe = breakers.state(instance.name) !== 'closed';
    let admitted = 0;
    try {
      admitted = await breakers.admit(instance.name, places);
    } finally {
      slots.give(places - admitted);
    }
    return { places: admitted, probe };
  }

  /** Gives back places that nothing was found for. */
  async giveBack(instance: Instance, admission: Admission, unused: number): Promise<void> {
    if (unused <= 0) return;
    this.slots(instance).give(unused);
    if (admission.probe) await this.#o.breakers.unused(instance.name);
  }

  /** The kinds that this worker can carry out at an instance. */
  kindsOf(instance: Instance): LeaseKind[] {
    return Object.keys(instance.connector.commands ?? {}).flatMap((kind) => {
      const known = this.kit.command(instance, kind);
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

  /** Longest attempt at an instance, milliseconds. */
  attemptMs(instance: Instance): number {
    return Math.max(
      ...Object.values(instance.connector.commands ?? {}).map(
        (c) => (c as AnyCommand).attemptTimeoutMs ?? DEFAULT_ATTEMPT_MS,
      ),
    );
  }

  /** On which terms operations of an instance are leased now. */
  terms(instance: Instance, kinds: readonly LeaseKind[] = this.kindsOf(instance)): LeaseTerms {
    const attemptMs = this.attemptMs(instance);
    return {
      instance: instance.name,
      kinds,
      worker: this.name,
      now: new Date(this.#o.clock.now()),
      attemptMs,
      leaseMs: attemptMs + LEASE_MARGIN_MS,
    };
  }

  get name(): string {
    return this.#o.name ?? `worker-${process.pid}`;
  }

  /** Carries out leased operations, each in a place that was taken for it. */
  carryOut(instance: Instance, leased: readonly Leased[], admission: Admission): void {
    for (const item of leased) this.launch(instance, () => this.#run(instance, item), item.op.id, admission);
  }

  /** Runs something in a place that was taken for it, and gives the place back. */
  launch(instance: Instance, run: () => Promise<void>, about: string, admission: Admission): void {
    const work = run()
      .catch((error: unknown) =>
        this.#o.log.error('an attempt ended without a written result; its lease will run out', { about, error }),
      )
      .then(() => (admission.probe ? this.#probeEnded(instance) : undefined))
      .finally(() => {
        this.#running.delete(work);
        this.slots(instance).give(1);
        this.#events.onFree(instance);
      });
    this.#running.add(work);
  }

  async #probeEnded(instance: Instance): Promise<void> {
    const { breakers, log } = this.#o;
    if (breakers.state(instance.name) !== 'half-open') return;
    await breakers
      .unused(instance.name)
      .catch((error: unknown) => log.warn('a try could not be given back', { instance: instance.name, error }));
  }

  async #run(instance: Instance, { op, action, abandoned }: Leased): Promise<void> {
    const { clock, random } = this.#o;
    const known = this.kit.command(instance, op.kind);
    if (!known) return;
    const { command, definition } = known;
    if (action === 'reconcile' && op.waitingFor === RESTORED && isForgotten(op, command))
      return this.outcome.write({ op, decision: unanswerable(op) });
    const policy = this.kit.policy(op.kind);
    const startedAt = new Date(clock.now());
    // The call of a batch is stored before it goes out, by whoever still has the lease: without one nothing has gone or will go.
    if (action === 'reconcile' && abandoned && command.batch && op.exchange === null)
      return this.outcome.write({ op, decision: absent({ op, policy, now: startedAt, random }) });
    if (action === 'send') {
      const held = await this.kit.heldBack(op, startedAt);
      if (held) return this.outcome.write({ op, decision: held });
    }
    const deadline = op.attemptDeadline?.getTime() ?? clock.now() + DEFAULT_ATTEMPT_MS;
    const situation = () => ({ op, policy, now: new Date(clock.now()), random });
    const attempt: AttemptRecord = { action, startedAt, outcome: 'done', traffic: [] };
    let decision: Decision;
    let ticket: { ticket: string; pollAfterMs: number } | undefined;
    let began = false;
    try {
      decision = await this.kit.call(instance, deadline, { action, ops: [op] }, async (ctx, traffic) => {
        attempt.traffic = traffic;
        if (action === 'send') await this.kit.prove(instance, op.kind, command, ctx);
        const view = await this.kit.view(instance, op, command, definition);
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
          return answer.status === 'absent'
            ? absent(situation())
            : stillUnknown(situation(), answer.askAfterMs, answer.operatorAt);
        }
        began = true;
        const answer = await command.send(this.kit.contextOf(ctx, instance, op, command), view);
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
      // "Unknown" may mean that nobody answered.
      if (attempt.outcome !== 'unknown') this.#o.breakers.succeeded(instance.name);
    } catch (thrown) {
      const error = this.kit.classify(thrown, command, began);
      attempt.error = error;
      attempt.outcome = error.kind;
      decision = action === 'reconcile' ? couldNotAsk(situation(), error) : afterError(situation(), error);
      this.exchanges.judge(instance.name, error);
    }
    const { pause } = decision;
    if (pause) await this.#o.instances.pause(instance.name, pause.reason, pause.by, pause.code);
    if (!ticket) return this.outcome.write({ op, decision, attempt });
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
    await this.outcome.write({ op: { ...op, exchange: id }, decision, attempt }, statements);
  }
}

/** The hub has lost with its store by what the upstream could be asked. */
function isForgotten(op: Operation, command: AnyCommand): boolean {
  if (command.ownId) return op.ownId === null;
  return command.keepsParts === true || (command.batch !== undefined && op.exchange === null);
}

/** Places that were taken for operations of an instance. */
export interface Admission {
  places: number;
  /** The breaker is not closed: this one tries whether the instance is back. */
  probe: boolean;
}
