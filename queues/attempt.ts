import type { CommandDefinition } from '../canonical/command.ts';
import { HubError, isHubError, toHubError } from '../canonical/errors.ts';
import type { Traffic } from '../connectors/kit/http.ts';
import type { Clock, Context, Logger, OperationView, PartNote } from '../connectors/port.ts';
import { ending, parseTraceparent, type Span, type Tracing } from '../logging/tracing.ts';
import type { Cipher } from '../storage/cipher.ts';
import { type Database, StoreFull, StoreInDoubt } from '../storage/port.ts';
import type { Operation } from '../storage/repositories/operation.ts';
import { claimsOf } from './claims.ts';
import type { Decision } from './decide.ts';
import type { AttemptRecord } from './entry.ts';
import { carrierOf } from './exchange.ts';
import type { Instances } from './instances.ts';
import { defaultPolicy, type RetryPolicy } from './policy.ts';
import type { AnyCommand, Gate, Instance } from './ports.ts';
import { uploadsOf } from './uploads.ts';
import { keepParts, readParts } from './upstream-refs.ts';

export interface AttemptOptions {
  db: Database;
  cipher: Cipher;
  clock: Clock;
  log: Logger;
  instances: Instances;
  commands: ReadonlyMap<string, CommandDefinition>;
  policies?: Readonly<Record<string, Partial<RetryPolicy>>>;
  gates?: Readonly<Record<string, Gate>>;
  /** Absent where nothing is traced. */
  tracing?: Tracing | undefined;
  /** Aborted when the worker stops. */
  stopped: AbortSignal;
}

/** Code of an attempt that the hub's own store has kept from being made. */
export const STORE_UNAVAILABLE = 'STORE_UNAVAILABLE';
const STORE_RETRY_MS = 1_000;

/** What single attempts, batches and polls have in common. */
export class AttemptKit {
  readonly #o: AttemptOptions;

  constructor(options: AttemptOptions) {
    this.#o = options;
  }

