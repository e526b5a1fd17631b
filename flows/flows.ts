import { isHubError } from '../canonical/errors.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import type { Journal } from '../queues/journal.ts';
import { type Database, ExpectationFailed, StoreFull } from '../storage/port.ts';
import { eventsStatement } from '../storage/repositories/events.ts';
import {
  type FlowItem,
  failStatement,
  forgetStatement,
  leaseItems,
  saveStatement,
} from '../storage/repositories/flow-items.ts';
import { FeedReader } from './feed-reader.ts';
import { causeOf, type Flow, type Step } from './flow.ts';

export interface FlowsOptions {
  db: Database;
  clock: Clock;
  random(): number;
  log: Logger;
  journal: Pick<Journal, 'acceptTogether'>;
  organisations: readonly string[];
  flows: readonly Flow[];
  /** Events were written. */
  onChange(): void;
}

/** Items looked at at once, and in one round. */
const AT_ONCE = 8;
const MOST_A_ROUND = 400;
/** Longer than a look takes, the fetching of a document included. */
const LEASE_MS = 120_000;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 3_600_000;
const AGAIN_MS = 500;
/** Failures in a row from which on a person sees it; it is tried on all the same. */
export const TELL_AFTER = 5;

/** Runs the flows: reads the feed for each, and looks at the items that are due. In any number of processes. */
export class Flows {
  readonly #o: FlowsOptions;
  readonly #reader: FeedReader;
  readonly #byName: ReadonlyMap<string, Flow>;
  #stopped = false;
  #running: Promise<void> | undefined;

  constructor(options: FlowsOptions) {
    this.#o = options;
    this.#reader = new FeedReader(options);
    this.#byName = new Map(options.flows.map((f) => [f.name, f]));
  }

  /** Call it every second; a round that still runs is joined. */
  round(): Promise<void> {
    this.#running ??= this.#round().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Begins nothing more and waits for what runs. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.allSettled([this.#running]);
  }

  async #round(): Promise<void> {
    const { flows, log } = this.#o;
    for (const flow of flows) {
      try {
        await this.#reader.round(flow);
      } catch (error) {
        log.warn('the change feed could not be read for a flow yet', { flow: flow.name, error });
      }
    }
    for (let looked = 0; looked < MOST_A_ROUND && !this.#stopped; ) {
      const items = await leaseItems(this.#o.db, [...this.#byName.keys()], this.#now(), LEASE_MS, AT_ONCE);
      if (items.length === 0) return;
      await Promise.all(items.map((item) => this.#look(item)));
      looked += items.length;
    }
  }

  #now(): Date {
    return new Date(this.#o.clock.now());
  }

  async #look(item: FlowItem): Promise<void> {
    const flow = this.#byName.get(item.flow);
    if (!flow) return;
    try {
      await this.#carryOut(item, flow, await flow.look(item, this.#now()));
    } catch (error) {
      await this.#failed(item, flow, error);
    }
  }

  /** Operations, events and the item's new state, all of it or nothing. */
  async #carryOut(item: FlowItem, flow: Flow, step: Step): Promise<void> {
    const { journal, random, onChange } = this.#o;
    const now = this.#now();
    const requests = (step.submit ?? []).map(({ request, step: name, parent }) => ({
      ...request,
      client: 'hub',
      id: request.id ?? uuidv7(now.getTime(), random),
      trace: causeOf(flow.name, name, parent),
    }));
    const [first] = requests;
    const events = (step.events ?? []).map((e) => ({
      ...e,
      org: item.org,
      id: uuidv7(now.getTime(), random),
      at: now,
    }));
    try {
      await journal.acceptTogether(requests, [
        step.becomes === 'forget'
          ? forgetStatement(item, now)
          : saveStatement(item, { ...step.becomes, ...(first ? { operation: first.id } : {}) }, now),
        ...(step.guard ?? []),
        ...(events.length > 0 ? [eventsStatement(events)] : []),
      ]);
      if (events.length > 0) onChange();
    } catch (error) {
      if (!(error instanceof ExpectationFailed)) throw error;
      // Whoever has taken it over decides. Anything else has changed since the look: it is looked at anew.
      if (error.expectation !== 'lease') await this.#again(item);
    }
  }

  async #again(item: FlowItem): Promise<void> {
    await this.#o.db.query(
      'update flow_item set lease_until = null, due_at = $5 where org = $1 and flow = $2 and subject = $3 and lease_no = $4',
      [item.org, item.flow, item.subject, item.leaseNo, new Date(this.#o.clock.now() + AGAIN_MS)],
    );
  }

  async #failed(item: FlowItem, flow: Flow, error: unknown): Promise<void> {
    const { db, log, random } = this.#o;
    const now = this.#now();
    const code = isHubError(error) ? error.code : error instanceof StoreFull ? 'STORE_FULL' : 'FLOW_STEP_FAILED';
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(12, item.tries)) * (0.5 + random() / 2);
    const isTold = item.tries + 1 >= TELL_AFTER;
    log.warn('a flow could not go on with an item; it tries again', {
      flow: item.flow,
      subject: item.subject,
      code,
      tries: item.tries + 1,
      error,
    });
    const retryAt = new Date(now.getTime() + pause);
    const task = isTold ? flow.taskOfFailure : null;
    const { sql, params } = failStatement(item, { code, retryAt, task, facts: { ...item.facts, code } }, now);
    await db.query(sql, params).catch((cause: unknown) => {
      // The lease runs out and the item is looked at again.
      log.warn('what failed in a flow could not be written down', { flow: item.flow, error: cause });
    });
  }
}
