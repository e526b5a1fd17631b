import { HubError, isHubError } from '../../canonical/errors.ts';
import { NetworkFault } from '../kit/http.ts';
import { InstanceLimiter } from '../kit/limiter.ts';
import type { Clock, Context, InboundEvent, Logger } from '../port.ts';
import type { SmppConfig } from './config.ts';
import { eventOf } from './delivery-report.ts';
import { smppError, statusText } from './errors.ts';
import { commandId, MalformedPdu, type Pdu, readDeliver } from './pdu.ts';
import { Session } from './session.ts';

type Emit = (events: readonly InboundEvent[]) => Promise<void>;

/** First pause after a refused bind, a lost link or an overload; doubles up to the longest. Milliseconds. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_BIND_PAUSE_MS = 60_000;
const LONGEST_THROTTLE_PAUSE_MS = 60_000;
/** A session that the centre believes alive is waited for, not knocked at. */
const ALREADY_BOUND_PAUSE_MS = 10_000;
/** command_status of an answer to deliver_sm: again later; never. */
const TRY_LATER = 0x64;
const NEVER = 0x65;

/**
 * What one instance holds at its message centre in this process: one session, bound when it is first needed, with its
 * window, its rate and its pauses.
 */
export class Link {
  readonly #config: SmppConfig;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #drift: Context['drift'];
  readonly #limiter: InstanceLimiter;
  #opening: Promise<Session> | undefined;
  #session: Session | undefined;
  #emit: Emit | undefined;
  #bindFailures = 0;
  #refusal: HubError | undefined;
  #noBindBefore = 0;
  #throttles = 0;
  #noSubmitBefore = 0;

  constructor(config: SmppConfig, { clock, log, drift }: Pick<Context, 'clock' | 'log' | 'drift'>) {
    this.#config = config;
    this.#clock = clock;
    this.#log = log;
    this.#drift = drift;
    this.#limiter = new InstanceLimiter({ clock, concurrency: config.window, perSecond: config.perSecond });
  }

