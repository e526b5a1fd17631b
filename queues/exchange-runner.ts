import { HubError, toHubError } from '../canonical/errors.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import type { Traffic } from '../connectors/kit/http.ts';
import type { Clock, Context, ElementOutcome, Logger, OperationView, PreparedExchange } from '../connectors/port.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database, Statement } from '../storage/port.ts';
import type { Operation } from '../storage/repositories/operation.ts';
import { type AttemptKit, STORE_UNAVAILABLE } from './attempt.ts';
import type { Breakers } from './breakers.ts';
import { afterError, answerPending, type Decision, succeeded } from './decide.ts';
import type { AttemptRecord, Entry } from './entry.ts';
import { carriedBy, type Exchange, openExchange, polledStatement, sentStatement, waitingElements } from './exchange.ts';
import type { Instances } from './instances.ts';
import type { OutcomeWriter } from './outcome.ts';
import { retryDelay } from './policy.ts';
import type { AnyCommand, Instance } from './ports.ts';

export interface ExchangeRunnerOptions {
  db: Database;
  cipher: Cipher;
  clock: Clock;
  random(): number;
  log: Logger;
  instances: Instances;
  kit: AttemptKit;
  outcome: OutcomeWriter;
  breakers: Breakers;
}

const DEFAULT_POLL_MS = 5_000;
/** Rest after a poll that failed for a reason a person has to remove. */
const MISCONFIGURED_POLL_MS = 10 * 60_000;

/** Carries several operations in one upstream call, and asks for answers that come later. */
export class ExchangeRunner {
  readonly #o: ExchangeRunnerOptions;

  constructor(options: ExchangeRunnerOptions) {
    this.#o = options;
  }

  /** A refusal is an answer; only silence and overload speak against the instance. */
  judge(instance: string, error: HubError): void {
    const { breakers, instances } = this.#o;
    if (error.code === STORE_UNAVAILABLE) return;
    const passes = error.kind !== 'transient' && error.kind !== 'uncertain';
    // Where each operation has an upstream of its own, one that fails says nothing of the others.
    if (passes || instances.find(instance)?.connector.manyUpstreams) breakers.succeeded(instance);
    else breakers.failed(instance);
  }

