import { isHubError } from '../../canonical/errors.ts';
import { getState, processedOf } from './client.ts';
import type { Ctx } from './ctx.ts';
import { formatOf, type ServiceName } from './format.ts';
import { type Pace, pauseAfter } from './schedule.ts';
import type { State } from './state.ts';

/** A request that ГИС ЖКХ had not finished when it was last asked. */
interface Open {
  /** When it is asked for next, epoch milliseconds. */
  dueAt: number;
  /** What the last list said of it, until its own turn comes. */
  said?: { readonly processed: boolean; readonly at: number };
}

interface Group {
  readonly open: Map<string, Open>;
  asking?: Promise<void>;
  /** After a list that could not be had each request is asked for by itself until then. */
  restUntil: number;
}

/** Identifiers in one list, at most. Source: hcs-base.xsd 16.3. */
const MOST_LISTED = 10_000;
/** Requests that are due within this time go into the list as well. */
const SOON_MS = 5_000;
/** A request that was not done so long ago counts as still in work. */
const FRESH_MS = 30_000;
/** What was due so long ago is asked for by another process, or by nobody any more. */
const FORGOTTEN_MS = 2 * 3_600_000;
const REST_MS = 5 * 60_000;
/**
 * Each so many-th question about a request is for its own state whatever the lists say: should they be wrong, or be read wrongly, an
 * exchange takes longer and does not hang.
 */
const BY_ITSELF = 4;

/**
 * The requests of a process that ГИС ЖКХ works on. Where the service tells which of many are done, one question goes out for all that are
 * due, and only the done ones are asked for by themselves. Lives in memory: after a restart each is asked for once, and is known again.
 */
export class OpenRequests {
  readonly #groups = new Map<string, Group>();

  /** Writes down a request that ГИС ЖКХ has just taken. */
  sent(ctx: Ctx, service: ServiceName, ticket: string, pace: Pace): void {
    if (hasList(service))
      this.#put(this.#group(ctx, service), ticket, ctx.clock.now() + pauseAfter(ctx.config, pace, 0));
  }

  /**
   * How far a request has come that is due.
   *
   * @param asked how often it was asked for before
   * @throws HubError as {@link getState}
   */
  async state(
    ctx: Ctx,
    service: ServiceName,
    ticket: string,
    { asked, pace }: { asked: number; pace: Pace },
  ): Promise<State> {
    if (!hasList(service)) return getState(ctx, service, ticket);
    const group = this.#group(ctx, service);
    const key = ticket.toLowerCase();
    if (!group.open.has(key)) this.#put(group, key, ctx.clock.now());
    const byItself = asked % BY_ITSELF === BY_ITSELF - 1;
    let state: State;
    try {
      state =
        !byItself && (await this.#isListedAsOpen(ctx, service, group, key))
          ? { done: false }
          : await getState(ctx, service, ticket);
    } catch (error) {
      if (isHubError(error) && error.kind === 'not-found') group.open.delete(key);
      throw error;
    }
    if (state.done) group.open.delete(key);
    else this.#put(group, key, ctx.clock.now() + pauseAfter(ctx.config, pace, asked + 1));
    return state;
  }

  #group({ instance }: Ctx, service: ServiceName): Group {
    const name = `${instance} ${service}`;
    const group = this.#groups.get(name) ?? { open: new Map(), restUntil: 0 };
    this.#groups.set(name, group);
    return group;
  }

  /** The latest are at the end, so that the list leaves out what has waited longest for nothing. */
  #put({ open }: Group, ticket: string, dueAt: number): void {
    const key = ticket.toLowerCase();
    open.delete(key);
    open.set(key, { dueAt });
    const oldest = open.keys().next().value;
    if (open.size > MOST_LISTED && oldest !== undefined) open.delete(oldest);
  }

  /** Whether a list says that ГИС ЖКХ still works on it; false where its own state has to be asked for. */
  async #isListedAsOpen(ctx: Ctx, service: ServiceName, group: Group, key: string): Promise<boolean> {
    const now = ctx.clock.now();
    if (group.asking) await group.asking;
    let said = this.#said(group, key, now);
    if (said) return !said.processed;
    if (now < group.restUntil) return false;
    const listed = [key, ...dueBy(group, now).filter((other) => other !== key)].slice(0, MOST_LISTED);
    // For one request the list would be a call more, and no less.
    if (listed.length === 1) return false;
    group.asking = this.#ask(ctx, service, group, listed).finally(() => {
      delete group.asking;
    });
    await group.asking;
    said = this.#said(group, key, now);
    return said !== undefined && !said.processed;
  }

  #said({ open }: Group, key: string, now: number): Open['said'] {
    const said = open.get(key)?.said;
    return isFresh(said, now) ? said : undefined;
  }

  /** A list that can't be had is no harm: the states are asked for one by one. */
  async #ask(ctx: Ctx, service: ServiceName, group: Group, listed: readonly string[]): Promise<void> {
    const at = ctx.clock.now();
    try {
      const processed = await processedOf(ctx, service, listed);
      for (const key of listed) {
        const open = group.open.get(key);
        if (open) open.said = { processed: processed.has(key), at };
      }
    } catch (error) {
      group.restUntil = at + REST_MS;
      ctx.log.warn('ГИС ЖКХ did not tell which of the requests are done; each is asked for by itself', {
        instance: ctx.instance,
        service,
        requests: listed.length,
        error,
      });
    }
  }
}

function hasList(service: ServiceName): boolean {
  return Object.hasOwn(formatOf(service).operations, 'getRequestsState');
}

/** What is done stays done; what is not may be any moment. */
function isFresh(said: Open['said'], now: number): boolean {
  return said !== undefined && (said.processed || now - said.at <= FRESH_MS);
}

/** Those whose turn it is and of which no list has spoken yet. What nobody asks for any more goes. */
function dueBy({ open }: Group, now: number): string[] {
  const due: string[] = [];
  for (const [key, { dueAt, said }] of open) {
    if (now - dueAt > FORGOTTEN_MS) open.delete(key);
    else if (dueAt <= now + SOON_MS && !isFresh(said, now)) due.push(key);
  }
  return due;
}