  /**
   * The bound session, opened when there is none. After a failure the next bind waits, and until then the failure is told
   * again. Where nobody takes reports in, the session only transmits: reports then stay at the centre.
   */
  async session(): Promise<Session> {
    if (this.#session?.alive) return this.#session;
    const rest = this.#noBindBefore - this.#clock.now();
    if (rest > 0 && this.#refusal) throw withRetry(this.#refusal, rest);
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #open(): Promise<Session> {
    try {
      this.#session = await Session.open({
        config: this.#config,
        role: this.#emit ? 'transceiver' : 'transmitter',
        log: this.#log,
        deliver: (body) => this.#deliver(body),
      });
      this.#bindFailures = 0;
      this.#refusal = undefined;
      return this.#session;
    } catch (error) {
      const refusal = error instanceof NetworkFault ? error.asTransient('The message centre') : error;
      if (!isHubError(refusal)) throw error;
      const first = refusal.code === 'SMPP_ALREADY_BOUND' ? ALREADY_BOUND_PAUSE_MS : FIRST_PAUSE_MS;
      const pause = Math.min(LONGEST_BIND_PAUSE_MS, first * 2 ** Math.min(10, this.#bindFailures++));
      this.#refusal = refusal;
      this.#noBindBefore = this.#clock.now() + pause;
      throw withRetry(refusal, pause);
    }
  }

  /**
   * Sends one submit_sm within window, rate and pauses.
   *
   * @param late takes an answer that comes after the time for it
   * @returns the answer with status 0
   * @throws HubError: uncertain when the answer was lost, transient when nothing was written, or what the status means
   */
  async submit(ctx: Context<SmppConfig>, body: Buffer, late: (answer: Pdu) => void): Promise<Pdu> {
    const release = await this.#limiter.acquire(ctx.signal).catch((cause: unknown) => {
      throw nothingSent('ATTEMPT_ABORTED', 'The attempt was stopped before anything was sent.', cause);
    });
    try {
      const session = await unlessAborted(() => this.session(), ctx.signal);
      const now = this.#clock.now();
      const rest = this.#noSubmitBefore - now;
      if (rest > 0) throw smppError('0x58', rest);
      if (ctx.deadline !== undefined && now >= ctx.deadline)
        throw nothingSent('ATTEMPT_LATE', 'The attempt waited longer than its lease allows; nothing was sent.');
      const answer = await session.request(commandId.submitSm, body, {
        timeoutMs: this.#config.timeoutMs,
        signal: ctx.signal,
        late,
      });
      if (answer.status !== 0) throw this.#refused(answer.status, session);
      if (this.#clock.now() >= this.#noSubmitBefore) this.#throttles = 0;
      return answer;
    } catch (error) {
      throw error instanceof NetworkFault ? error.asUncertain('the message centre') : error;
    } finally {
      release();
    }
  }

  #refused(status: number, session: Session): HubError {
    const error = smppError(statusText(status));
    if (error.code === 'SMPP_BIND_STATE') session.destroy();
    if (error.kind !== 'rate-limited') return error;
    const now = this.#clock.now();
    // Answers to the same burst are one overload.
    if (now >= this.#noSubmitBefore)
      this.#noSubmitBefore =
        now + Math.min(LONGEST_THROTTLE_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(10, this.#throttles++));
    return withRetry(error, this.#noSubmitBefore - now);
  }

  /** Asks whether the other side is there; over a new session when the one that was held is dead. */
  async enquire(signal: AbortSignal): Promise<Session> {
    for (let fresh = !this.#session?.alive; ; fresh = true) {
      const session = await unlessAborted(() => this.session(), signal);
      try {
        await session.request(commandId.enquireLink, Buffer.alloc(0), {
          timeoutMs: this.#config.enquireTimeoutMs,
          signal,
        });
        return session;
      } catch (error) {
        if (!(error instanceof NetworkFault)) throw error;
        if (!signal.aborted) session.destroy();
        if (fresh || signal.aborted) throw error.asTransient('The message centre');
        await session.closed;
      }
    }
  }

  /** Keeps the session bound and takes reports in until the signal aborts. */
  async listen(emit: Emit, signal: AbortSignal): Promise<void> {
    this.#emit = emit;
    const stopped = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    try {
      await this.#opening?.catch((error: unknown) => this.#log.debug('an earlier bind failed', { error }));
      if (this.#session?.alive && this.#session.role === 'transmitter') await this.#session.close();
      while (!signal.aborted) {
        const session = await unlessAborted(() => this.session(), signal);
        this.#log.info('bound to the message centre', { role: session.role });
        await Promise.race([session.closed, stopped]);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      if (signal.aborted) {
        await this.close();
        this.#emit = undefined;
      }
    }
  }

  async close(): Promise<void> {
    await this.#opening?.catch((error: unknown) => this.#log.debug('the last bind failed', { error }));
    await this.#session?.close();
    this.#session = undefined;
  }

  /** Only what was stored is acknowledged; the centre sends the rest again. */
  async #deliver(body: Buffer): Promise<number> {
    if (!this.#emit) return TRY_LATER;
    try {
      const unknown = (what: string): void => this.#drift?.({ place: 'deliver_sm', kind: 'code', what });
      await this.#emit([eventOf(this.#config, readDeliver(body), unknown)]);
      return 0;
    } catch (error) {
      if (error instanceof MalformedPdu) {
        this.#log.error('a deliver_sm can not be read and was refused', { fault: error.message });
        return NEVER;
      }
      this.#log.warn('a deliver_sm could not be stored; the centre will send it again', { error });
      return TRY_LATER;
    }
  }
}

function nothingSent(code: string, message: string, cause?: unknown): HubError {
  return new HubError('transient', code, message, {}, { cause });
}

function withRetry(error: HubError, retryAfterMs: number): HubError {
  return new HubError(error.kind, error.code, error.message, { ...error.facts, retryAfterMs }, { cause: error });
}

async function unlessAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = (): HubError => nothingSent('ATTEMPT_ABORTED', 'Stopped before anything was sent.');
  if (signal.aborted) throw stopped();
  let abort: () => void = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(stopped());
    signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Links by the settings object of their instance: two hubs in one process do not share one. */
const links = new WeakMap<SmppConfig, Link>();

export function linkOf(ctx: Context<SmppConfig>): Link {
  let link = links.get(ctx.config);
  if (!link) {
    link = new Link(ctx.config, ctx);
    links.set(ctx.config, link);
  }
  return link;
}

/** Gives up the session of an instance, if it has one. */
export async function closeLink(ctx: Context<SmppConfig>): Promise<void> {
  await links.get(ctx.config)?.close();
  links.delete(ctx.config);
}
