import { isHubError, isPassing } from '../../canonical/errors.ts';
import type { NativeObject } from '../port.ts';
import { post, prepare, readable } from './client.ts';
import type { Ctx } from './ctx.ts';
import { isNothing } from './errors.ts';
import type { ServiceName } from './format.ts';
import type { OpenRequests } from './open-requests.ts';
import { type Pace, pauseAfter } from './schedule.ts';

/** A question to ГИС ЖКХ that may be repeated freely. */
export interface Question {
  readonly service: ServiceName;
  readonly operation: string;
  readonly content: NativeObject;
  readonly pace?: Pace;
}

export type Progress =
  | { readonly done: false; readonly askAfterMs: number }
  /** Undefined: ГИС ЖКХ has nothing that fits. */
  | { readonly done: true; readonly result: NativeObject | undefined; readonly askedAt: number };

interface Ticket {
  readonly id: string;
  /** Epoch milliseconds at which the question went out. */
  readonly askedAt: number;
  polls: number;
  nextAt: number;
}

/** Tickets that nobody asks for any more are forgotten. */
const MOST_TICKETS = 10_000;

/**
 * Questions that are under way, by instance and content. The tickets live in memory only: after a restart the question is asked anew, which
 * costs nothing but time.
 */
export class Exports {
  readonly #tickets = new Map<string, Ticket>();
  readonly #results = new Map<string, { result: NativeObject | undefined; askedAt: number }>();
  readonly #busy = new Map<string, Promise<Progress>>();
  readonly #requests: OpenRequests;
  readonly #wait: Wait;

  constructor(requests: OpenRequests, wait: Wait) {
    this.#requests = requests;
    this.#wait = wait;
  }

  /**
   * One step of a question: sends it, or asks for its answer when that is due. Callers with the same question share its ticket and its answer.
   *
   * @param notBefore epoch milliseconds; an answer to a question from before is not taken
   * @throws HubError as ГИС ЖКХ refuses the question
   */
  async step(ctx: Ctx, question: Question, notBefore: number): Promise<Progress> {
    const key = JSON.stringify([ctx.instance, question.service, question.operation, question.content]);
    const known = this.#results.get(key);
    if (known && known.askedAt >= notBefore) return { done: true, result: known.result, askedAt: known.askedAt };
    const busy = this.#busy.get(key);
    if (busy) return busy;
    const work = this.#step(ctx, question, key, notBefore).finally(() => this.#busy.delete(key));
    this.#busy.set(key, work);
    return work;
  }

  async #step(ctx: Ctx, question: Question, key: string, notBefore: number): Promise<Progress> {
    const { config, clock } = ctx;
    const pace = question.pace ?? 'exports';
    let ticket = this.#tickets.get(key);
    const now = clock.now();
    if (ticket && (ticket.askedAt < notBefore || now - ticket.askedAt > config.exportGiveUpMs)) ticket = undefined;
    if (!ticket) {
      const prepared = await prepare(ctx, question.service, question.operation, question.content);
      const { ticket: id } = await readable(() => post(ctx, prepared));
      this.#requests.sent(ctx, question.service, id, pace);
      const rest = pauseAfter(config, pace, 0);
      if (this.#tickets.size >= MOST_TICKETS) this.#tickets.clear();
      this.#tickets.set(key, { id, askedAt: now, polls: 0, nextAt: clock.now() + rest });
      return { done: false, askAfterMs: rest };
    }
    if (now < ticket.nextAt) return { done: false, askAfterMs: ticket.nextAt - now };
    const state = await this.#ask(ctx, question.service, key, ticket, pace);
    if (!state.done) {
      ticket.polls++;
      const rest = pauseAfter(config, pace, ticket.polls);
      ticket.nextAt = clock.now() + rest;
      return { done: false, askAfterMs: rest };
    }
    this.#tickets.delete(key);
    if (state.error && !isNothing(state.code)) throw state.error;
    const result = state.error ? undefined : state.result;
    this.#keep(key, { result, askedAt: ticket.askedAt });
    return { done: true, result, askedAt: ticket.askedAt };
  }

  async #ask(ctx: Ctx, service: ServiceName, key: string, ticket: Ticket, pace: Pace) {
    try {
      return await this.#requests.state(ctx, service, ticket.id, { asked: ticket.polls, pace });
    } catch (error) {
      // The question is forgotten there; the next step asks it anew.
      if (isHubError(error) && error.code === 'GISZHKH_TICKET_UNKNOWN') {
        this.#tickets.delete(key);
        return { done: false } as const;
      }
      throw error;
    }
  }

  /** A few answers are kept for callers with the same question, such as the elements of one lost import. */
  #keep(key: string, entry: { result: NativeObject | undefined; askedAt: number }): void {
    this.#results.delete(key);
    this.#results.set(key, entry);
    const oldest = this.#results.keys().next().value;
    if (this.#results.size > MOST_RESULTS && oldest !== undefined) this.#results.delete(oldest);
  }

  /** The whole answer, waiting as long as it takes or until the context's signal. */
  async whole(ctx: Ctx, question: Question): Promise<NativeObject | undefined> {
    const since = ctx.clock.now();
    for (let failed = 0; ; ) {
      try {
        const progress = await this.step(ctx, question, since);
        if (progress.done) return progress.result;
        failed = 0;
        await this.#wait(ctx, progress.askAfterMs);
      } catch (error) {
        // A page of a balancer between two good answers is an everyday matter; the ticket still stands.
        if (
          !isHubError(error) ||
          !isPassing(error) ||
          ++failed > MOST_FAILURES ||
          (error.facts.retryAfterMs ?? 0) > LONGEST_REST_MS
        )
          throw error;
        await this.#wait(ctx, error.facts.retryAfterMs ?? FIRST_REST_MS * 2 ** failed);
      }
    }
  }
}

const MOST_RESULTS = 8;
/** Passing failures in a row after which a question is given up. */
const MOST_FAILURES = 6;
const FIRST_REST_MS = 250;
/** Who waits longer than this should not hold a place meanwhile. */
const LONGEST_REST_MS = 130_000;

/** Lets time pass. @throws what the context's signal was aborted with */
export type Wait = (ctx: Ctx, ms: number) => Promise<void>;

export const wait: Wait = ({ signal }, ms) =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
