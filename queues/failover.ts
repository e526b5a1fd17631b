import type { Clock, Logger } from '../connectors/port.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database } from '../storage/port.ts';
import { type Operation, operationOf } from '../storage/repositories/operation.ts';
import type { BreakerState } from './breaker.ts';
import type { Decision } from './decide.ts';
import type { Entry } from './entry.ts';
import { historyOf, type InstanceHistory, isPartlyTaken } from './failover-history.ts';
import type { Instances } from './instances.ts';
import { defaultPolicy, type RetryPolicy } from './policy.ts';

export interface FailoverSettings {
  afterSeconds: number;
  rejectedCodes: readonly string[];
  whenUnanswerable: 'wait' | 'operator' | 'next';
  unanswerableAfterMinutes: number;
}

export interface FailoverOptions {
  db: Database;
  cipher: Cipher;
  clock: Clock;
  log: Logger;
  instances: Instances;
  /** Instances of a kind for an organisation, in the order of fail-over. */
  route(org: string, kind: string): readonly string[];
  /** Kinds whose route at an organisation has this instance and others. */
  kindsOf(instance: string): readonly { org: string; kind: string }[];
  settings(kind: string): FailoverSettings;
  breakerState(instance: string): BreakerState;
  policies?: Readonly<Record<string, Partial<RetryPolicy>>>;
}

/** Operations that one look moves from an instance that is down. */
const SWEEP = 200;
const SWEEP_EVERY_MS = 1_000;
/** Pause between two questions once they go on beyond the usual number. */
const ASK_EVERY_MS = 10 * 60_000;

/**
 * Moves operations to the next instance of their route, and only those of which it is certain that they have not taken
 * effect where they are: never attempted, refused, or looked up and absent. What was accepted by a gateway stays there.
 */
export class Failover {
  readonly #o: FailoverOptions;
  readonly #lookedAt = new Map<string, number>();
  /** When the breaker of an instance was first seen open, epoch milliseconds. */
  readonly #openSince = new Map<string, number>();

  constructor(options: FailoverOptions) {
    this.#o = options;
  }