  /** One call for operations that were leased together and share a batch key. */
  async send(instance: Instance, kind: string, batchKey: string, leased: readonly Operation[]): Promise<void> {
    const { clock, kit, outcome } = this.#o;
    const known = kit.command(instance, kind);
    const first = leased[0];
    if (!known?.command.batch || !first) return;
    const { command, definition } = known;
    const startedAt = new Date(clock.now());
    const ops: Operation[] = [];
    for (const op of leased) {
      const held = await kit.heldBack(op, startedAt);
      if (held) await outcome.write({ op, decision: held });
      else ops.push(op);
    }
    if (ops.length === 0) return;
    const deadline = Math.min(...ops.map((op) => op.attemptDeadline?.getTime() ?? startedAt.getTime()));
    let traffic: readonly Traffic[] = [];
    try {
      await kit.call(instance, deadline, { action: 'send', ops }, async (ctx, noted) => {
        traffic = noted;
        await kit.prove(instance, kind, command, ctx);
        const views = await Promise.all(ops.map((op) => kit.view(instance, op, command, definition)));
        await this.#carry(instance, command, { kind, batchKey, ops, views, startedAt, ctx, traffic: noted });
      });
    } catch (thrown) {
      // Nothing went out yet: the end of a call that went out is written by #carry.
      const error = kit.classify(thrown, command, false);
      this.judge(instance.name, error);
      const entries = ops.map((op) => this.#failed(op, error, { action: 'send', startedAt, traffic }));
      await this.#pauseFor(instance.name, entries);
      await Promise.all(entries.map((entry) => outcome.write(entry)));
    }
  }

  async #carry(instance: Instance, command: AnyCommand, call: Call): Promise<void> {
    const { db, cipher, clock, random, log, outcome, kit } = this.#o;
    const { kind, batchKey, startedAt, ctx, traffic } = call;
    const batch = command.batch;
    const org = call.ops[0]?.org;
    if (!batch || org === undefined) return;
    const id = uuidv7(clock.now(), random);
    const prepared: PreparedExchange = await batch.prepare(ctx, call.views, id);
    const refused = prepared.refused ?? new Map<string, Error>();
    for (const op of call.ops.filter((o) => refused.has(o.id)))
      await outcome.write(
        this.#failed(op, kit.classify(refused.get(op.id), command, false), { action: 'send', startedAt, traffic: [] }),
      );
    const ops = call.ops.filter((o) => !refused.has(o.id)).map((op) => ({ ...op, exchange: id }));
    const views = call.views.filter((v) => !refused.has(v.id));
    if (ops.length === 0) return;
    const exchange = { org, id, instance: instance.name, kind, batchKey, ...prepared };
    try {
      await db.transact(openExchange(exchange, ops, cipher, new Date(clock.now())));
    } catch (error) {
      if ((error as { expectation?: string }).expectation !== 'lease') throw error;
      log.warn('operations of a batch were taken over before it was sent; nothing was sent', { exchange: id });
      return;
    }
    const until = Math.min(...ops.map((op) => op.leaseUntil?.getTime() ?? 0));
    const record = { action: 'send' as const, startedAt, traffic };
    let entries: Entry[];
    let end: Statement;
    try {
      const answer = await batch.send(ctx, { id, ...prepared }, views);
      this.#o.breakers.succeeded(instance.name);
      if (answer.ticket !== undefined && !command.poll)
        throw new HubError(
          'uncertain',
          'POLL_MISSING',
          `The connector of ${instance.name} answers later but can't be asked.`,
        );
      const waiting = answer.ticket === undefined ? undefined : answerPending;
      entries = ops.map((op) => this.#element(op, answer.outcomes?.get(op.id), command, record, waiting));
      const now = new Date(clock.now());
      end =
        answer.ticket !== undefined && entries.some((e) => e.decision.waitingFor === 'answer')
          ? sentStatement(exchange, {
              status: 'polling',
              ticket: answer.ticket,
              nextPollAt: new Date(now.getTime() + (answer.pollAfterMs ?? DEFAULT_POLL_MS)),
            })
          : sentStatement(exchange, { status: 'done', finishedAt: now });
    } catch (thrown) {
      const error = kit.classify(thrown, command, true);
      this.judge(instance.name, error);
      entries = ops.map((op) => this.#failed(op, error, record));
      end = sentStatement(exchange, {
        status: error.kind === 'uncertain' ? 'lost' : 'done',
        finishedAt: new Date(clock.now()),
      });
    }
    await this.#pauseFor(instance.name, entries);
    await outcome.writeCall(end, entries, until);
  }

  /** Asks for the answer of a call that was taken; goes on with the same ticket whoever asks. */
  async poll(instance: Instance, exchange: Exchange, deadline: number): Promise<void> {
    const { db, cipher, clock, kit, outcome } = this.#o;
    const known = kit.command(instance, exchange.kind);
    const poll = known?.command.poll?.bind(known.command);
    if (!known || !poll) return;
    const { command, definition } = known;
    const startedAt = new Date(clock.now());
    const { ops, view } = await waitingElements(db, cipher, exchange);
    const until = deadline + 20_000;
    if (ops.length === 0)
      return outcome.writeCall(polledStatement(exchange, { status: 'done', finishedAt: startedAt }), [], until);
    let traffic: readonly Traffic[] = [];
    try {
      const answer = await kit.call(instance, deadline, { action: 'poll', ops }, async (ctx, noted) => {
        traffic = noted;
        const views = await Promise.all(
          ops.map((op) => kit.view(instance, op, command, definition, carriedBy(view, op.id))),
        );
        return poll(ctx, view, views);
      });
      this.#o.breakers.succeeded(instance.name);
      const goesOn = answer.pollAfterMs !== undefined && !this.#tooOld(exchange);
      const record = { action: 'poll' as const, startedAt, traffic };
      const entries = ops
        .filter((op) => !goesOn || answer.outcomes.has(op.id))
        .map((op) => this.#element(op, answer.outcomes.get(op.id), command, record, undefined));
      const now = new Date(clock.now());
      const open = entries.length < ops.length;
      await this.#pauseFor(instance.name, entries);
      await outcome.writeCall(
        polledStatement(
          exchange,
          open
            ? { next: new Date(now.getTime() + (answer.pollAfterMs ?? DEFAULT_POLL_MS)), missed: false }
            : { status: 'done', finishedAt: now },
        ),
        entries,
        until,
      );
    } catch (thrown) {
      await this.#pollFailed(instance, exchange, ops, kit.classify(thrown, command, false), {
        startedAt,
        traffic,
        until,
      });
    }
  }

  async #pollFailed(
    instance: Instance,
    exchange: Exchange,
    ops: readonly Operation[],
    error: HubError,
    { startedAt, traffic, until }: { startedAt: Date; traffic: readonly Traffic[]; until: number },
  ): Promise<void> {
    const { clock, random, log, outcome, kit, instances } = this.#o;
    this.judge(instance.name, error);
    const now = new Date(clock.now());
    const record = { action: 'poll' as const, startedAt, traffic };
    const refused = error.kind === 'rejected' || error.kind === 'conflict';
    if (refused || error.kind === 'not-found' || this.#tooOld(exchange)) {
      // A lost ticket says nothing about the effect; a refused call had none.
      const end = refused ? error : new HubError('uncertain', error.code, error.message, error.facts);
      return outcome.writeCall(
        polledStatement(exchange, { status: refused ? 'done' : 'lost', finishedAt: now }),
        ops.map((op) => this.#failed(op, end, record)),
        until,
      );
    }
    if (error.kind === 'unauthorized') await instances.pause(instance.name, error.message, 'hub', error.code);
    if (error.kind === 'needs-operator')
      await instances.pause(instance.name, error.message, 'needs-operator', error.code);
    if (error.kind === 'unexpected' || error.kind === 'misconfigured')
      log.error('the answer of a call could not be understood; it is asked for again', {
        instance: instance.name,
        exchange: exchange.id,
        code: error.code,
      });
    const rest =
      error.kind === 'misconfigured'
        ? MISCONFIGURED_POLL_MS
        : Math.max(
            DEFAULT_POLL_MS,
            retryDelay(kit.policy(exchange.kind), exchange.misses + 1, random, error.facts.retryAfterMs),
          );
    await outcome.writeCall(
      polledStatement(exchange, { next: new Date(now.getTime() + rest), missed: true }),
      [],
      until,
    );
  }

  #tooOld(exchange: Exchange): boolean {
    return this.#o.clock.now() - exchange.createdAt.getTime() > this.#o.kit.policy(exchange.kind).maxAgeMs;
  }