  policy(kind: string): RetryPolicy {
    return { ...defaultPolicy, ...this.#o.policies?.[kind] };
  }

  /** The command of a kind at an instance with its definition; undefined when this hub has none. */
  command(instance: Instance, kind: string): { command: AnyCommand; definition: CommandDefinition } | undefined {
    const command = (instance.connector.commands as Record<string, AnyCommand> | undefined)?.[kind];
    const definition = this.#o.commands.get(kind);
    return command && definition ? { command, definition } : undefined;
  }

  /**
   * Runs one call upstream: cut at its deadline (epoch milliseconds) or when the worker stops, its traffic noted, as part
   * of the trace of the operations that it is for.
   */
  async call<T>(
    instance: Instance,
    deadline: number,
    about: { action: AttemptRecord['action']; ops: readonly Operation[] },
    run: (ctx: Context<never>, traffic: Traffic[]) => Promise<T>,
  ): Promise<T> {
    const traffic: Traffic[] = [];
    const abort = new AbortController();
    const cut = (): void => abort.abort();
    this.#o.stopped.addEventListener('abort', cut);
    const timer = setTimeout(cut, Math.max(0, deadline - this.#o.clock.now()));
    try {
      const ctx = instance.context({
        signal: abort.signal,
        deadline,
        onTraffic: (t) => traffic.push(t),
        operations: about.ops.map((op) => op.id),
      });
      const memory = { claims: claimsOf(this.#o, instance.name), uploads: uploadsOf(this.#o, instance) };
      const go = (): Promise<T> => run({ ...ctx, ...memory }, traffic);
      const span = this.#span(instance, about);
      return await (span ? ending(span, go) : go());
    } finally {
      clearTimeout(timer);
      this.#o.stopped.removeEventListener('abort', cut);
    }
  }

  /** A call for several operations belongs to the trace of the first and is linked to those of the others. */
  #span(instance: Instance, { action, ops }: { action: string; ops: readonly Operation[] }): Span | undefined {
    const [first] = ops;
    if (!this.#o.tracing || !first) return undefined;
    const parents = [...new Set(ops.flatMap((op) => parseTraceparent(op.trace?.traceparent) ?? []))];
    return this.#o.tracing.start(`${action} ${first.kind}`, 'consumer', {
      parent: parents[0],
      links: parents.slice(1),
      attributes: {
        'hub.action': action,
        'hub.connector': instance.name,
        'hub.system': instance.connector.system,
        'hub.organisation': first.org,
        'hub.operation.kind': first.kind,
        ...(ops.length === 1
          ? { 'hub.operation.id': first.id, 'hub.attempt': first.attempts }
          : { 'hub.operation.count': ops.length }),
      },
    });
  }

  /** A once-only command that began and failed in a way that no table knows may have acted. */
  classify(thrown: unknown, command: AnyCommand, began: boolean): HubError {
    if (isHubError(thrown)) return thrown;
    if (began && command.effect === 'once')
      return new HubError(
        'uncertain',
        'ATTEMPT_BROKE',
        'The attempt broke off; it may have taken effect.',
        {},
        { cause: thrown },
      );
    // The hub's own store, not the upstream: nobody's fault, and no attempt is lost by it.
    if (thrown instanceof StoreInDoubt || thrown instanceof StoreFull)
      return new HubError(
        'rate-limited',
        STORE_UNAVAILABLE,
        'The store did not answer before anything was sent.',
        { retryAfterMs: STORE_RETRY_MS },
        { cause: thrown },
      );
    this.#o.log.error('a connector failed in an unforeseen way', { error: thrown });
    return toHubError(thrown, 'CONNECTOR_FAULT');
  }

  /** Too late, or not yet: decided before anything goes out. */
  async heldBack(op: Operation, now: Date): Promise<Decision | undefined> {
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
    const gate = this.#o.gates?.[op.kind];
    if (!gate) return undefined;
    const answer = await gate(op, now);
    if ('go' in answer) return undefined;
    if ('stop' in answer) return { ...base, status: 'cancelled', waitingFor: null, dueAt: null, error: answer.stop };
    if (op.expiresAt && op.expiresAt <= answer.until) return expired();
    return { ...base, status: 'waiting', waitingFor: answer.reason, dueAt: answer.until, error: op.error };
  }

  /** Writes wait until it is shown that the upstream keeps and finds our mark. */
  async prove(
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

  /** What of an operation needs no look at the store. */
  bareView(op: Operation, definition: CommandDefinition): OperationView {
    return {
      id: op.id,
      kind: op.kind,
      organisation: op.org,
      subject: op.subject,
      payload: upcast(op.payload, op.payloadVersion, definition),
      attempt: op.attempts,
      acceptedAt: op.acceptedAt.getTime(),
      ...(op.expiresAt ? { expiresAt: op.expiresAt.getTime() } : {}),
    };
  }

  /** The context of one operation: what a command learns of its parts is written down as it learns it. */
  contextOf<C extends Context<never>>(ctx: C, instance: Instance, op: Operation, command: AnyCommand): C {
    if (!command.keepsParts) return ctx;
    const { db, clock } = this.#o;
    const owner = { org: op.org, id: op.id, instance: instance.name };
    return {
      ...ctx,
      keepParts: async (notes: readonly PartNote[]) => {
        await db.transact([keepParts(owner, notes, new Date(clock.now()))]);
      },
    };
  }

  /**
   * An operation as the connector sees it, with its number and what carried it.
   *
   * @param known the call that carried it, where that needs no look at the store
   */
  async view(
    instance: Instance,
    op: Operation,
    command: AnyCommand,
    definition: CommandDefinition,
    known?: OperationView['exchange'],
  ): Promise<OperationView> {
    const ownId = command.ownId
      ? (op.ownId ?? (await this.#o.instances.assignOwnId(op, instance.name, command.ownId)))
      : undefined;
    const exchange = known ?? (op.exchange ? await carrierOf(this.#o.db, op.org, op.id, op.exchange) : undefined);
    return {
      ...this.bareView(op, definition),
      ...(ownId === undefined ? {} : { ownId }),
      ...(exchange ? { exchange } : {}),
      ...(command.keepsParts ? { parts: await readParts(this.#o.db, { ...op, instance: instance.name }) } : {}),
      ...(op.uncertainSince ? { uncertainSince: op.uncertainSince.getTime() } : {}),
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