  /** Known not to carry anything now: paused by the hub or for money, or silent for longer than its operations wait. */
  isDown(instance: string, kind: string): boolean {
    const { instances, clock } = this.#o;
    if (!instances.find(instance)) return true;
    const pause = instances.pauseState(instance);
    // A pause by a person is theirs to end: what waits there waits, but nothing new has to.
    if (pause.paused) return true;
    const state = this.#o.breakerState(instance);
    if (state === 'closed') this.#openSince.delete(instance);
    else if (!this.#openSince.has(instance)) this.#openSince.set(instance, clock.now());
    const since = this.#openSince.get(instance);
    // Half-open, one operation has to try whether the instance is back.
    return state === 'open' && since !== undefined && clock.now() - since >= this.#o.settings(kind).afterSeconds * 1000;
  }

  /** Where a new operation goes: the first of its route that is not known to be down; the first one when all are. */
  carrier(org: string, kind: string): string | undefined {
    const route = this.#o.route(org, kind);
    return route.find((instance) => !this.isDown(instance, kind)) ?? route[0];
  }

  /** What is to be written about an operation, looked through: a certain failure may go on elsewhere. */
  async review(entry: Entry): Promise<Entry> {
    const { op, decision, attempt } = entry;
    if (!attempt || decision.moveTo !== undefined || !this.#hasOthers(op)) return entry;
    if (decision.status === 'uncertain') return { ...entry, decision: await this.#unanswered(entry) };
    if (!(await this.#mayGoOn(entry))) return entry;
    const moved = await this.#moved(op, decision);
    if (!moved) return entry;
    this.#o.log.warn('an operation goes on through another instance', {
      operation: op.id,
      from: op.instance,
      to: moved.moveTo,
      ...(decision.error ? { code: decision.error.code } : {}),
    });
    return { ...entry, decision: moved };
  }

  /**
   * Looks at what waits at an instance that is down. Cheap when it is not, and at most once a second.
   *
   * @param write writes an entry under the fence of its lease number
   */
  async relieve(instance: string, write: (entry: Entry) => Promise<void>): Promise<void> {
    const now = this.#o.clock.now();
    const last = this.#lookedAt.get(instance) ?? 0;
    if (now >= last && now - last < SWEEP_EVERY_MS) return;
    const kinds = this.#o.kindsOf(instance).filter(({ kind }) => this.isDown(instance, kind));
    if (kinds.length === 0 || this.#o.instances.pauseState(instance).by === 'operator') return;
    this.#lookedAt.set(instance, now);
    for (const { org, kind } of kinds) {
      let moved = 0;
      for (const op of await this.#waiting(org, kind, instance)) {
        if (await isPartlyTaken(this.#o.db, op)) continue;
        const decision = await this.#moved(op, untouched(op));
        // None of the others can take it, nor its fellows.
        if (!decision) break;
        await write({ op, decision });
        moved++;
      }
      if (moved > 0) this.#o.log.warn('operations went round an instance that is down', { instance, kind, moved });
      for (const op of await this.#unaskable(org, kind, instance)) {
        const decision = await this.#overdue(op, { ...untouched(op), status: 'uncertain' });
        if (decision) await write({ op, decision });
      }
    }
  }

  #hasOthers({ org, kind, instance }: Operation): boolean {
    const route = this.#o.route(org, kind);
    return route.length > 1 && route.includes(instance);
  }

  /** Certain not to have taken effect, and with no near hope where it is. */
  async #mayGoOn({ op, decision, attempt }: Entry): Promise<boolean> {
    const { clock, settings } = this.#o;
    const now = clock.now();
    if (now - op.acceptedAt.getTime() > this.#policy(op.kind).maxAgeMs) return false;
    const outcome = attempt?.outcome;
    switch (decision.status) {
      case 'waiting':
        return decision.pause !== undefined;
      case 'failed':
        return outcome === 'rejected' && settings(op.kind).rejectedCodes.includes(attempt?.error?.code ?? '');
      case 'dead':
        return outcome === 'transient' || outcome === 'absent';
      case 'retrying': {
        if (this.isDown(op.instance, op.kind)) return true;
        const here = (await historyOf(this.#o.db, op)).get(op.instance);
        const since = here?.failingSince?.getTime() ?? attempt?.startedAt.getTime() ?? now;
        return now - since >= settings(op.kind).afterSeconds * 1000;
      }
      default:
        return false;
    }
  }

  /** The decision that carries an operation to the next instance that can take it; undefined when none can. */
  async #moved(op: Operation, decision: Decision): Promise<Decision | undefined> {
    const history = await historyOf(this.#o.db, op);
    const moveTo = this.#target(op, decision, history);
    if (moveTo === undefined || (await isPartlyTaken(this.#o.db, op))) return undefined;
    const fresh = decision.status === 'accepted' || (decision.status === 'waiting' && decision.waitingFor === 'time');
    return {
      ...decision,
      ...(fresh ? {} : { status: 'retrying' as const, waitingFor: null, dueAt: new Date(this.#o.clock.now()) }),
      uncertainSince: null,
      asks: 0,
      attempts: history.get(moveTo)?.burnt ?? 0,
      result: null,
      moveTo,
    };
  }

  /** The instances after this one come first, then those before it, which may have recovered. */
  #target(op: Operation, decision: Decision, history: ReadonlyMap<string, InstanceHistory>): string | undefined {
    const route = this.#o.route(op.org, op.kind);
    const at = route.indexOf(op.instance);
    const { maxAttempts } = this.#policy(op.kind);
    return [...route.slice(at + 1), ...route.slice(0, at)].find((instance) => {
      const there = history.get(instance);
      if (this.isDown(instance, op.kind) || (there?.burnt ?? 0) >= maxAttempts) return false;
      // A refusal, or attempts used up, sends it on, never round.
      return there === undefined || (decision.status !== 'failed' && decision.status !== 'dead');
    });
  }

  /** No answer yet. Until the time-out the hub goes on asking; a person is called earlier only where the policy names one. */
  async #unanswered({ op, decision, attempt }: Entry): Promise<Decision> {
    if (attempt?.action !== 'reconcile') return decision;
    const overdue = await this.#overdue(op, decision);
    if (overdue) return overdue;
    if (decision.waitingFor !== 'operator' || this.#o.settings(op.kind).whenUnanswerable === 'operator')
      return decision;
    return { ...decision, waitingFor: 'settle', dueAt: new Date(this.#o.clock.now() + ASK_EVERY_MS) };
  }

  /** What the policy says once the time-out has passed; undefined before it, and where it says to wait. */
  async #overdue(op: Operation, decision: Decision): Promise<Decision | undefined> {
    const { clock, log, settings } = this.#o;
    const { whenUnanswerable, unanswerableAfterMinutes } = settings(op.kind);
    const now = clock.now();
    const since = (op.uncertainSince ?? op.attemptDeadline)?.getTime() ?? now;
    if (whenUnanswerable === 'wait' || now - since < unanswerableAfterMinutes * 60_000) return undefined;
    // What has expired is not sent any more, so nothing would be gained by another instance.
    if (whenUnanswerable === 'operator' || (op.expiresAt && op.expiresAt.getTime() <= now))
      return { ...decision, waitingFor: 'operator', dueAt: null };
    const moved = await this.#moved(op, decision);
    if (moved)
      log.warn('an operation that nobody can tell about goes on through another instance; it may take effect twice', {
        operation: op.id,
        from: op.instance,
        to: moved.moveTo,
      });
    return moved;
  }

  #policy(kind: string): RetryPolicy {
    return { ...defaultPolicy, ...this.#o.policies?.[kind] };
  }

  /** Due, free, and certain not to have taken effect. */
  async #waiting(org: string, kind: string, instance: string): Promise<Operation[]> {
    const { db, cipher, clock } = this.#o;
    const { rows } = await db.query(
      `select * from operation where org = $1 and kind = $2 and instance = $3 and due_at <= $4 and (lease_until is null or lease_until <= $4)
         and status in ('accepted', 'waiting', 'retrying') and coalesce(waiting_for, '') not in ('answer', 'operator')
       order by due_at, seq limit $5`,
      [org, kind, instance, new Date(clock.now()), SWEEP],
    );
    return rows.map((row) => operationOf(row, cipher));
  }

  /** May have taken effect at a paused instance, which is not asked, and has waited as long as the policy allows. */
  async #unaskable(org: string, kind: string, instance: string): Promise<Operation[]> {
    const { db, cipher, clock, instances, settings } = this.#o;
    const { whenUnanswerable, unanswerableAfterMinutes } = settings(kind);
    if (!instances.isPaused(instance) || whenUnanswerable === 'wait') return [];
    const { rows } = await db.query(
      `select * from operation where org = $1 and kind = $2 and instance = $3 and due_at is not null and (lease_until is null or lease_until <= $4)
         and (status = 'uncertain' or status = 'running') and coalesce(uncertain_since, attempt_deadline) <= $5
       order by seq limit $6`,
      [org, kind, instance, new Date(clock.now()), new Date(clock.now() - unanswerableAfterMinutes * 60_000), SWEEP],
    );
    return rows.map((row) => operationOf(row, cipher));
  }
}

/** A decision that leaves an operation as it is. */
function untouched(op: Operation): Decision {
  const { status, waitingFor, dueAt, asks, attempts, error } = op;
  return { status, waitingFor, dueAt, asks, attempts, result: null, error };
}