  /** @param waiting what an element without an outcome does; undefined = the answer was whole and lacks it */
  #element(
    op: Operation,
    outcome: ElementOutcome | undefined,
    command: AnyCommand,
    record: Omit<AttemptRecord, 'outcome'>,
    waiting: ((op: Operation) => Decision) | undefined,
  ): Entry {
    if (outcome instanceof Error) return this.#failed(op, this.#o.kit.classify(outcome, command, true), record);
    if (outcome) return { op, decision: succeeded(op, outcome.result), attempt: { ...record, outcome: 'done' } };
    if (waiting) return { op, decision: waiting(op), attempt: { ...record, outcome: 'pending' } };
    return this.#failed(
      op,
      new HubError('uncertain', 'ELEMENT_UNANSWERED', 'The answer to the call says nothing about this operation.'),
      record,
    );
  }

  #failed(op: Operation, error: HubError, record: Omit<AttemptRecord, 'outcome'>): Entry {
    const { clock, random, kit } = this.#o;
    const known = toHubError(error, 'CONNECTOR_FAULT');
    return {
      op,
      decision: afterError({ op, policy: kit.policy(op.kind), now: new Date(clock.now()), random }, known),
      attempt: { ...record, outcome: known.kind, error: known },
    };
  }

  async #pauseFor(instance: string, entries: readonly Entry[]): Promise<void> {
    const pause = entries.find((e) => e.decision.pause)?.decision.pause;
    if (pause) await this.#o.instances.pause(instance, pause.reason, pause.by, pause.code);
  }
}

interface Call {
  kind: string;
  batchKey: string;
  ops: readonly Operation[];
  views: readonly OperationView[];
  startedAt: Date;
  ctx: Context<never>;
  traffic: readonly Traffic[];
}
