import { DeliverWebhook } from '../../canonical/commands/deliver-webhook.ts';
import { HubError } from '../../canonical/errors.ts';
import { Breaker } from '../breaker.ts';
import type { Gate } from '../ports.ts';

/** How long a delivery to a disabled endpoint sleeps; enabling wakes it. */
const DISABLED_MS = 3_600_000;
/** An endpoint whose places are all taken for so long is slow: what else is due for it waits in the store. */
const SLOW_MS = 1_000;
/** Longest wait for a place inside of an attempt. */
const PLACE_MS = 2_000;
/** The more is held back, the thinner it comes back, so that the holding itself costs little. */
const SPREAD_EACH_MS = 250;
const SPREAD_MOST_MS = 300_000;

export interface LanesOptions {
  /** Deliveries to one endpoint at once. */
  perEndpoint: number;
  random(): number;
  /** Epoch milliseconds. */
  now(): number;
  isDisabled(org: string, webhook: string): Promise<boolean>;
}

interface Lane {
  breaker: Breaker;
  /** When each attempt that runs has begun, oldest first. */
  running: number[];
  waiting: (() => void)[];
  /** Held back in a row. */
  held: number;
}

/**
 * Keeps endpoints apart: each has a breaker and a few places of its own, so that a receiver which is slow or down holds
 * back nobody else's deliveries. A quick one gets them as fast as it answers. Known to this process only; a new one
 * learns anew.
 */
export class Lanes {
  readonly #o: LanesOptions;
  readonly #lanes = new Map<string, Lane>();

  constructor(options: LanesOptions) {
    this.#o = options;
  }

  readonly gate: Gate = async (op, now) => {
    const { webhook, no } = DeliverWebhook.parse(op.payload);
    // A test is how a person finds out whether the endpoint is well again.
    if (no === 0) return { go: true };
    if (await this.#o.isDisabled(op.org, webhook))
      return { until: new Date(now.getTime() + DISABLED_MS), reason: 'disabled' };
    const lane = this.#lane(webhook);
    const from = this.#restsUntil(lane, now.getTime());
    if (from === undefined) {
      lane.held = 0;
      return { go: true };
    }
    lane.held++;
    const spread = Math.min(SPREAD_MOST_MS, lane.held * SPREAD_EACH_MS);
    return { until: new Date(from + Math.ceil(this.#o.random() * spread)), reason: 'endpoint' };
  };

  /**
   * Runs one attempt in a place of its endpoint; an error counts against the endpoint.
   * @throws HubError rate-limited/WEBHOOK_HELD when no place came free, and what `attempt` throws
   */
  async run<T>(webhook: string, attempt: () => Promise<T>): Promise<T> {
    const lane = this.#lane(webhook);
    const began = await this.#place(lane);
    try {
      const answer = await attempt();
      lane.breaker.succeeded();
      return answer;
    } catch (error) {
      lane.breaker.failed(this.#o.now());
      throw error;
    } finally {
      lane.running.splice(lane.running.indexOf(began), 1);
      lane.waiting.shift()?.();
    }
  }

  forget(webhook: string): void {
    this.#lanes.delete(webhook);
  }

  /** The moment from which the lane may be tried again; undefined when it is open. */
  #restsUntil(lane: Lane, now: number): number | undefined {
    const state = lane.breaker.state(now);
    if (state === 'open') return lane.breaker.openUntil;
    const [oldest] = lane.running;
    if (oldest === undefined) return undefined;
    const full = lane.running.length >= this.#o.perEndpoint && now - oldest >= SLOW_MS;
    return state === 'half-open' || full ? now + SLOW_MS : undefined;
  }

  /** Waits for a place. Returns when the attempt began. */
  async #place(lane: Lane): Promise<number> {
    if (lane.running.length >= this.#o.perEndpoint)
      await new Promise<void>((resolve, reject) => {
        const turn = (): void => {
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(() => {
          lane.waiting.splice(lane.waiting.indexOf(turn), 1);
          reject(held(SLOW_MS));
        }, PLACE_MS);
        lane.waiting.push(turn);
      });
    const now = this.#o.now();
    if (lane.breaker.state(now) === 'open') {
      // Not taken: whoever waits next has its turn.
      lane.waiting.shift()?.();
      throw held(lane.breaker.openUntil - now);
    }
    lane.running.push(now);
    return now;
  }

  #lane(webhook: string): Lane {
    let lane = this.#lanes.get(webhook);
    if (!lane) {
      lane = { breaker: new Breaker(), running: [], waiting: [], held: 0 };
      this.#lanes.set(webhook, lane);
    }
    return lane;
  }
}

function held(retryAfterMs: number): HubError {
  return new HubError(
    'rate-limited',
    'WEBHOOK_HELD',
    'The endpoint is slow or has just failed; the delivery waits its turn. Nothing was sent.',
    { retryAfterMs },
  );
}
