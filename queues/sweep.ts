import type { Clock, Logger } from '../connectors/port.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database } from '../storage/port.ts';
import type { Operation } from '../storage/repositories/operation.ts';
import { groupBatches } from './batch-groups.ts';
import { batchCandidates, leaseExchanges } from './exchange.ts';
import type { Instances } from './instances.ts';
import { type LeaseKind, lease } from './lease.ts';
import type { Instance, OutcomeReview } from './ports.ts';
import type { Worker } from './worker.ts';

export interface SweepOptions {
  db: Database;
  cipher: Cipher;
  clock: Clock;
  log: Logger;
  instances: Instances;
  worker: Worker;
  failover?: OutcomeReview;
  /** Milliseconds that an operation of an instance must have been due before it is taken here. */
  patienceMs?(instance: Instance): number;
}

export interface Swept {
  /** More may be due. */
  more: boolean;
  /** When a batch that waits for company is ready, epoch milliseconds; Infinity when none waits. */
  readyAt: number;
}

/** Smaller steps back are what time services do all day. */
const CLOCK_TOLERANCE_MS = 30_000;
/** Due operations looked at for one round of batches. */
const BATCH_CANDIDATES = 2_000;

/** Which instances have something to do: tickets to ask about, operations that are due. */
const DUE = `
  select i.name,
    exists (select 1 from exchange x where x.status = 'polling' and x.instance = i.name and x.next_poll_at <= $2 and (x.lease_until is null or x.lease_until <= $2)) as tickets,
    exists (select 1 from operation o where o.instance = i.name and o.due_at <= $2 and (o.lease_until is null or o.lease_until <= $2)) as operations
  from unnest($1::text[]) as i(name)`;

/** Looks at the journal for what is due, leases it and gives it to the worker. */
export class Sweep {
  readonly #o: SweepOptions;
  /** Clock at the last look, epoch milliseconds. */
  #lastLook = 0;

  constructor(options: SweepOptions) {
    this.#o = options;
  }

  async round(): Promise<Swept> {
    const { db, clock, instances } = this.#o;
    await this.#watchClock();
    const names = instances.all().map((i) => i.name);
    const { rows } = await db.query(DUE, [names, new Date(clock.now())], { prepare: true });
    const swept: Swept = { more: false, readyAt: Number.POSITIVE_INFINITY };
    for (const { name, tickets, operations } of rows) {
      const instance = instances.find(name as string);
      if (!instance) continue;
      await this.#o.failover?.relieve(instance.name, (entry) => this.#o.worker.outcome.write(entry));
      const kinds = this.#o.worker.kindsOf(instance);
      if (kinds.length === 0) continue;
      if (instances.isPaused(instance.name)) {
        if (operations) await this.#askThoughPaused(instance, kinds);
        continue;
      }
      if (tickets) await this.#tickets(instance, swept);
      if (!operations) continue;
      for (const kind of kinds) if (kind.batched) await this.#batches(instance, kind, swept);
      await this.#singles(instance, kinds, swept);
    }
    return swept;
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

  /** An account without money can still tell what became of earlier attempts. */
  async #askThoughPaused(instance: Instance, kinds: readonly LeaseKind[]): Promise<void> {
    const { db, cipher, instances, worker } = this.#o;
    const questions = kinds.filter((kind) => kind.once).map((kind) => ({ ...kind, batched: true }));
    if (instances.pauseState(instance.name).by !== 'needs-operator' || questions.length === 0) return;
    const slots = worker.slots(instance);
    const places = slots.take(Number.MAX_SAFE_INTEGER);
    let used = 0;
    try {
      if (places === 0) return;
      const leased = await lease(db, cipher, { ...worker.terms(instance, questions), limit: places });
      used = leased.length;
      worker.carryOut(instance, leased, { places, probe: false });
    } finally {
      slots.give(places - used);
    }
  }

  async #singles(instance: Instance, kinds: readonly LeaseKind[], swept: Swept): Promise<void> {
    const { db, cipher, worker, patienceMs } = this.#o;
    const admission = await worker.admit(instance, Number.MAX_SAFE_INTEGER);
    if (admission.places === 0) return;
    const terms = worker.terms(instance, kinds);
    const dueBy = new Date(terms.now.getTime() - (patienceMs?.(instance) ?? 0));
    let used = 0;
    try {
      const leased = await lease(db, cipher, { ...terms, limit: admission.places, dueBy });
      used = leased.length;
      worker.carryOut(instance, leased, admission);
    } finally {
      await worker.giveBack(instance, admission, admission.places - used);
    }
    // A full hand may mean that more is due.
    if (used === admission.places) swept.more = true;
  }

  async #tickets(instance: Instance, swept: Swept): Promise<void> {
    const { db, worker } = this.#o;
    const admission = await worker.admit(instance, Number.MAX_SAFE_INTEGER);
    if (admission.places === 0) return;
    let used = 0;
    try {
      const terms = worker.terms(instance);
      const due = await leaseExchanges(db, { ...terms, limit: admission.places });
      used = due.length;
      const deadline = terms.now.getTime() + terms.attemptMs;
      for (const exchange of due)
        worker.launch(instance, () => worker.exchanges.poll(instance, exchange, deadline), exchange.id, admission);
    } finally {
      await worker.giveBack(instance, admission, admission.places - used);
    }
    if (used === admission.places) swept.more = true;
  }

  async #batches(instance: Instance, kind: LeaseKind, swept: Swept): Promise<void> {
    const { db, cipher, clock, worker } = this.#o;
    const known = worker.kit.command(instance, kind.kind);
    const batch = known?.command.batch;
    if (!known || !batch || worker.slots(instance).free <= 0) return;
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
        return batch.key(worker.kit.bareView(op, known.definition));
      } catch {
        // It goes alone, and the attempt tells what is wrong with it.
        return `alone:${op.id}`;
      }
    };
    const { ready, readyAt } = groupBatches(due, { max: batch.max, lingerMs: batch.lingerMs, key }, now);
    swept.readyAt = Math.min(swept.readyAt, readyAt ?? Number.POSITIVE_INFINITY);
    for (const group of ready) {
      const admission = await worker.admit(instance, 1);
      if (admission.places === 0) break;
      const ids = group.ops.map((op) => op.id);
      let launched = 0;
      try {
        const leased = await lease(db, cipher, { ...worker.terms(instance, [kind]), limit: ids.length, ids });
        const ops = leased.filter((l) => l.action === 'send').map((l) => l.op);
        if (ops.length > 0) {
          launched = 1;
          const send = () => worker.exchanges.send(instance, kind.kind, group.key, ops);
          worker.launch(instance, send, ops[0]?.id ?? '', admission);
        }
      } finally {
        await worker.giveBack(instance, admission, 1 - launched);
      }
    }
  }
}
